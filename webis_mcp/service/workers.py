"""Child processes for work that a stranger's page could make slow, large or fatal.

A page can keep a C parser busy for a minute, or crash it; in a thread of ours that would stop the
whole server. A child is killed when its job takes too long or is no longer wanted, and the system
bounds it besides. What the jobs are is not known here.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar, TypeVarTuple, cast

import anyio
import anyio.lowlevel
from anyio.abc import ByteReceiveStream, ByteSendStream, Process, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

from webis_mcp import system
from webis_mcp.errors import ReadingFailed
from webis_mcp.service import worker
from webis_mcp.service.turns import Call, Turns
from webis_mcp.settings import ReadingLimits

LARGE_BYTES = 300_000
"""Characters or bytes of a page from which on it surely takes long: none needs a look at first."""

SPARE_PLACES = 2
"""Places beside those of long calls: for the call that is looked at first, and for the next one
while a child that was put back is ended and started anew."""

MAX_JOBS = 500
"""Jobs that one child does, so that what leaks stays small."""

MAX_GROWTH = 10
"""Times the bytes of the largest page that an answer may have: it is held in our own memory."""

START_SECONDS = 60.0
"""Longest time that a start may take: hundreds of times what it takes on an idle machine."""

END_SECONDS = 5.0
"""Longest wait until a killed child is gone."""

GRACE_SECONDS = 0.25
"""In which a child may finish a job that is no longer wanted: to start another costs twice as much,
and clients by the hundred who hang up would have us do nothing else."""

LAST_WORDS = 4_000
"""Bytes of a child's stderr that are kept for the log: the end of a Python traceback."""

BOOT = "import sys; sys.path[:] = sys.argv[1:]; from webis_mcp.service.worker import serve; serve()"

LOST = (
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.IncompleteRead,
    ConnectionError,
)
"""How a pipe tells that nobody is at its other end."""

SEND_LESS = "Send the part of the page that you need"

logger = logging.getLogger("webis_mcp.worker")

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
OnStage = Callable[[str], Awaitable[None]]


@asynccontextmanager
async def open_workers(limits: ReadingLimits, *, prepare: str = "") -> AsyncIterator[Workers]:
    """Workers for as long as the context lasts; leaving it kills every child.

    Args:
        prepare: a module that each child imports when it starts, before its first job.
    """
    raised: Exception | None = None
    async with anyio.create_task_group() as tasks:
        count = limits.workers + SPARE_PLACES
        places = [_Place(limits, prepare, tasks) for _ in range(count)]
        try:
            yield Workers(places, Turns(limits.workers, count), tasks)
        except Exception as error:  # noqa: BLE001 - raised below, where no group is wrapped round it
            raised = error
        finally:
            tasks.cancel_scope.cancel()
            for place in places:
                await place.clear()
    if raised is not None:
        raise raised


class Workers:
    """Does jobs in children, one at a time in each; further calls wait their turn."""

    def __init__(self, places: list[_Place], turns: Turns, tasks: TaskGroup) -> None:
        self._free = deque(places)  # the next to be taken is the last
        self._count = len(places)
        self._turns = turns
        self._tasks = tasks

    def warm(self) -> None:
        """Starts the next child in the background, unless it is there or will hardly be needed;
        returns at once."""
        closed = self._tasks.cancel_scope.cancel_called
        busy = self._count - len(self._free)
        if busy >= self._count - SPARE_PLACES and not self._turns.is_any_long():
            return
        if self._free and not (closed or self._free[-1].is_started()):
            self._tasks.start_soon(self._free[-1].warm)

    async def run(self, job: Callable[[*Ts], T], *args: *Ts, on_stage: OnStage | None = None) -> T:
        """What `job(*args)` returns in a child, or the `WebisError` it raises there.

        Cancelling it kills the child, unless the job is done in a moment.

        Args:
            job: a function of a module, sent by its name; the arguments and the result are pickled.
                It may be ended and begun anew.
            on_stage: told what the job says of how far it is.

        Raises:
            Busy: too many calls wait already.
            ReadingFailed: the job ran out of time or memory, or crashed the child.
        """

        async def work(call: Call) -> T:
            place = self._take_place(call)
            self.warm()  # a spare, for the next call
            try:
                return await place.do(call, job, args, on_stage)
            finally:
                if place.is_started():
                    self._free.append(place)
                else:
                    self._free.appendleft(place)
                self.warm()

        return await self._turns.have(work, is_long=_is_large(args))

    def _take_place(self, call: Call) -> _Place:
        """A free place, if there is one with a child in it; the last of those is left by a long
        call to short ones, for which a start would be the longest part."""
        started = sum(place.is_started() for place in self._free)
        if call.is_long and started == 1 and self._turns.is_anybody_else():
            return self._free.popleft()
        return self._free.pop()


