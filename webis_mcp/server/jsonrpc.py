"""Bytes to JSON-RPC messages, and a refusal for whatever is none.

Pure, but for the one function that reads the lines.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
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

SMALL, MOST_VALUES = 100_000, 20_000
"""Bytes of a message below which its values are not counted, and how many it may have. The SDK
takes seconds for a million, in which all others wait; a call has twenty, a JSON Schema hundreds."""

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


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message, and the JSON that says it: as it came, or mended."""

    message: JSONRPCMessage
    json: bytes


def parse(raw: bytes, *, longest: int) -> Parsed | JSONRPCError:
    """The message that some bytes hold, or what to answer instead.

    Half a surrogate pair, which some clients send when they cut a text, becomes U+FFFD.
    """
    if len(raw) > longest:
        return refusal(INVALID_REQUEST, f"over the limit of {longest} bytes", raw)
    text = raw.decode("utf-8", "replace")
    if len(raw) > SMALL and not _is_sparse(text):
        return refusal(INVALID_REQUEST, f"over the limit of {MOST_VALUES} values", raw)
    if message := _message(text):
        return Parsed(message, raw if raw.isascii() else text.encode())
    try:
        value = json.loads(text)
        mended = HALF_PAIR.sub("\ufffd", json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return refusal(PARSE_ERROR, "no JSON, nested too deeply, or with too long a number", raw)
    if message := _message(mended):
        return Parsed(message, mended.encode())
    return refusal(INVALID_REQUEST, "no JSON-RPC 2.0 message, or nested too deeply", raw)


def _is_sparse(text: str) -> bool:
    """Whether there are few values in it; also of what is no JSON, of which more is said later."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return True
    seen = 0
    while waiting and seen <= MOST_VALUES:
        value = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            seen += len(value)
            waiting.extend(inner if len(value) <= MOST_VALUES else ())
    return seen <= MOST_VALUES


def _message(text: str) -> JSONRPCMessage | None:
    try:
        message = jsonrpc_message_adapter.validate_json(text, by_name=False)
        # The SDK takes a request whose id is no id for a notification, and its sender would wait.
        if isinstance(message, JSONRPCNotification) and "id" in json.loads(text):
            return None
    except (ValueError, RecursionError):  # pydantic's are of the first kind
        return None
    return message


def refusal(code: int, what: str, raw: bytes) -> JSONRPCError:
    """The answer to bytes that are no message."""
    error = ErrorData(code=code, message=f"The message is {what}.")
    return JSONRPCError(jsonrpc="2.0", id=id_of(raw), error=error)


def id_of(raw: bytes) -> RequestId | None:
    """The id at the top level of a message, which need not be JSON all through."""
    depth = 0
    for token in TOKEN.finditer(raw):
        if token["id"] and depth == 1:
            with suppress(ValueError):
                found: int | str = json.loads(token["id"].decode("utf-8", "replace"))
                return HALF_PAIR.sub("\ufffd", found) if isinstance(found, str) else found
        depth += DEPTH.get(token[0], 0)
    return None
