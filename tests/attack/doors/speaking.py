"""HTTP as bytes: whatever can be said over a socket, well-formed or not."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any

PATIENCE = 30.0
"""Seconds for an answer; whoever waits longer has waited in vain."""

PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}

LIST = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}

PAGE = (
    "<!doctype html><title>Ferry</title><main><h1>Ferry</h1>"
    + "<p>The ferry crosses the harbour every half an hour, and waits for nobody.</p>" * 12
    + "</main>"
)


def call(html: str, id: int = 7) -> dict[str, Any]:
    """A call of the tool that reads a page."""
    params = {"name": "extract_from_html", "arguments": {"html": html}}
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}


def head(
    method: str, path: str, port: int, key: str = "", headers: Mapping[str, str] | None = None
) -> bytes:
    """The head of a request, without the empty line that ends it."""
    lines = {"Host": f"127.0.0.1:{port}", "Accept": "application/json, text/event-stream"}
    lines |= {"Authorization": f"Bearer {key}"} if key else {}
    lines |= headers or {}
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{told}".encode()


def post(
    message: Mapping[str, Any],
    port: int,
    key: str = "",
    *,
    path: str = "/mcp",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A message as a whole request."""
    body = json.dumps(message).encode()
    own = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return head("POST", path, port, key, own | dict(headers or {})) + b"\r\n" + body


def connect(port: int, source: str = "127.0.0.1", timeout: float = PATIENCE) -> socket.socket:
    """A connection, from an address of our choice."""
    made = socket.create_connection(("127.0.0.1", port), timeout, source_address=(source, 0))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


class Answer:
    """A whole answer."""

    def __init__(self, text: bytes) -> None:
        self.head, _, self.body = text.partition(b"\r\n\r\n")
        self.status = int(self.head.split(b" ", 2)[1]) if self.head.startswith(b"HTTP/") else 0


def is_whole(answer: bytes) -> bool:
    """Whether an answer has come in to its end."""
    lines, gap, body = answer.partition(b"\r\n\r\n")
    _, found, size = lines.lower().partition(b"content-length: ")
    if found:
        return len(body) >= int(size.partition(b"\r\n")[0])
    return bool(gap) and body.endswith(b"0\r\n\r\n")


def receive(connection: socket.socket) -> Answer:
    """The next answer; what there is of it, where the connection ends."""
    text = b""
    while not is_whole(text):
        try:
            piece = connection.recv(1 << 16)
        except ConnectionResetError:
            piece = b""
        if not piece:
            break
        text += piece
    return Answer(text)


def ask(port: int, data: bytes, source: str = "127.0.0.1") -> Answer:
    """The answer to a request on a connection of its own."""
    with connect(port, source) as connection:
        connection.sendall(data)
        return receive(connection)


def reset(connection: socket.socket) -> None:
    """Ends a connection as a process does that is killed."""
    import struct

    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
