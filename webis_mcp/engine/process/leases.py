"""Who uses an engine: each connection to the keeper's socket is a lease until it is closed.

All are told how the engine is, whenever that changes. What follows from a lease is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import anyio
from anyio import CancelScope
from anyio.abc import ByteStream, TaskStatus
from anyio.streams.buffered import BufferedByteReceiveStream

from webis_mcp.engine.process.wire import LONGEST, Told, Word

LOST = (
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.IncompleteRead,
    anyio.EndOfStream,
)

FAREWELL_SECONDS = 2.0
"""Longest time for all to hear the last that there is to tell."""


class Leases:
    """The leases on one engine.

    Args:
        hear: is given what a host says.
    """

    def __init__(self, hear: Callable[[Word], None]) -> None:
        self._hear = hear
        self._count = 0
        self._told: Told | None = None
        self._changed = anyio.Event()
        self._is_last = False

    async def serve(
        self, path: Path, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Grants a lease to everybody who connects."""
        async with await anyio.create_unix_listener(path, mode=0o600, backlog=128) as listener:
            task_status.started()
            await listener.serve(self._grant)

    def tell(self, told: Told) -> None:
        """Tells all who hold a lease, now or later."""
        self._told = told
        self._announce()

    async def tell_last(self) -> None:
        """Waits until everybody has heard what was told, and takes the leases back."""
        self._is_last = True
        self._announce()
        with anyio.move_on_after(FAREWELL_SECONDS):
            await self.all_returned()

    async def taken_within(self, seconds: float) -> bool:
        """Whether somebody holds a lease before so many seconds have passed."""
        with anyio.move_on_after(seconds):
            while not self._count:
                await self._changed.wait()
        return self._count > 0

    async def all_returned(self) -> None:
        """Until nobody holds a lease."""
        while self._count:
            await self._changed.wait()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def _grant(self, stream: ByteStream) -> None:
        self._count += 1
        self._announce()
        try:
            async with stream, anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen, stream, tasks.cancel_scope)
                await self._keep_informed(stream)
                tasks.cancel_scope.cancel()
        finally:
            self._count -= 1
            self._announce()

    async def _keep_informed(self, stream: ByteStream) -> None:
        known: Told | None = None
        with suppress(*LOST):
            while True:
                if self._told is not None and self._told is not known:
                    known = self._told
                    await stream.send(known.line())
                elif self._is_last:
                    return
                else:
                    await self._changed.wait()

    async def _listen(self, stream: ByteStream, scope: CancelScope) -> None:
        """Hears a host until it hangs up; what is no word of ours ends its lease, too."""
        words = BufferedByteReceiveStream(stream)
        with suppress(*LOST, anyio.DelimiterNotFound, json.JSONDecodeError, TypeError, KeyError):
            while True:
                self._hear(Word.of(await words.receive_until(b"\n", LONGEST)))
        scope.cancel()
