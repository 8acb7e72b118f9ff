"""`webis-mcp serve`: a socket, the application behind it, and how both end.

The first signal lets what is in work finish, the second ends the process there and then.
"""

from __future__ import annotations

import errno
import importlib.util
import logging
import socket
from contextlib import nullcontext
from typing import TYPE_CHECKING

import anyio
import uvicorn

from webis_mcp import system
from webis_mcp.errors import SettingsError
from webis_mcp.server.house import open_house
from webis_mcp.server.http.app import App, open_app
from webis_mcp.server.http.connections import MOST_CONNECTIONS, Connection
from webis_mcp.server.http.names import is_loopback
from webis_mcp.server.keys.keyring import Keyring
from webis_mcp.server.signals import on_signals
from webis_mcp.settings import HttpSettings, Settings

DRAIN_SECONDS = 20
"""For what is in work when we are asked to go; then it is cancelled."""

IDLE_SECONDS = 65
"""For a client to use its connection again: longer than proxies keep theirs, a minute."""

BACKLOG = 1024
"""Connections that may wait to be accepted."""

ACCEPTED_AT_ONCE = 16
"""Of them, before anybody else gets a turn. asyncio takes one figure for both, and with a thousand
at once a flood of connections held up all answers for seconds."""

if TYPE_CHECKING:
    from webis_mcp.service.diagnosis.model import KeysSeen

log = logging.getLogger("webis_mcp.http")


class Server(uvicorn.Server):
    """uvicorn's, which leaves signals to us and the streams to the application."""

    def __init__(self, app: App) -> None:
        super().__init__(config_of(app))
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)

    def stop(self) -> None:
        """Lets no more in and finishes; safe in a signal handler."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._app.end_streams)
            await super().shutdown(sockets)
            tasks.cancel_scope.cancel()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override] # a context either way
        return nullcontext()


def serve(settings: Settings, keys: Keyring) -> None:
    """Serves until a signal ends it.

    Raises:
        SettingsError: the address is not ours to listen on, or others could reach it without a key.
    """
    listener = open_listener(settings.http, keys)
    system.allow_open_files(MOST_CONNECTIONS + 200)
    options = {"use_uvloop": importlib.util.find_spec("uvloop") is not None}
    with listener:
        anyio.run(_serve, settings, keys, listener, backend_options=options)


def open_listener(http: HttpSettings, keys: Keyring) -> socket.socket:
    """The socket that we listen on.

    Raises:
        SettingsError: as for `serve`.
    """
    if not (is_loopback(http.host) or len(keys)):
        raise SettingsError(
            f"Without an API key, nobody but this machine may call us, and {http.host} is open to"
            " others.",
            hint="Make a key: webis-mcp keys add NAME. Or listen on 127.0.0.1.",
        )
    try:
        family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
        listener = socket.create_server((http.host, http.port), family=family, backlog=BACKLOG)
        # asyncio sends at once only where a socket says that it is TCP's; else an answer of two
        # pieces waits 40 ms for the client's system to confirm the first.
        return socket.socket(
            family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach()
        )
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise SettingsError(
            f"{http.host}, port {http.port}: {error.strerror or error}.",
            hint="Another program listens there: set WEBIS_PORT to another port."
            if taken
            else "Set WEBIS_HOST to an address of this machine.",
        ) from error


async def _serve(settings: Settings, keys: Keyring, listener: socket.socket) -> None:
    def seen() -> KeysSeen:
        from webis_mcp.server.keys.seen import keys_seen

        return keys_seen(keys.path, http=True)

    async with open_house(settings, seen) as house, open_app(house, keys, settings) as app:
        house.warm()
        server = Server(app)
        with on_signals(server.stop):
            _announce(listener, keys)
            await server.serve(sockets=[listener])


def config_of(app: App) -> uvicorn.Config:
    """uvicorn, told to do no more than to speak HTTP."""
    return uvicorn.Config(
        app.asgi,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whoever sends X-Forwarded-For may say what he likes
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=ACCEPTED_AT_ONCE,
    )


def _announce(listener: socket.socket, keys: Keyring) -> None:
    host, port = listener.getsockname()[:2]
    place = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    who = f"{len(keys)} keys in {keys.path}" if len(keys) else "no keys: open to this machine"
    log.warning("Serving on %s/mcp; %s.", place, who)
