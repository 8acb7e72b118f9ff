"""How one looks without being held up: aside, in a child, once for all who want to know.

What is looked at may hang (a dead network disk, a driver), and is then left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from subprocess import DEVNULL
from typing import Generic, TypeVar

import anyio
from anyio.abc import ByteReceiveStream, Process, TaskGroup
from anyio.from_thread import run_sync
from anyio.lowlevel import current_token

from webis_mcp import system

LOOK_SECONDS = 2.6
"""Longest time of a look that several checks wait for."""

CHECK_SECONDS = 3.0
"""Longest time of a check, its waits for such looks included."""

MOST_OUTPUT = 1_000_000
"""Bytes that are read of a child."""

ENDING_SECONDS = 0.2
"""In which a child that has said all ends by itself, and one that was killed is gone."""

T = TypeVar("T")


class Overran(Exception):
    """A look was not through in time."""


class Unseen(Exception):
    """A look could not be made; says why."""


async def aside(look: Callable[[], T]) -> T:
    """What a function returns that may wait for a disk, called in a thread of its own.

    When the caller gives up, the thread is left behind. It is a daemon: what hangs in the kernel
    does not keep this process from ending.
    """
    done, token = anyio.Event(), current_token()
    seen: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            seen.append(look())
        except BaseException as error:  # noqa: BLE001 - raised again below, on the caller's side
            failed.append(error)
        with suppress(RuntimeError, anyio.RunFinishedError):  # nobody waits any more
            run_sync(done.set, token=token)

    threading.Thread(target=work, name="webis-look", daemon=True).start()
    await done.wait()
    if failed:
        raise failed[0]
    return seen[0]


async def child_says(command: Sequence[str], environ: Mapping[str, str] | None = None) -> bytes:
    """What a short-lived child prints; it is killed when its caller gives up.

    Raises:
        Unseen: it could not be started.
    """
    env = dict(environ) if environ is not None else system.child_environment()
    flags = system.CHILD_FLAGS
    try:
        with anyio.CancelScope(shield=True):  # it takes milliseconds; half a start would stay
            process = await anyio.open_process(
                list(command), stdin=DEVNULL, stderr=DEVNULL, env=env, creationflags=flags
            )
    except OSError as error:
        raise Unseen(f"No child could be started: {error.strerror}.") from error
    try:
        said = await _read(process.stdout)
        with anyio.move_on_after(ENDING_SECONDS):
            await process.wait()  # to kill one that is just ending makes asyncio lose its status
        return said
    finally:
        await _end(process)


async def _read(stream: ByteReceiveStream | None) -> bytes:
    said = b""
    with suppress(anyio.EndOfStream):
        while stream is not None and len(said) < MOST_OUTPUT:
            said += await stream.receive()
    return said


async def _end(process: Process) -> None:
    """Ends a child; one that hangs in a driver cannot be killed, and is not waited for."""
    with suppress(ProcessLookupError):
        if process.returncode is None:
            process.kill()
    with anyio.move_on_after(ENDING_SECONDS, shield=True):
        await process.aclose()


class Once(Generic[T]):
    """One look, made when it is first asked for, whoever asks."""

    def __init__(self, tasks: TaskGroup, look: Callable[[], Awaitable[T]]) -> None:
        self._tasks, self._look = tasks, look
        self._begun = False
        self._done = anyio.Event()
        self._seen: list[T] = []
        self._failure: Exception | None = None

    async def __call__(self) -> T:
        """What was seen.

        Raises:
            Overran: it took too long.
            Unseen: it could not be looked at.
            OSError: the system does not let us look.
        """
        if not self._begun:
            self._begun = True
            self._tasks.start_soon(self._run)
        await self._done.wait()
        if self._failure:
            raise self._failure
        return self._seen[0]

    async def _run(self) -> None:
        try:
            with anyio.fail_after(LOOK_SECONDS):
                self._seen.append(await self._look())
        except TimeoutError:
            self._failure = Overran(f"nothing was seen within {LOOK_SECONDS:g} s")
        except (OSError, Unseen) as failure:
            self._failure = failure
        finally:
            self._done.set()