class _Place:
    """Room for one child, which is started when needed, and anew when the last one is gone."""

    def __init__(self, limits: ReadingLimits, prepare: str, tasks: TaskGroup) -> None:
        self._limits = limits
        self._prepare = prepare
        self._tasks = tasks
        self._starting = anyio.Lock()
        self._child: _Child | None = None

    def is_started(self) -> bool:
        """Whether a child is there, as far as we have heard."""
        return self._child is not None and self._child.is_alive()

    async def warm(self) -> None:
        """Starts a child ahead of need."""
        try:
            await self._ensure_started()
        except Exception:  # the next job meets it again, and its caller is told
            logger.warning("A worker could not be started ahead of need.", exc_info=True)

    async def do(
        self,
        call: Call,
        job: Callable[[*Ts], T],
        args: tuple[*Ts],
        on_stage: OnStage | None,
    ) -> T:
        """Has the child do a job."""
        child = await self._ensure_started()
        await anyio.lowlevel.checkpoint_if_cancelled()  # what was not asked need not be ended
        seconds = self._limits.read_timeout_seconds
        call.begin(system.stopwatch_of(child.pid))
        try:
            answer = await child.ask(job, args, seconds, on_stage, lambda: not call.is_leaving)
        except TimeoutError as error:
            raise ReadingFailed(
                f"Reading the page took longer than {seconds:g} s.",
                hint=f"{SEND_LESS}, or raise WEBIS_READ_TIMEOUT_SECONDS.",
            ) from error
        return cast(T, _value(answer))  # what the job returned there

    async def clear(self) -> None:
        """Ends the child, if there is one."""
        if self._child is not None:
            await self._child.end()

    async def _ensure_started(self) -> _Child:
        async with self._starting:
            if self._child is None or not self._child.is_alive():
                await self.clear()
                self._child = await self._open()
                await self._set_up(self._child)
            return self._child

    async def _open(self) -> _Child:
        # Who is to stop, as our own tasks are when the workers are closed, stops here.
        await anyio.lowlevel.checkpoint_if_cancelled()
        if self._tasks.cancel_scope.cancel_called:
            raise RuntimeError("The workers are closed.")
        command = [sys.executable, "-I", "-Xutf8", "-Xfaulthandler", "-c", BOOT, *sys.path]
        env, flags = system.child_environment(), system.CHILD_FLAGS
        try:
            with anyio.CancelScope(shield=True):  # it takes milliseconds; half a start would stay
                process = await anyio.open_process(command, env=env, creationflags=flags)
        except OSError as error:
            raise ReadingFailed(
                "The system did not let a reader start.",
                hint="It may be out of memory or processes; try again.",
            ) from error
        child = _Child(process, most=MAX_GROWTH * self._limits.max_page_bytes)
        self._tasks.start_soon(child.listen)
        return child

    async def _set_up(self, child: _Child) -> None:
        args = (os.getpid(), self._limits.worker_memory_bytes, self._prepare)
        try:
            _value(await child.ask(worker.set_up, args, START_SECONDS))
        except TimeoutError as error:
            raise ReadingFailed(
                f"A reader did not start within {START_SECONDS:g} s.", hint="Try again."
            ) from error


