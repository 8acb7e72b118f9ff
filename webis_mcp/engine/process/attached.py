"""An engine that somebody else keeps: any OpenAI-compatible server, at the URL that is set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import anyio
import httpx2

from webis_mcp.engine import EngineStatus
from webis_mcp.engine.process.probe import models_of, open_client, probe
from webis_mcp.engine.process.wire import Told
from webis_mcp.errors import EngineError

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between two tries to reach the server: 1, 2, 4 ... 60."""


class Attached:
    """A server at a URL.

    Args:
        model: the one to use; unset, the server's first.
    """

    def __init__(self, url: str, key: str, model: str | None) -> None:
        self._url = url.rstrip("/").removesuffix("/v1")
        self._key, self._model = key, model
        self._life = 0
        self._trouble = anyio.Event()

    async def follow(self, tell: Callable[[Told], None]) -> bool:
        """Tells how the server is for as long as it is followed; tries again where it is not."""
        wait = FIRST_WAIT
        async with open_client(self._url, self._key) as client:
            tell(Told(EngineStatus("starting", f"asking {self._url} what it can do")))
            while True:
                self._trouble = anyio.Event()
                try:
                    endpoint = await probe(client, self._model)
                    self._life += 1
                    wait = FIRST_WAIT
                    status = EngineStatus("ready", f"at {self._url}", model=endpoint.model)
                    tell(Told(status, replace(endpoint, life=self._life), is_probed=True))
                    await self._until_lost(client)
                except EngineError as error:
                    status = EngineStatus("failed", error.message, error.hint, model=self._model)
                    tell(Told(status, is_over=True))
                with anyio.move_on_after(wait):
                    await self._trouble.wait()
                wait = min(2 * wait, LONGEST_WAIT)

    def trouble(self, life: int) -> None:
        """A request of a life has failed: have a look."""
        if life == self._life:
            self._trouble.set()

    def begin_anew(self) -> None:
        """Try again now."""
        self._trouble.set()

    async def _until_lost(self, client: httpx2.AsyncClient) -> None:
        """Looks whenever a request has failed, but once a second at most.

        Raises:
            EngineError: the server is not what it was.
        """
        while True:
            await self._trouble.wait()
            await models_of(client)
            await anyio.sleep(FIRST_WAIT)
            self._trouble = anyio.Event()
