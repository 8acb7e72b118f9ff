"""The wire over a pair of pipes: what comes in, what goes out, and how it ends.

The SDK's own reader drops a line that it cannot parse, so that its sender waits for ever, and sits
in a read when a signal asks us to go. Here every line is answered, and the end of the input, a
signal and a client that no longer listens end the session in the same way. Knows nothing of tools.

Reading and writing block, so each has a thread: a daemon, for nothing can call a thread back from a
read, and the process must be able to end without it.
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from queue import SimpleQueue
from typing import TypeVarTuple

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCError

from webis_mcp.server.jsonrpc import lines_of, parse
from webis_mcp.server.signals import on_signals

Ts = TypeVarTuple("Ts")
Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]

SECONDS_TO_FLUSH = 0.5
"""For the last answers; a client that does not read them must not hold us up."""


class Outbox:
    """Answers on their way to the thread that writes them: what the SDK calls a write stream."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[SessionMessage | None] = SimpleQueue()

    async def send(self, message: SessionMessage, /) -> None:
        self._waiting.put(message)

    async def aclose(self) -> None:
        self._waiting.put(None)

    async def __aenter__(self) -> Outbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def refuse(self, refusal: JSONRPCError) -> None:
        """Answers, from the reading thread, what never becomes a request."""
        self._waiting.put(SessionMessage(refusal))

    def write_all(self, sink: int) -> None:
        """Writes until closed.

        Raises:
            OSError: nobody reads any more.
        """
        for message in iter(self._waiting.get, None):
            line = message.message.model_dump_json(by_alias=True, exclude_unset=True) + "\n"
            rest = memoryview(line.encode())
            while rest:
                rest = rest[os.write(sink, rest) :]


class Wire:
    """Both ways of a session. What comes in is not bounded either: the SDK starts every request at
    once, so a bound would only move the queue."""

    def __init__(self, source: int, sink: int, longest: int) -> None:
        self._source, self._sink, self._longest = source, sink, longest
        self._loop = asyncio.get_running_loop()
        streams = anyio.create_memory_object_stream[SessionMessage | Exception](math.inf)
        self._inward, self.incoming = streams
        self.outbox, self.flushed = Outbox(), anyio.Event()

    def end(self) -> None:
        """Lets no more messages in, which ends the session; any thread or signal may call it."""
        self._soon(self._inward.close)

    def read(self) -> None:
        """The reading thread: every line becomes a message for the session, or a refusal."""
        try:
            for line in lines_of(self._source, longest=self._longest):
                parsed = parse(line, longest=self._longest)
                if isinstance(parsed, JSONRPCError):
                    self.outbox.refuse(parsed)
                else:
                    self._soon(self._deliver, SessionMessage(parsed.message))
        finally:
            self.end()

    def write(self) -> None:
        """The writing thread."""
        try:
            with suppress(OSError):
                self.outbox.write_all(self._sink)
        finally:
            self.end()
            self._soon(self.flushed.set)

    def _deliver(self, message: SessionMessage) -> None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):  # the session is over
            self._inward.send_nowait(message)

    def _soon(self, act: Callable[[*Ts], object], *args: *Ts) -> None:
        with suppress(RuntimeError):  # the loop has gone before us
            self._loop.call_soon_threadsafe(act, *args)


@asynccontextmanager
async def open_wire(
    source: int, sink: int, *, longest: int
) -> AsyncIterator[tuple[Incoming, Outbox]]:
    """The streams of one session over two file descriptors.

    The incoming one ends with the source, on a signal, or when nobody reads the sink.

    Args:
        longest: bytes that a message may have; a longer one is refused.
    """
    wire = Wire(source, sink, longest)
    for work in (wire.read, wire.write):
        threading.Thread(target=work, daemon=True).start()
    with on_signals(wire.end):
        try:
            yield wire.incoming, wire.outbox
        finally:
            await wire.outbox.aclose()
            with anyio.move_on_after(SECONDS_TO_FLUSH, shield=True):
                await wire.flushed.wait()
