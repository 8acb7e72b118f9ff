"""One running vLLM behind its guardian. Who wants it is not known here."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from typing import cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process

from webis_mcp import system
from webis_mcp.engine.process import strays
from webis_mcp.engine.process.ending import Ending, ending_of
from webis_mcp.engine.process.launch import Launch
from webis_mcp.engine.process.output import Output
from webis_mcp.engine.process.runtime import LONGEST_ADDRESS, TAG, Places

GUARDIAN = Path(__file__).with_name("guardian.py")

GRACE = 10.0
"""Seconds that vLLM has to end when it is asked to; then it is made to."""

LOOK_SECONDS = 0.5
"""Seconds between two looks at whether the guardian has ended, should nobody tell."""

LAST_WORDS_SECONDS = 0.2
"""Longest wait for the end of the output: whoever is left behind holds the pipe open."""

END_SECONDS = 75.0
"""Longest wait for the guardian; it has its own bound, and this one is above it."""

LONGEST_NAME = 37
"""Bytes of the sockets that vLLM makes in its temporary folder: a UUID, after a slash."""

LOST = (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


class Server:
    """A vLLM that was started; `port` and `key` are the only way to ask it."""

    def __init__(self, process: Process, output: Output, port: int, key: str) -> None:
        self._process = process  # its streams are pipes, hence the casts
        self._orders = cast(ByteSendStream, process.stdin)
        self._printed = cast(ByteReceiveStream, process.stdout)
        self._given_up: Ending | None = None
        self._drained = anyio.Event()
        self.output, self.port, self.key = output, port, key

    async def drain(self, on_phase: Callable[[], None]) -> None:
        """Takes all that it prints; a full pipe would stop it."""
        with suppress(*LOST):
            async for chunk in self._printed:
                if self.output.feed(chunk):
                    on_phase()
        self._drained.set()

    async def wait(self) -> Ending:
        """Until it has ended, by itself or because it was given up: what came of it."""
        status = await self._exit_status()
        with anyio.move_on_after(LAST_WORDS_SECONDS):
            await self._drained.wait()
        return self._given_up or ending_of(status, self.output.last_words)

    async def give_up(self, ending: Ending) -> None:
        """Ends a server that is there but of no use, at once."""
        self._given_up = ending
        await self._orders.aclose()

    async def _exit_status(self) -> int:
        """What the guardian ended with. Some versions of Python tell it only when nobody holds its
        output open any more, which may be never."""
        while (status := self._process.returncode) is None:
            with anyio.move_on_after(LOOK_SECONDS):
                await self._process.wait()
        return status

    async def end(self) -> None:
        """Ends it, politely first, and all that came of it."""
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(END_SECONDS), suppress(*LOST):
                if self._process.returncode is None:
                    await self._orders.send(b"end")
                    async with anyio.create_task_group() as tasks:
                        tasks.start_soon(self.drain, lambda: None)
                        await self._exit_status()
                        tasks.cancel_scope.cancel()
            with suppress(ProcessLookupError):
                if self._process.returncode is None:
                    self._process.kill()
            await anyio.to_thread.run_sync(strays.end_descendants)  # had the guardian been killed
            await self._process.aclose()


@asynccontextmanager
async def open_server(launch: Launch, places: Places, output: Output) -> AsyncIterator[Server]:
    """A server for as long as the context lasts; leaving it ends the server and all it started.

    Raises:
        OSError: the system did not let it start.
    """
    key, tag = secrets.token_urlsafe(32), f"{places.name}-{secrets.token_hex(16)}"
    environ = {**system.whole_environment(), **launch.environ, "VLLM_API_KEY": key, TAG: tag}
    with closing(_kept_port()) as kept, _scratch(environ) as scratch:
        port = kept.getsockname()[1]
        command = [*launch.command, "--port", str(port)]
        strays.Mark(tag, time.time(), scratch).write(places.run)
        process = await anyio.open_process(
            [sys.executable, "-I", str(GUARDIAN), str(GRACE), scratch, *command],
            stderr=subprocess.STDOUT,
            env=environ,
        )
        server = Server(process, output, port, key)
        try:
            yield server
        finally:
            await server.end()
            with anyio.CancelScope(shield=True):
                await anyio.Path(places.run).unlink(missing_ok=True)


def _kept_port() -> socket.socket:
    """A free port of loopback, kept for us: only who shares it, and is our user, may bind it too.

    It does not listen, so no connection ever goes to it.
    """
    kept = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    kept.bind(("127.0.0.1", 0))
    return kept


@contextmanager
def _scratch(environ: dict[str, str]) -> Iterator[str]:
    """A temporary folder of the server's own, gone after it: vLLM leaves sockets in its temporary
    folder when it is killed, and the newest a file at each start.

    Nothing, and the folder that others use too, where its path leaves no room for a socket's name.
    """
    shared = tempfile.gettempdir()
    folder = tempfile.TemporaryDirectory(prefix=strays.SCRATCH, ignore_cleanup_errors=True)
    with folder as path:
        if len(os.fsencode(path)) + LONGEST_NAME > LONGEST_ADDRESS:
            yield ""
            return
        environ["TMPDIR"] = path
        with suppress(KeyError, OSError):  # a user without a name: PyTorch cannot tell either
            compiled = Path(shared, f"torchinductor_{getpass.getuser()}")
            environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(compiled))  # its place by default
        yield path
