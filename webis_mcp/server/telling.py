"""What a caller hears while a page is fetched or read: each stage, and that it still lasts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

PROGRESS_SECONDS = 5.0
"""Clients give up on a silent call after minutes (30 on stdio); people after some seconds."""

Result = TypeVar("Result")
Report = Callable[[float, float | None, str | None], Awaitable[None]]
Tell = Callable[[str], Awaitable[None]]


class Telling:
    """Tells one caller; what it counts only rises, as the protocol wants."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told = 0
        self._stage = ""

    async def tell(self, stage: str) -> None:
        """A stage is reached."""
        self._stage = stage
        await self._send(stage)

    async def tell_again(self, seconds: float) -> None:
        """The stage still lasts, so many seconds after the beginning."""
        await self._send(f"{self._stage.rstrip('.')}, {seconds:.0f} s so far")

    async def _send(self, words: str) -> None:
        self._told += 1
        await self._report(self._told - 1, None, words)


async def while_telling(
    report: Report,
    work: Callable[[Tell], Awaitable[Result]],
    *,
    every: float = PROGRESS_SECONDS,
) -> Result:
    """The work's result; the caller hears each stage, and again after every so many seconds."""
    telling = Telling(report)

    async def keep_telling() -> None:
        seconds = 0.0
        while True:
            await anyio.sleep(every)
            seconds += every
            await telling.tell_again(seconds)

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(keep_telling)
            result = await work(telling.tell)
            group.cancel_scope.cancel()
            return result
    except ExceptionGroup as failed:
        failure = failed.exceptions[0]  # only the work can fail, so the group adds nothing
    raise failure
