"""Watches a running vLLM: when it is ready, and when it is there but gets nothing done any more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio

from webis_mcp.engine.process import looks
from webis_mcp.engine.process.ending import Ending
from webis_mcp.engine.process.launch import SERVED_AS
from webis_mcp.engine.process.restarts import FIRST_WAIT
from webis_mcp.engine.process.server import Server

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, in seconds.

    Attributes:
        between: two looks.
        health: an answer to the health check; vLLM gives it in milliseconds even when busy.
        token: the next token, read or written, while there are requests.
        restart: the first start after an end; each that follows waits twice as long.
    """

    between: float = 2.0
    health: float = 30.0
    token: float = 60.0
    restart: float = FIRST_WAIT


async def _look(look: Callable[[int], T], port: int) -> T:
    return await anyio.to_thread.run_sync(look, port, abandon_on_cancel=True)


class Watch:
    """Looks at one server again and again."""

    def __init__(self, server: Server, start_seconds: float, patience: Patience) -> None:
        self._server = server
        self._start_seconds = start_seconds
        self._patience = patience
        self._well = self._moved = time.monotonic()
        self._work = looks.Work()
        self.is_well = False

    async def until_ready(self) -> bool:
        """Whether the server got ready; if not, it was given up."""
        server = self._server
        with anyio.move_on_after(self._start_seconds):
            while not await _look(looks.is_healthy, server.port):  # noqa: ASYNC110 - nothing tells
                await anyio.sleep(min(0.25, self._patience.between))
            if await anyio.to_thread.run_sync(
                looks.is_ours, server.port, server.key, SERVED_AS, abandon_on_cancel=True
            ):
                self._well = self._moved = time.monotonic()
                self.is_well = True
                return True
            await server.give_up(Ending("Something else than our vLLM answers at its port."))
            return False
        await server.give_up(
            Ending(
                f"vLLM was not ready within {self._start_seconds:g} s; it was at:"
                f" {server.output.phase}.",
                "Raise WEBIS_START_TIMEOUT_SECONDS, or look into its log.",
            )
        )
        return False

    async def next(self, at_once: anyio.Event) -> looks.Work | None:
        """What the server has to do at the next look; None when it was given up."""
        with anyio.move_on_after(self._patience.between):
            await at_once.wait()
        self.is_well = await _look(looks.is_healthy, self._server.port)
        if self.is_well:
            self._well = time.monotonic()
            self._note(await _look(looks.work_of, self._server.port))
        hang = self._hang()
        if hang:
            await self._server.give_up(Ending(hang))
            return None
        return self._work

    def _note(self, work: looks.Work | None) -> None:
        """Keeps what was seen; no work, or a token more, is progress."""
        if work is None or not work.running or work.tokens != self._work.tokens:
            self._moved = time.monotonic()
        self._work = work or looks.Work()

    def _hang(self) -> str:
        now = time.monotonic()
        if now - self._well > self._patience.health:
            return f"vLLM has not answered its health check for {self._patience.health:g} s."
        if now - self._moved > self._patience.token:
            return (
                f"vLLM has {self._work.running} requests and has not got on with them for"
                f" {self._patience.token:g} s."
            )
        return ""
