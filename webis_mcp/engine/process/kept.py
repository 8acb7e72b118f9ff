"""An engine that a keeper of ours keeps: found, or started, and followed through a lease."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import anyio
from anyio.abc import SocketStream, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

from webis_mcp import system
from webis_mcp.engine import Endpoint, EngineStatus
from webis_mcp.engine.process.installed import find_command
from webis_mcp.engine.process.launch import INSTALL, NO_VLLM, order_environ
from webis_mcp.engine.process.leases import LOST
from webis_mcp.engine.process.runtime import Order, Places, open_places
from webis_mcp.engine.process.wire import LONGEST, Told, Word
from webis_mcp.errors import EngineError

BOOT = (
    "import sys; sys.path[:] = sys.argv[1:]; from webis_mcp.engine.process.keeper import main;"
    " main()"
)

CONNECT_SECONDS = 30.0
"""Longest wait for a keeper to listen; one that is ending has to be gone first."""

START_SECONDS = 20.0
"""Longest time for a keeper to become a process of its own; tens of times what it takes."""

PAUSE, START_AGAIN = 0.02, 1.0
"""Seconds between two tries to connect, and between two starts."""

AGAIN_SECONDS = 5.0
"""Seconds between two tries to find out what a server can do."""


class Kept:
    """An engine of this machine, shared by all whose settings ask the same.

    Args:
        folder: where its socket is; unset, the user's own.
    """

    def __init__(self, order: Order, folder: str | None) -> None:
        self._order, self._folder = order, folder
        self._words: list[Word] = []
        self._has_words = anyio.Event()
        self._life = 0
        self._probed = ""

    async def follow(self, tell: Callable[[Told], None]) -> bool:
        """Tells how the engine is until it is lost; whether it cannot be for now."""
        absence = self._absence()
        if absence is not None:
            tell(Told(absence, is_over=True))
            return True
        tell(Told(EngineStatus("starting", "looking for it", model=self._order.model)))
        try:
            places = await anyio.to_thread.run_sync(open_places, self._order, self._folder)
            stream = await self._connect(places)
        except EngineError as error:
            tell(Told(EngineStatus("failed", error.message, error.hint), is_over=True))
            return True
        return await self._follow(stream, tell)

    def trouble(self, life: int) -> None:
        """A request of a life has failed: the keeper has a look."""
        self._say(Word("failed", life))

    def begin_anew(self) -> None:
        """What has been given up is started again."""
        self._say(Word("restart", self._life))

    def _absence(self) -> EngineStatus | None:
        """Why there can be no engine, as far as it takes no process to tell."""
        if sys.platform == "win32":
            return EngineStatus(
                "absent",
                "vLLM does not run on Windows itself.",
                "Run webis-mcp in WSL, or name a server in WEBIS_VLLM_URL.",
            )
        environ = {**system.whole_environment(), **order_environ(self._order)}
        if find_command(self._order.command, environ.get("PATH")) is None:
            named = self._order.command
            detail = f"WEBIS_VLLM_COMMAND names no command: {named}." if named else f"{NO_VLLM}."
            return EngineStatus("absent", detail, INSTALL)
        return None

    async def _connect(self, places: Places) -> SocketStream:
        """A lease; the keeper is started where there is none."""
        with anyio.move_on_after(CONNECT_SECONDS):
            while True:
                stream = await _try_to_connect(places)
                if stream is not None:
                    return stream
                await anyio.to_thread.run_sync(_start_keeper, self._order, places)
                with anyio.move_on_after(START_AGAIN):
                    return await _wait_to_connect(places)
        raise EngineError(
            f"The engine's keeper does not answer at {places.socket}.",
            hint=f"Its log is {places.log}.",
        )

    async def _follow(self, stream: SocketStream, tell: Callable[[Told], None]) -> bool:
        is_settled = False
        async with stream, anyio.create_task_group() as tasks:
            tasks.start_soon(self._speak, stream)
            lines = BufferedByteReceiveStream(stream)
            try:
                while True:
                    told = Told.of(await lines.receive_until(b"\n", LONGEST))
                    self._meet(told, tasks)
                    is_settled = told.status.state == "absent"
                    tell(told)
            except LOST:
                tasks.cancel_scope.cancel()
        return is_settled

    def _meet(self, told: Told, tasks: TaskGroup) -> None:
        """Finds out, once in a life of it, what the server can do, unless somebody has before."""
        endpoint = told.endpoint
        if endpoint is None:
            return
        self._life = endpoint.life
        if not told.is_probed and self._probed != endpoint.key:
            self._probed = endpoint.key
            tasks.start_soon(self._probe, endpoint)

    async def _probe(self, endpoint: Endpoint) -> None:
        from webis_mcp.engine.process.probe import open_client, probe  # only who has an engine

        async with open_client(endpoint.url, endpoint.key) as client:
            while endpoint.life == self._life:
                try:
                    found = await probe(client, endpoint.model)
                except EngineError:
                    self.trouble(endpoint.life)
                    await anyio.sleep(AGAIN_SECONDS)
                    continue
                self._say(Word("probed", endpoint.life, found.capabilities))
                return

    def _say(self, word: Word) -> None:
        self._words.append(word)
        self._has_words.set()

    async def _speak(self, stream: SocketStream) -> None:
        while True:
            await self._has_words.wait()
            self._has_words = anyio.Event()
            while self._words:
                try:
                    await stream.send(self._words.pop(0).line())
                except LOST:
                    return


async def _wait_to_connect(places: Places) -> SocketStream:
    while (stream := await _try_to_connect(places)) is None:  # noqa: ASYNC110 - nothing tells
        await anyio.sleep(PAUSE)
    return stream


async def _try_to_connect(places: Places) -> SocketStream | None:
    try:
        return await anyio.connect_unix(places.socket)
    except OSError:
        return None


def _start_keeper(order: Order, places: Places) -> None:
    """Starts a keeper; it goes on by itself, and ends at once where there is one already."""
    told = json.dumps({"order": order.to_json(), "folder": str(places.folder)})
    with places.log.open("ab") as log:
        subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-I", "-Xutf8", "-c", BOOT, *sys.path],
            input=told.encode(),
            stdout=log,
            stderr=log,
            env=system.whole_environment(),
            timeout=START_SECONDS,
            check=False,
        )
