"""The process that owns one engine: it starts vLLM, watches it, starts it again, and ends it.

It runs by itself, so that no server that uses the engine has to outlive the others; it ends when
nobody has held a lease for a while. One task, `_own`, writes the state; all others ask or look.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import anyio
from anyio import CancelScope

from webis_mcp import system
from webis_mcp.engine import Capabilities, Endpoint, EngineState, EngineStatus
from webis_mcp.engine.process import strays
from webis_mcp.engine.process.ending import Ending
from webis_mcp.engine.process.installed import Vllm, find_command, inspect, options_of
from webis_mcp.engine.process.launch import (
    SERVED_AS,
    Absence,
    Fit,
    Launch,
    Machine,
    order_environ,
    plan,
)
from webis_mcp.engine.process.leases import Leases
from webis_mcp.engine.process.machine import Gpu, visible_gpus
from webis_mcp.engine.process.output import Output, open_log
from webis_mcp.engine.process.restarts import WINDOW, Restarts
from webis_mcp.engine.process.runtime import Order, Places
from webis_mcp.engine.process.server import Server, open_server
from webis_mcp.engine.process.watching import Patience, Watch
from webis_mcp.engine.process.wire import Told, Word

FIRST_LEASE_SECONDS = 30.0
"""Longest wait for the host that started us to take its lease."""

PATIENT = Patience()

SHOWN_WORDS = 20
"""Lines of a server's last words that are told; the log has all."""


