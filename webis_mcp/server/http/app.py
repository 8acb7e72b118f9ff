"""One application: every path with the one who answers there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from webis_mcp import __version__
from webis_mcp.engine import EngineStatus
from webis_mcp.server.calls import Calls
from webis_mcp.server.house import House
from webis_mcp.server.http.answers import send_json
from webis_mcp.server.http.bodies import Bodies
from webis_mcp.server.http.front import Asked, Front, Route
from webis_mcp.server.http.gate import Gate
from webis_mcp.server.http.generate import Generate
from webis_mcp.server.http.messages import Legacy, Messages, Streamable
from webis_mcp.server.http.metrics import Metrics
from webis_mcp.server.http.names import OnlyForUs, is_loopback, names_of
from webis_mcp.server.http.rates import Rate
from webis_mcp.server.keys.keyring import Keyring
from webis_mcp.server.tools import make_server
from webis_mcp.settings import HttpSettings, Settings

JSON_GROWTH = 3
"""Bytes of JSON that a byte of a page may take: a Cyrillic letter of two becomes \\\\u0436."""

MESSAGE = 65_536
"""Bytes of a message besides the page."""


@dataclass(frozen=True, slots=True)
class App:
    """The application, and what has to be known of it to stop it.

    Args:
        asgi: what a server of HTTP calls.
    """

    asgi: ASGIApp
    _calls: Calls
    _legacy: Legacy

    async def end_streams(self) -> None:
        """Ends what would never end by itself, once no call is in work."""
        await self._calls.until_none()
        self._legacy.end()


@asynccontextmanager
async def open_app(house: House, keys: Keyring, settings: Settings) -> AsyncIterator[App]:
    """The application over the service, which whoever calls this opens and closes."""
    http = settings.http
    longest = JSON_GROWTH * settings.reading.max_page_bytes + MESSAGE
    gate = Gate(keys, is_open=is_loopback(http.host), calls=_rate(http.calls_per_minute))
    metrics = Metrics(keys.__len__, house.engine, house.counts)
    calls = Calls(metrics)
    server = make_server(house.extractor, house.diagnose, calls)
    bodies = Bodies()
    messages = Messages(gate, bodies, longest)
    streamable, legacy = Streamable(server, messages, longest), Legacy(server, messages, longest)
    generate = Generate(gate, bodies, house.generator, calls)
    take_message = Route("POST", legacy.take_message)
    routes = {
        "/mcp": Route("POST", streamable.answer),
        "/sse": Route("GET", legacy.open_stream, lasts=True),
        "/messages": take_message,
        "/messages/": take_message,
        "/generate": Route("POST", generate.answer, key="body"),
        "/health": Route("GET", Health(house.engine).answer, key="none"),
        "/metrics": Route("GET", metrics.answer),
    }
    front = Front(gate, routes, metrics.answered)
    async with streamable.running(), anyio.create_task_group() as tasks:
        tasks.start_soon(gate.watch)
        yield App(within(front, http), calls, legacy)
        tasks.cancel_scope.cancel()


def within(app: ASGIApp, http: HttpSettings) -> ASGIApp:
    """The application behind the checks of a browser's and of ours."""
    if http.allowed_origins:
        app = CORSMiddleware(
            app,
            allow_origins=http.allowed_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),
            expose_headers=("WWW-Authenticate", "Retry-After", "MCP-Protocol-Version"),
        )
    return OnlyForUs(app, names_of(http.host, http.allowed_hosts, http.allowed_origins))


class Health:
    """`/health`: that we are there, and which engines answer; nothing that is worth a key."""

    def __init__(self, engine: Callable[[], EngineStatus]) -> None:
        self._engine = engine

    async def answer(self, asked: Asked) -> None:
        """Tells it."""
        engines = {"embedded": "ready", "vllm": self._engine().state}
        told = {"status": "ok", "version": __version__, "engines": engines}
        await send_json(asked.send, 200, told)


def _rate(per_minute: int) -> Rate | None:
    return Rate(per_minute / 60, per_minute) if per_minute else None
