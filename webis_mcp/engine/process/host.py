"""The engine as a server of ours sees it: how it is, and where it can be asked once it is ready.

One task, `_own`, follows the engine and writes down how it is. Whoever asks takes a look, or waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

import anyio

from webis_mcp.engine import Endpoint, EngineStatus
from webis_mcp.engine.process.runtime import Order
from webis_mcp.engine.process.wire import Told
from webis_mcp.errors import EngineError, EngineNotReady
from webis_mcp.settings import EngineSettings, HubSettings

NOT_YET = EngineStatus("absent", "It starts when a page first needs it.")

SETTLED_SECONDS = 30.0
"""Seconds after which an engine that could not be is looked for again, when somebody wants it."""

LOST_SECONDS = 1.0
"""Seconds until a keeper that was lost is looked for again."""


USUAL_HUB = HubSettings()
"""Models come from the hub, and are kept where it keeps them."""


class Source(Protocol):
    """Where an engine comes from."""

    async def follow(self, tell: Callable[[Told], None]) -> bool:
        """Tells how the engine is until it is lost; whether it cannot be for now."""

    def trouble(self, life: int) -> None:
        """A request of a life of it has failed."""

    def begin_anew(self) -> None:
        """What has been given up is to be tried again."""


class EngineHost:
    """An engine, for all who want it; safe to use concurrently."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._told = Told(NOT_YET)
        self._changed = anyio.Event()
        self._wanted = anyio.Event()

    def status(self) -> EngineStatus:
        """How the engine is: a look, which starts nothing and never fails."""
        told = self._told
        if told.endpoint is not None and not told.is_probed:
            return replace(told.status, state="starting", detail="finding out what it can do")
        return told.status

    def want(self) -> None:
        """Has the engine started in the background, if need be; returns at once."""
        self._wanted.set()

    async def ensure_ready(self, *, within: float) -> Endpoint:
        """Where the engine can be asked; it is started if need be, and waited for.

        Who gives up waiting does not stop the start.

        Args:
            within: seconds to wait; 0 takes what is there.

        Raises:
            EngineNotReady: it is not there, or not yet.
            EngineError: it failed, and no further start is planned.
        """
        self.want()
        with anyio.move_on_after(within):
            while True:
                told = self._told
                if told.endpoint is not None and told.is_probed:
                    return told.endpoint
                if told.is_over:
                    break
                await self._changed.wait()
        raise self._error()

    def endpoint(self) -> Endpoint | None:
        """Where it can be asked, if it is ready now."""
        return self._told.endpoint if self._told.is_probed else None

    def report_failure(self, endpoint: Endpoint) -> None:
        """A request has met no server, or no answer: it is looked into; returns at once."""
        self._source.trouble(endpoint.life)

    def restart(self) -> None:
        """Tries again what has been given up; returns at once."""
        self._source.begin_anew()
        self._wanted.set()

    async def run(self) -> None:
        """The owner: follows the engine for as long as it is wanted."""
        while True:
            await self._wanted.wait()
            is_settled = await self._source.follow(self._hear)
            if is_settled:
                await anyio.sleep(SETTLED_SECONDS)
                self._wanted = anyio.Event()
            else:
                lost = EngineStatus("starting", "its keeper was lost, and is started again")
                self._hear(Told(lost))
                await anyio.sleep(LOST_SECONDS)

    def _hear(self, told: Told) -> None:
        self._told = told
        self._changed.set()
        self._changed = anyio.Event()

    def _error(self) -> EngineError:
        """What one is told who cannot have the engine now."""
        status = self.status()
        if status.state == "failed":
            return EngineError(f"vLLM failed: {status.detail}", hint=status.remedy)
        if status.state == "absent" and self._told.is_over:
            return EngineNotReady(f"There is no vLLM: {status.detail}", hint=status.remedy)
        return EngineNotReady(
            f"vLLM is {status.words()}.",
            hint='Ask again in a minute, or use engine "embedded".',
        )


@asynccontextmanager
async def open_engine(
    settings: EngineSettings, hub: HubSettings = USUAL_HUB
) -> AsyncIterator[EngineHost]:
    """An engine for as long as the context lasts; nothing is started before it is wanted.

    Leaving it returns our lease. The engine itself stays while others use it, and a while after.
    """
    host = EngineHost(source_of(settings, hub))
    raised: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(host.run)
        try:
            yield host
        except Exception as error:  # noqa: BLE001 - raised below, where no group is wrapped round it
            raised = error
        tasks.cancel_scope.cancel()
    if raised is not None:
        raise raised


def source_of(settings: EngineSettings, hub: HubSettings = USUAL_HUB) -> Source:
    """Where the settings say that the engine comes from."""
    if settings.vllm_url:
        from webis_mcp.engine.process.attached import Attached

        key = settings.vllm_key.get_secret_value() if settings.vllm_key else ""
        return Attached(settings.vllm_url, key, settings.model_path)
    from webis_mcp.engine.process.kept import Kept

    return Kept(order_of(settings, hub), settings.runtime_folder)


def order_of(settings: EngineSettings, hub: HubSettings = USUAL_HUB) -> Order:
    """What the settings ask of an engine of this machine."""
    variables = {
        "CUDA_VISIBLE_DEVICES": settings.cuda_visible_devices,
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": hub.home,
    }
    return Order(
        model=settings.model_path,
        utilisation=settings.gpu_memory_utilization,
        window=settings.max_model_len,
        device=settings.device,
        parallel=(
            settings.tensor_parallel_size,
            settings.pipeline_parallel_size,
            settings.data_parallel_size,
        ),
        args=settings.vllm_words(),
        command=settings.vllm_command,
        environ=tuple((name, value) for name, value in variables.items() if value),
        start_seconds=settings.start_timeout_seconds,
        idle_seconds=settings.engine_idle_seconds,
    )