class _Child:
    """One process, and answers of `most` bytes from it. It is killed where it does not answer."""

    def __init__(self, process: Process, most: int) -> None:
        self._process = process  # its three streams are pipes, hence the casts
        self._most = most
        self._requests = cast(ByteSendStream, process.stdin)
        self._answers = BufferedByteReceiveStream(cast(ByteReceiveStream, process.stdout))
        self._stderr = cast(ByteReceiveStream, process.stderr)
        self._silent = anyio.Event()
        self._last_words = b""
        self._ended = self._is_killed = False
        self._is_asked = False
        self._length: int | None = None
        self._jobs = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return not self._ended and self._process.returncode is None

    async def ask(
        self,
        job: Callable[[*Ts], object],
        args: tuple[*Ts],
        seconds: float,
        on_stage: OnStage | None = None,
        may_finish: Callable[[], bool] = lambda: False,
    ) -> worker.Answer:
        """What came of a job.

        Args:
            may_finish: whether a cancelled job has a moment to end by itself.

        Raises:
            TimeoutError: `seconds` have passed, by the clock or on the CPU.
        """
        request = worker.pack((seconds, job, args))
        self._jobs += 1
        self._is_asked = False
        try:
            with anyio.fail_after(seconds):
                answer = await self._exchange(request, on_stage)
        except LOST as error:
            raise self._post_mortem(await self.end(grace=1)) from error
        except anyio.get_cancelled_exc_class():
            if not (may_finish() and await self._has_done_soon()):
                await self.end()
            raise
        except BaseException:
            await self.end()
            raise
        if answer.spent or self._jobs > MAX_JOBS:  # the first was to set it up
            await self.end()
        return answer

    async def end(self, *, grace: float = 0) -> int | None:
        """Kills the process, after `grace` seconds, and waits until it is gone; its exit status."""
        self._ended = True
        with anyio.move_on_after(grace, shield=True):
            await self._process.wait()
        self._kill()
        with anyio.move_on_after(END_SECONDS, shield=True):
            await self._process.wait()
            await self._silent.wait()
        with anyio.CancelScope(shield=True):
            await self._process.aclose()
        return self._process.returncode

    def _kill(self) -> None:
        """Once, whoever ends it too: asyncio looks whether it is gone before it kills, and who sees
        it gone takes its exit status from asyncio's own watcher, which then warns of it."""
        if not self._is_killed and self._process.returncode is None:
            self._is_killed = True
            with suppress(ProcessLookupError):
                self._process.kill()

    async def listen(self) -> None:
        """Logs what the process says until it ends; it never has to wait for us to listen."""
        with anyio.CancelScope(shield=True), suppress(anyio.ClosedResourceError):
            async for chunk in self._stderr:
                self._last_words = (self._last_words + chunk)[-LAST_WORDS:]
                logger.debug("%s", chunk.decode(errors="replace").rstrip())
        self._silent.set()

    async def _exchange(self, request: bytes, on_stage: OnStage | None) -> worker.Answer:
        await self._requests.send(request)
        self._is_asked = True
        while not isinstance(message := await self._receive(), worker.Answer):
            if on_stage is not None:
                await on_stage(message)
        return message

    async def _receive(self) -> worker.Answer | str:
        """An answer, or the stage that a job tells. Where it was cancelled, the next call goes on
        from there."""
        if self._length is None:
            head = await self._answers.receive_exactly(worker.LENGTH.size)
            (self._length,) = worker.LENGTH.unpack(head)
        length = cast(int, self._length)
        if length > self._most:
            raise ReadingFailed(
                f"What came of the page has {length:,} bytes; at most {self._most:,} are taken.",
                hint=f"{SEND_LESS}.",
            )
        body = await self._answers.receive_exactly(length)
        self._length = None
        return cast(worker.Answer | str, pickle.loads(body))  # noqa: S301 - our child wrote it

    async def _has_done_soon(self) -> bool:
        """Whether a job that nobody waits for any more is done in a moment."""
        with anyio.move_on_after(GRACE_SECONDS, shield=True), suppress(ReadingFailed, *LOST):
            while self._is_asked:
                if isinstance(message := await self._receive(), worker.Answer):
                    return not message.spent
        return False

    def _post_mortem(self, status: int | None) -> Exception:
        """Why the process ended by itself, as an error to raise."""
        logger.warning(
            "A worker ended with exit status %s. Its last words:\n%s",
            status,
            self._last_words.decode(errors="replace"),
        )
        cause = system.cause_of_death(status)
        if cause == "memory":
            return worker.out_of_memory()
        if cause == "time":
            return TimeoutError()
        return ReadingFailed("The reader crashed on the page.", hint=f"{SEND_LESS}.")


def _is_large(args: tuple[object, ...]) -> bool:
    return any(len(arg) >= LARGE_BYTES for arg in args if isinstance(arg, (str, bytes)))


def _value(answer: worker.Answer) -> object:
    """What the job returned, or what it raised."""
    if answer.bug:
        logger.error("A job failed in a worker:\n%s", answer.bug)
        raise RuntimeError("A job failed in a worker; the log has its traceback.")
    if answer.failure is not None:
        raise answer.failure
    return answer.value
