"""Lines of bytes to JSON-RPC messages, and a refusal for every line that is none.

Pure, but for the one function that reads the lines.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress

from mcp.shared.message import SessionMessage
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    RequestId,
    jsonrpc_message_adapter,
)

CHUNK = 1 << 16

HALF_PAIR = re.compile("[\ud800-\udfff]")

TOKEN = re.compile(
    rb"""
    "id"\s*:\s*(?P<id>"(?:[^"\\]++|\\.)*+"|-?\d{1,18}(?![\d.eE]))
    | "(?:[^"\\]++|\\.)*+"
    | [\[{] | [\]}]
    """,
    re.VERBOSE | re.DOTALL,
)
"""What one must tell apart to find the `id` of a message at its top level."""

DEPTH = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}


def lines_of(source: int, *, longest: int) -> Iterator[bytes]:
    """The lines that come in, blank ones left out; one over the limit is cut a byte above it."""
    line = bytearray()
    while chunk := _next_chunk(source):
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            line += end[: longest + 1 - len(line)]
            if line and not line.isspace():
                yield bytes(line)
            line.clear()
        line += rest[: longest + 1 - len(line)]
    if line and not line.isspace():
        yield bytes(line)


def _next_chunk(source: int) -> bytes:
    with suppress(OSError):  # a terminal that is gone
        return os.read(source, CHUNK)
    return b""


def parse_line(line: bytes, *, longest: int) -> SessionMessage | JSONRPCError:
    """The message that a line holds, or what to answer instead.

    Half a surrogate pair, which some clients send when they cut a text, becomes U+FFFD.
    """
    if len(line) > longest:
        return refusal(INVALID_REQUEST, f"over the limit of {longest} bytes", line)
    text = line.decode("utf-8", "replace")
    if message := _message(text):
        return message
    try:
        value = json.loads(text)
        mended = HALF_PAIR.sub("\ufffd", json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return refusal(PARSE_ERROR, "no JSON, nested too deeply, or with too long a number", line)
    if message := _message(mended):
        return message
    return refusal(INVALID_REQUEST, "no JSON-RPC 2.0 message, or nested too deeply", line)


def _message(text: str) -> SessionMessage | None:
    try:
        message = jsonrpc_message_adapter.validate_json(text, by_name=False)
        # The SDK takes a request whose id is no id for a notification, and its sender would wait.
        if isinstance(message, JSONRPCNotification) and "id" in json.loads(text):
            return None
    except (ValueError, RecursionError):  # pydantic's are of the first kind
        return None
    return SessionMessage(message)


def refusal(code: int, what: str, line: bytes) -> JSONRPCError:
    """The answer to a line that is no message."""
    error = ErrorData(code=code, message=f"The line is {what}.")
    return JSONRPCError(jsonrpc="2.0", id=id_of(line), error=error)


def id_of(line: bytes) -> RequestId | None:
    """The id at the top level of a message, which need not be JSON all through."""
    depth = 0
    for token in TOKEN.finditer(line):
        if token["id"] and depth == 1:
            with suppress(ValueError):
                found: int | str = json.loads(token["id"].decode("utf-8", "replace"))
                return HALF_PAIR.sub("\ufffd", found) if isinstance(found, str) else found
        depth += DEPTH.get(token[0], 0)
    return None
