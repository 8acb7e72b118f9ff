"""The body of a request: read once, within bounds of size, time and memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager

import anyio
from starlette.types import Message, Receive, Scope

from webis_mcp.server.http.answers import Header, Refusal, too_busy

SECONDS = 30.0
"""For a whole body to come in: a page of 10 MB over 3 Mbit/s."""

MEMORY = 256_000_000
"""Bytes that the bodies in work may have together: a page is held as JSON, as text, and again on
its way to a reader."""


class ClientGone(Exception):
    """Whoever asked has hung up."""


class Bodies:
    """Reads bodies.

    Args:
        memory: bytes that all of them together may have; more is refused as busy.
        seconds: time for one body to come in.
    """

    def __init__(self, *, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self._memory = memory
        self._seconds = seconds
        self._held = 0

    @asynccontextmanager
    async def received(
        self, scope: Scope, receive: Receive, longest: int
    ) -> AsyncIterator[bytes | Refusal]:
        """A whole body, or why not; its bytes count until the context is left.

        Raises:
            ClientGone: the connection ended before the body did.
        """
        if declared_size(scope["headers"]) > longest:
            yield too_large(longest)
            return
        pieces: list[bytes] = []
        try:
            yield await self._read(pieces, receive, longest)
        finally:
            self._held -= sum(map(len, pieces))

    async def _read(self, pieces: list[bytes], receive: Receive, longest: int) -> bytes | Refusal:
        try:
            with anyio.fail_after(self._seconds):
                return await self._collect(pieces, receive, longest)
        except TimeoutError:
            words = f"The body did not come in within {self._seconds:g} s."
            return Refusal(408, "too_slow", words, ((b"connection", b"close"),))

    async def _collect(
        self, pieces: list[bytes], receive: Receive, longest: int
    ) -> bytes | Refusal:
        size = 0
        async with aclosing(_pieces(receive)) as coming:
            async for piece in coming:
                pieces.append(piece)
                size += len(piece)
                self._held += len(piece)
                if size > longest:
                    return too_large(longest)
                if self._held > self._memory:
                    return too_busy("The server holds as many bytes of requests as it can.")
        return b"".join(pieces)


async def _pieces(receive: Receive) -> AsyncGenerator[bytes, None]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        yield message.get("body", b"")
        more = message.get("more_body", False)


def too_large(longest: int) -> Refusal:
    """The answer to a body over the limit."""
    words = f"The request is over the limit of {longest / 1e6:.3g} MB."
    hint = "Send the part of the page that you need, or raise WEBIS_MAX_PAGE_BYTES on the server."
    return Refusal(413, "too_large", f"{words} {hint}")


def declared_size(headers: Iterable[Header]) -> int:
    """What Content-Length says, in bytes; 0 without one."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body at once, and then whatever comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
