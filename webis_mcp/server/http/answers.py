"""Answers of ours, as JSON: what was wrong, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Send

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is a no.

    Args:
        error: one word for programs, as OAuth has them (RFC 6749, section 5.2).
        words: what was seen and what to do, for whoever reads it.
    """

    status: int
    error: str
    words: str
    headers: tuple[Header, ...] = ()


def too_busy(words: str) -> Refusal:
    """The answer to what may be asked again in a moment."""
    return Refusal(503, "busy", f"{words} Try again in a second.", ((b"retry-after", b"1"),))


async def refuse(send: Send, refusal: Refusal) -> None:
    """Sends a refusal."""
    body = {"error": refusal.error, "error_description": refusal.words}
    await send_json(send, refusal.status, body, refusal.headers)


async def send_json(
    send: Send, status: int, body: Mapping[str, Any], headers: tuple[Header, ...] = ()
) -> None:
    """Sends a whole answer of JSON."""
    await send_bytes(send, status, json.dumps(body).encode(), b"application/json", headers)


async def send_bytes(
    send: Send, status: int, body: bytes, kind: bytes, headers: tuple[Header, ...] = ()
) -> None:
    """Sends a whole answer."""
    size = str(len(body)).encode()
    own = ((b"content-type", kind), (b"content-length", size), (b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