class Keeper:
    """Owns an engine's life for all who hold a lease on it."""

    def __init__(
        self, order: Order, places: Places, log: logging.Logger, patience: Patience = PATIENT
    ) -> None:
        self._order, self._places, self._log, self._patience = order, places, log, patience
        self._leases = Leases(self._hear)
        self._restarts = Restarts(patience.restart)
        self._begin_anew = anyio.Event()
        self._look_now = anyio.Event()
        self._life = int(time.time())  # beyond all lives of the keepers before us
        self._last_words: tuple[str, ...] = ()
        self._vllm: Vllm | None = None  # it is asked for its version once
        self._can: Capabilities | None = None
        self._told = Told(EngineStatus("starting", since=time.time()))

    async def run(self) -> None:
        """Until the engine cannot be, nobody wants it any more, or we are told to end."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._end_on_signal, tasks.cancel_scope)
            await tasks.start(self._leases.serve, self._places.socket)
            tasks.start_soon(self._end_when_idle, tasks.cancel_scope)
            await self._own()
            await self._leases.taken_within(FIRST_LEASE_SECONDS)  # by who started us
            await self._leases.tell_last()
            tasks.cancel_scope.cancel()
        self._places.socket.unlink(missing_ok=True)

    async def _own(self) -> None:
        """The owner: one life of the server after the other."""
        fit: Fit | None = None
        while True:
            self._told = Told(EngineStatus("starting", since=time.time()))
            self._tell("starting", "looking at what there is")
            launch = await self._plan(fit)
            if isinstance(launch, Absence):
                self._tell("absent", launch.detail, launch.remedy, is_over=True)
                return
            ending, was_ready = await self._live(launch)
            self._log.warning("The server has ended: %s %s", ending.detail, ending.remedy)
            if ending.fit and fit is None:  # once: with what fits, and the notes say so
                fit = ending.fit
                continue
            await self._after_end(launch, ending, was_ready)

    async def _plan(self, fit: Fit | None) -> Launch | Absence:
        """What follows from the order and from what there is on this machine now."""
        environ = {**system.whole_environment(), **order_environ(self._order)}
        if self._vllm is None:
            self._vllm = await anyio.to_thread.run_sync(_installed, self._order, environ)
        vllm = self._vllm
        gpus: tuple[Gpu, ...] = ()
        if vllm and not vllm.is_for_cpu:
            gpus = await anyio.to_thread.run_sync(visible_gpus, environ)
        return plan(self._order, Machine(vllm, gpus), fit)

    async def _live(self, launch: Launch) -> tuple[Ending, float]:
        """One life: what ended it, and for how many seconds it was ready."""
        output = Output(self._log)
        self._life += 1
        self._last_words = ()
        self._can = None
        self._tell("starting", output.phase, launch=launch)
        ready: list[float] = []
        try:
            async with (
                open_server(launch, self._places, output) as server,
                anyio.create_task_group() as tasks,
            ):
                tasks.start_soon(server.drain, lambda: self._tell_phase(output))
                tasks.start_soon(self._watch, server, launch, ready)
                ending = await server.wait()
                self._tell("starting", "it ended, and what it left is cleared up", launch=launch)
                tasks.cancel_scope.cancel()
        except OSError as error:
            ending = Ending(f"vLLM could not be started: {error}.")
        self._last_words = tuple(output.last_words)[-SHOWN_WORDS:]
        return ending, time.monotonic() - ready[0] if ready else 0.0

    async def _watch(self, server: Server, launch: Launch, ready: list[float]) -> None:
        """Tells when the server is ready and how much it has to do; gives it up when it hangs."""
        watch = Watch(server, self._order.start_seconds, self._patience)
        if not await watch.until_ready():
            return
        ready.append(time.monotonic())
        endpoint = Endpoint(
            f"http://127.0.0.1:{server.port}", server.key, SERVED_AS, life=self._life
        )
        self._tell("ready", launch=launch, endpoint=endpoint)
        while (work := await watch.next(self._look_now)) is not None:
            self._look_now = anyio.Event()
            state: EngineState = "busy" if work.waiting or not watch.is_well else "ready"
            if (state, watch.is_well) != (self._told.status.state, bool(self._told.endpoint)):
                detail = f"{work.waiting} requests wait" if work.waiting else ""
                if watch.is_well:
                    self._tell(state, detail, launch=launch, endpoint=endpoint)
                else:
                    self._tell(state, "it does not answer", launch=launch)

    async def _after_end(self, launch: Launch, ending: Ending, was_ready: float) -> None:
        """Waits until the next start is due."""
        wait = self._restarts.after_end(time.monotonic(), was_ready=was_ready)
        if ending.is_final or wait is None:
            why = ending.detail if ending.is_final else f"{ending.detail} It ended again and again."
            self._tell("failed", why, ending.remedy, launch=launch, is_over=True)
            if ending.unknown:  # asking takes as long as a start, so that is told first
                remedy = (await self._spelt(launch, ending)).remedy
                self._tell("failed", why, remedy, launch=launch, is_over=True)
            with anyio.move_on_after(float("inf") if ending.is_final else WINDOW):
                await self._begin_anew.wait()
            self._restarts.forget()
        else:
            detail = f"it ended, and starts again in {wait:g} s ({ending.detail})"
            self._tell("starting", detail, ending.remedy, launch=launch)
            with anyio.move_on_after(wait):
                await self._begin_anew.wait()
        self._begin_anew = anyio.Event()

    async def _spelt(self, launch: Launch, ending: Ending) -> Ending:
        """An ending that says how a word that vLLM does not know may have been meant."""
        told = {**system.whole_environment(), **launch.environ}
        known = await anyio.to_thread.run_sync(options_of, launch.command[0], told)
        return ending.spelt(known)

    async def _end_when_idle(self, scope: CancelScope) -> None:
        patience = max(FIRST_LEASE_SECONDS, self._order.idle_seconds)
        while await self._leases.taken_within(patience):
            await self._leases.all_returned()
            patience = self._order.idle_seconds
        self._tell("stopping", "nobody uses it")
        scope.cancel()

    async def _end_on_signal(self, scope: CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _ in signals:
                scope.cancel()
                return

    def _hear(self, word: Word) -> None:
        """What a host says: a look is taken, a start is made, what it found out is passed on."""
        if word.what == "restart":
            self._begin_anew.set()
        elif word.life == self._life and word.what == "failed":
            self._look_now.set()
        elif word.life == self._life and word.capabilities is not None:
            self._pass_on(word.capabilities)

    def _pass_on(self, capabilities: Capabilities) -> None:
        self._can = capabilities
        if self._told.endpoint is not None:
            endpoint = replace(self._told.endpoint, capabilities=capabilities)
            self._say(replace(self._told, endpoint=endpoint, is_probed=True))

    def _tell_phase(self, output: Output) -> None:
        if self._told.status.state == "starting":
            status = replace(self._told.status, detail=output.phase)
            self._say(replace(self._told, status=status))

    def _tell(
        self,
        state: EngineState,
        detail: str = "",
        remedy: str = "",
        *,
        launch: Launch | None = None,
        endpoint: Endpoint | None = None,
        is_over: bool = False,
    ) -> None:
        before = self._told.status
        since = before.since if state == before.state else time.time()
        status = EngineStatus(
            state,
            detail,
            remedy,
            since=since,
            model=launch.model if launch else self._order.model,
            notes=launch.notes if launch else (),
            last_words=() if endpoint else self._last_words,
        )
        if endpoint is not None and self._can is not None:
            endpoint = replace(endpoint, capabilities=self._can)
        is_probed = self._can is not None and endpoint is not None
        self._say(Told(status, endpoint, is_probed=is_probed, is_over=is_over))

    def _say(self, told: Told) -> None:
        self._told = told
        self._leases.tell(told)


def _installed(order: Order, environ: Mapping[str, str]) -> Vllm | None:
    command = find_command(order.command, environ.get("PATH"))
    return inspect(command, environ) if command else None


def main() -> None:
    """Keeps the engine that is ordered on standard input, unless somebody keeps it already."""
    told = json.loads(sys.stdin.read())
    order = Order.from_json(told["order"])
    places = Places(Path(told["folder"]), order.name())
    system.leave_parent()
    keep(order, places)


def keep(order: Order, places: Places, patience: Patience = PATIENT) -> None:
    """Keeps an engine in this process until it is over, unless another process keeps it."""
    system.adopt_orphans()
    if system.lock(places.lock) is None:
        return
    log = open_log(places.log)
    left = strays.Mark.read(places.run)
    if left is not None:
        log.warning("Ended what an earlier run has left: %s", strays.end_strays(left))
    places.socket.unlink(missing_ok=True)
    try:
        anyio.run(Keeper(order, places, log, patience).run)
    except Exception:  # the last to hear of it
        log.exception("This is a bug in webis-mcp. Please report it with what follows.")
        sys.exit(1)
