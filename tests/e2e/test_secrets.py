"""A key is nowhere but with its holder: not in what is logged, answered, counted or shown of a
process, whatever goes wrong. The log tells all there is to tell, at its most talkative."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attack.doors.served import Served, served, within
from tests.attack.doors.speaking import PAGE, ask, call, head, post
from tests.support.command import PATIENCE, serving
from tests.support.keys import OLD_KEY, add_key, put_text
from webis_mcp.server.keys.form import new_key
from webis_mcp.server.keys.record import Scope

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

CANARY = "canary-7f3b9e0c2d5a4816"
"""A secret of the environment we are started in: another program's token."""

TALKATIVE = {"WEBIS_LOG_LEVEL": "DEBUG", "SOME_API_TOKEN": CANARY}


def children_of(pid: int) -> list[Path]:
    """The places in /proc of all that descend from a process, as far as they go on."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended while we looked
            continue
        if parent == pid:
            found += [place, *children_of(int(place.name))]
    return found


def shown_of(server: Served) -> Iterator[tuple[str, bytes]]:
    """What anybody on the machine may see of the server's processes, and what its children hold."""
    yield "its command line", Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    for child in children_of(server.process.pid):
        for name in ("cmdline", "environ"):
            yield f"a child's {name}", (child / name).read_bytes()


def requests_with(server: Served, key: str) -> Iterator[bytes]:
    """Requests that bear a key in every way there is, and go wrong in every way they can."""
    port = server.port
    unknown = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "no_such"}}
    wrong = {"name": "extract_from_html", "arguments": {"html": PAGE, "max_length": -1}}
    messages = [
        call(PAGE),
        call(""),
        unknown,
        unknown | {"params": wrong},
        unknown | {"method": "tools/list"},
        unknown | {"id": None},
    ]
    for message in messages:
        yield post(message, port, key)
        yield post(message, port, headers={"X-API-Key": key})
    yield post(call(PAGE), port, key, headers={"MCP-Protocol-Version": "2026-07-28"})
    yield post({"prompt": "Hello.", "api_key": key}, port, path="/generate")
    yield post({"prompt": "", "api_key": key}, port, path="/generate")
    yield post({"prompt": "Hello.", "api_kee": key}, port, key, path="/generate")
    yield post(call(PAGE), port, path=f"/mcp?api_key={key}")
    yield post(call(PAGE), port, path=f"/mcp/{key}")
    yield post(call(PAGE), port, path=f"/messages/?session_id={key}", headers={"X-API-Key": key})
    yield post(call(PAGE), port, key).replace(b"Content-Length: ", b"Content-Length: x")
    yield head("POST", "/mcp", port, key) + b"Content-Length: 5\r\n\r\n{\xff\xfe{{"
    yield head("POST", "/mcp", port, key) + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"
    yield head("GET", "/mcp", port, key, {"Cookie": f"key={key}"}) + b"\r\n"
    yield head("GET", "/health", port, key) + b"\r\n"
    yield head("GET", "/metrics", port, key) + b"\r\n"


def test_a_key_over_http_is_shown_nowhere() -> None:
    with served(TALKATIVE) as server:
        keys = {
            "good": server.key,
            "expired": add_key(server.keys, "expired", expires=1.0),
            "narrow": add_key(server.keys, "narrow", scopes=frozenset({Scope.DIAGNOSE})),
            "unknown": new_key(),
        }
        narrow = post(call(PAGE), 0, keys["narrow"]).replace(b":0\r\n", b"\r\n")
        assert within(3, lambda: ask(server.port, narrow).status == 403)
        for name, key in keys.items():
            for request in requests_with(server, key):
                answer = ask(server.port, request)
                assert key.encode() not in answer.head + answer.body, name
            for place, shown in shown_of(server):
                assert key.encode() not in shown, f"{name} in {place}"
        for place, shown in shown_of(server):
            assert not place.startswith("a child") or CANARY.encode() not in shown, place
        server.process.terminate()
        server.process.wait(PATIENCE)
        log = server.log.read_text()
    assert "webis_mcp.audit" in log
    for name, key in keys.items():
        assert key not in log, name
    assert CANARY not in log


def test_a_secret_of_our_environment_is_shown_nowhere_over_stdio(tmp_path: Path) -> None:
    put_text(tmp_path / "api_keys.json", json.dumps([OLD_KEY]))
    secrets = {"WEBIS_API_KEYS_FILE": str(tmp_path / "api_keys.json")}
    with serving({**os.environ, **TALKATIVE, **secrets}) as server:
        server.greet()
        told = b""
        calls: list[dict[str, Any]] = [{"html": PAGE}, {"html": 1}, {"htm": "x"}]
        for id, arguments in enumerate(calls, start=2):
            server.call(id, **arguments)
            told += json.dumps(server.answer(id)).encode()
        children = children_of(server.process.pid)
        shown = [
            (child / name).read_bytes() for child in children for name in ("cmdline", "environ")
        ]
        assert children
        output, log = server.process.communicate(timeout=PATIENCE)
    assert b"reader" in log or b"mcp" in log
    for secret in (CANARY.encode(), OLD_KEY.encode()):
        assert all(secret not in text for text in (told, output, log, *shown))
