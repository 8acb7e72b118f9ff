"""Clients that cost little: bytes made beforehand, over sockets, all in one loop.

What comes back is looked at no further than to know where it ends, and that it is a result.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LEGACY, MODERN = "2025-11-25", "2026-07-28"

HELLO = {
    "protocolVersion": LEGACY,
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}

META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}

STUCK = 60.0
"""Seconds without any answer after which a run is given up."""


@dataclass(frozen=True)
class Ask:
    """What is asked again and again.

    Args:
        era: the revision of the protocol that is spoken.
        name: of the tool, for `tools/call`.
    """

    method: str
    era: str
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def to(self, port: int, key: str, session: str = "") -> bytes:
        """The request for a server."""
        params: dict[str, Any] = {"_meta": META} if self.era == MODERN else {}
        if self.name:
            params |= {"name": self.name, "arguments": self.arguments}
        message = {"jsonrpc": "2.0", "id": 1, "method": self.method, "params": params}
        headers = {"MCP-Protocol-Version": self.era, "Authorization": f"Bearer {key}"}
        if self.era == MODERN:
            headers |= {"Mcp-Method": self.method} | ({"Mcp-Name": self.name} if self.name else {})
        return request(port, message, headers | ({"Mcp-Session-Id": session} if session else {}))


def request(port: int, message: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    """A message as a request over HTTP."""
    body = json.dumps(message).encode()
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Content-Length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + body


def is_whole(answer: bytes) -> bool:
    """Whether an answer has come in to its end."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    lower = head.lower()
    _, found, size = lower.partition(b"content-length: ")
    if found:
        return len(body) >= int(size.partition(b"\r\n")[0])
    return bool(gap) and body.endswith(b"0\r\n\r\n")


def one(port: int, data: bytes) -> bytes:
    """The answer to one request on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=STUCK) as connection:
        connection.sendall(data)
        answer = b""
        while not is_whole(answer):
            piece = connection.recv(1 << 16)
            if not piece:
                raise ConnectionError(answer)
            answer += piece
        return answer


def open_session(port: int, key: str) -> str:
    """The id of a session of one's own, with a server that has them."""
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
    answer = one(port, request(port, hello, {"Authorization": f"Bearer {key}"}))
    id = answer.lower().partition(b"mcp-session-id: ")[2].partition(b"\r\n")[0].decode()
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    one(port, request(port, ready, {"Mcp-Session-Id": id}))
    return id


@dataclass
class Caller:
    """One client: asks, waits for the answer, asks again."""

    connection: socket.socket
    data: bytes
    answer: bytes = b""
    asked: float = 0.0

    def ask(self) -> None:
        self.answer, self.asked = b"", time.perf_counter()
        self.connection.sendall(self.data)

    def hear(self) -> float | None:
        """The seconds that the answer took, once it is there."""
        piece = self.connection.recv(1 << 18)
        self.answer += piece
        if piece and not is_whole(self.answer):
            return None
        if b'"result"' not in self.answer or b'"isError":true' in self.answer:
            raise RuntimeError(self.answer[:2000])
        return time.perf_counter() - self.asked


def call_until(
    port: int, requests: Sequence[bytes], *, calls: int = 0, seconds: float = 0
) -> list[float]:
    """The seconds of every call that so many clients make, one after another each, until there are
    so many calls or so many seconds are over."""
    took: list[float] = []
    before = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for data in requests:
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            caller = Caller(connection, data)
            selector.register(connection, selectors.EVENT_READ, caller)
            caller.ask()
        while selector.get_map():
            events = selector.select(STUCK)
            if not events:
                raise TimeoutError("No answer comes any more.")
            for key, _ in events:
                if (seconds_taken := key.data.hear()) is None:
                    continue
                took.append(seconds_taken)
                over = (
                    len(took) + len(selector.get_map()) > calls
                    if calls
                    else (time.perf_counter() - before >= seconds)
                )
                if over:
                    selector.unregister(key.data.connection)
                    key.data.connection.close()
                else:
                    key.data.ask()
    return took
