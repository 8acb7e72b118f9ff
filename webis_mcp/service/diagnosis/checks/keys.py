"""The keys of the HTTP server: where they are, who may read them, how many are good."""

from __future__ import annotations

import shlex

from webis_mcp.service.diagnosis.model import Finding, KeysSeen, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.scene import Scene

OWNER_ONLY = 0o077
"""Bits of a mode that let others in."""


async def keys(scene: Scene) -> Finding:
    """Can a client get in by HTTP?"""
    if scene.known.keys is None:
        saw = "This server asks for no key: it is reached over standard input and output."
        return Finding("keys", Verdict.NOT_APPLICABLE, saw)
    return keys_finding(scene.known.keys)


def keys_finding(seen: KeysSeen) -> Finding:
    """How the key file stands."""
    off = "" if seen.http else " HTTP is off here; `webis-mcp serve` opens it."
    if not seen.exists:
        saw = f"There is no key file at {seen.path}.{off}"
        verdict = Verdict.WARNING if seen.http else Verdict.NOT_APPLICABLE
        return Finding("keys", verdict, saw, MAKE_ONE, OPEN_TO_LOOPBACK)
    if seen.trouble:
        said = Said("Mend or move the file, then make a key.", "修复或移走该文件，然后创建密钥。")
        saw = f"{seen.path} cannot be used: {seen.trouble}"
        return Finding("keys", Verdict.PROBLEM, saw, Remedy(said, MAKE_ONE.command))
    mode = f", mode {seen.mode:04o}" if seen.mode is not None else ""
    saw = (
        f"{seen.path}{mode}: {seen.valid} valid, {seen.expired} expired, {seen.revoked} revoked."
        f"{off}"
    )
    if seen.mode is not None and seen.mode & OWNER_ONLY:
        said = Said("Let nobody but its owner read it.", "只允许所有者读取该文件。")
        return Finding(
            "keys", Verdict.WARNING, saw, Remedy(said, f"chmod 600 {shlex.quote(seen.path)}")
        )
    if not seen.valid:
        verdict = Verdict.PROBLEM if seen.http else Verdict.NOT_APPLICABLE
        return Finding("keys", verdict, saw, MAKE_ONE, UNAUTHORIZED)
    if seen.plain:
        said = Said(
            f"{seen.plain} stand there in plain text. Make new ones and remove those.",
            f"其中 {seen.plain} 个以明文保存。请创建新密钥并删除它们。",
        )
        return Finding("keys", Verdict.WARNING, saw, Remedy(said, MAKE_ONE.command))
    return Finding("keys", Verdict.OK, saw)


MAKE_ONE = Remedy(
    Said(
        "Make a key, and send it from the client as `Authorization: Bearer KEY` (or `X-API-Key:"
        " KEY`).",
        "创建一个密钥，并由客户端以 `Authorization: Bearer KEY`（或 `X-API-Key: KEY`）发送。",
    ),
    "webis-mcp keys add laptop",
)

UNAUTHORIZED = Said(
    "Without a valid key every request is answered with 401 Unauthorized.",
    "没有有效密钥时，所有请求都会得到 401 Unauthorized。",
)

OPEN_TO_LOOPBACK = Said(
    "Without keys the server listens on this machine only.", "没有密钥时，服务器只监听本机。"
)
