"""How many requests may be under way at once: slots are few, and a queue has an end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from webis_mcp.errors import Busy

MOST_WAITING = 256
"""Requests that may wait for a turn; a long page in many parts asks for tens at once."""


class Budget:
    """Turns to ask the server; who cannot have one soon is told so."""

    def __init__(self, at_once: int) -> None:
        self._turns = anyio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A turn, for as long as the context lasts.

        Raises:
            Busy: too many wait already.
        """
        if self._turns.statistics().tasks_waiting >= MOST_WAITING:
            raise Busy(
                f"{MOST_WAITING} requests wait for the vLLM server already.",
                hint='Try again in a few seconds, or use engine "embedded".',
            )
        async with self._turns:
            yield
