"""The application over HTTP without a socket, and the installed command that serves it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx2

from tests.support.command import PATIENCE, WEBIS_MCP
from tests.support.extractors import Fixed
from webis_mcp.engine import EngineStatus
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.errors import EngineNotReady
from webis_mcp.server.house import House
from webis_mcp.server.http.app import open_app
from webis_mcp.server.keys.keyring import Keyring
from webis_mcp.server.tools import Extractor
from webis_mcp.service.diagnosis.model import Report
from webis_mcp.service.extraction import Extractor as Opened
from webis_mcp.service.generating import Completion, Generator, Order
from webis_mcp.settings import Settings

BASE = "http://127.0.0.1:8000"

JSON = {"accept": "application/json, text/event-stream", "content-type": "application/json"}

PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}


class Says:
    """A language model that has its answers ready, and remembers what it was asked."""

    def __init__(self, *said: str | Completion, finish_reason: str = "stop") -> None:
        self.completions = [
            one if isinstance(one, Completion) else Completion(one, finish_reason) for one in said
        ]
        self.orders: list[Order] = []

    async def complete(self, order: Order) -> Sequence[Completion]:
        self.orders.append(order)
        return self.completions


class NoModel:
    """No language model."""

    async def complete(self, order: Order) -> Sequence[Completion]:
        raise EngineNotReady("There is no vLLM.", hint="Set WEBIS_VLLM_URL.")


async def diagnose_nothing(error_text: str | None, checks: Sequence[str] | None) -> Report:
    """A report without a finding."""
    return Report(findings=(), versions={})


@asynccontextmanager
async def asking(
    keys: Path,
    extractor: Extractor | None = None,
    generator: Generator | None = None,
    **environ: str,
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application, which has the keys in that file."""
    house = House(
        extractor=cast(Opened, extractor or Fixed()),  # the ways in ask no more of it
        diagnose=diagnose_nothing,
        generator=generator or Says("Yes."),
        engine=lambda: EngineStatus("absent"),
        warm=lambda: None,
        counts=Counts(),
    )
    async with open_app(house, Keyring(keys), Settings.from_environ(environ)) as app:
        transport = httpx2.ASGITransport(app=app.asgi)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=JSON) as client:
            yield client


def bearing(key: str) -> dict[str, str]:
    """The header that bears a key."""
    return {"Authorization": f"Bearer {key}"}


@dataclass
class Served:
    """The installed command, serving HTTP."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


@contextmanager
def serving_http(folder: Path, *flags: str, **environ: str) -> Iterator[Served]:
    """The command serving on a free port, with its keys in `folder/api_keys.json`."""
    log = folder / "serve.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            [WEBIS_MCP, "serve", "--port", "0", *flags],
            cwd=folder,
            env=environ_of(folder) | environ,
            stderr=sink,
            text=True,
        )
    try:
        yield Served(process, _address(process, log), log)
    finally:
        process.kill()
        process.wait(PATIENCE)


def environ_of(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "HOME": str(folder), "WEBIS_API_KEYS_FILE": str(folder / "api_keys.json")}


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Where it serves, as it says when it does."""
    with log.open() as said:
        while process.poll() is None:
            if found := re.search(r"Serving on (http://[^/]+)", said.readline()):
                return found[1]
    raise AssertionError(f"It did not start: {log.read_text()}")
