"""The application over stand-ins, and a client of it in the same process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from tests.support.extractors import Fixed
from webis_mcp.server.http.app import open_app
from webis_mcp.server.keys.keyring import Keyring
from webis_mcp.server.tools import Extractor
from webis_mcp.service.generating import Completion, Generator, Order
from webis_mcp.settings import Settings

JSON_OR_STREAM = {"accept": "application/json, text/event-stream"}


class Saying:
    """Completes each prompt in the same way."""

    def __init__(self, *completions: Completion) -> None:
        self.completions = completions
        self.asked: list[Order] = []

    async def complete(self, order: Order) -> Sequence[Completion]:
        self.asked.append(order)
        return self.completions


@asynccontextmanager
async def client_of(
    keys: Path,
    extractor: Extractor | None = None,
    generator: Generator | None = None,
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application with the keys in a file, which need not be there. What the
    application raises is raised here."""
    answers = generator or Saying(Completion("words", "stop"))
    async with open_app(extractor or Fixed(), answers, Keyring(keys), Settings()) as app:
        transport = httpx2.ASGITransport(app.front)
        place = "http://127.0.0.1:8000"
        async with httpx2.AsyncClient(
            transport=transport, base_url=place, headers=JSON_OR_STREAM, timeout=30
        ) as client:
            yield client
