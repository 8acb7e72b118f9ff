"""The installed command as a child process, and what is left of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WEBIS_MCP = shutil.which("webis-mcp", path=sysconfig.get_path("scripts")) or "webis-mcp"

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}

PATIENCE = 30
"""Seconds that anything may take here; nothing should come near it."""


class Server:
    """The command serving on pipes that a test can write anything to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self.process, self.stdin, self.stdout = process, process.stdin, process.stdout

    def write(self, line: bytes) -> None:
        self.stdin.write(line)
        self.stdin.flush()

    def send(self, method: str, id: int, params: Mapping[str, Any] | None = None) -> None:
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}
        self.write(json.dumps(message).encode() + b"\n")

    def call(self, id: int, tool: str = "extract_from_html", **arguments: Any) -> None:
        """Calls a tool, and asks for progress."""
        params = {"name": tool, "arguments": arguments}
        self.send("tools/call", id, {**params, "_meta": {"progressToken": id}})

    def receive(self) -> dict[str, Any]:
        """The next message: every line on standard output must be one."""
        message: dict[str, Any] = json.loads(self.stdout.readline())
        assert message["jsonrpc"] == "2.0"
        return message

    def answer(self, id: int) -> dict[str, Any]:
        """The answer to a request; progress on the way is passed over."""
        while (message := self.receive()).get("id") != id:
            assert message["method"] == "notifications/progress"
        return message

    def greet(self) -> None:
        self.send("initialize", 1, HELLO)
        self.answer(1)
        self.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def children(self) -> list[int]:
        return children_of(self.process.pid)


@contextmanager
def serving(environ: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server; it is gone when the test is through, whatever came of it."""
    with subprocess.Popen(
        [WEBIS_MCP],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ) if environ is not None else None,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


def children_of(pid: int) -> list[int]:
    return [child for child, parent in _processes() if parent == pid]


def is_gone(pid: int) -> bool:
    return pid not in {running for running, _ in _processes()}


def _processes() -> Iterator[tuple[int, int]]:
    """Every running process and its parent; none where there is no /proc."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended while we looked
            continue
        if state != "Z":
            yield int(stat.parent.name), int(parent)
