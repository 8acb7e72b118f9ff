"""Who judges a page: the embedded engine always, and a model where one is ready or demanded.

The embedded engine's answer is there before a model is asked, and it is what a caller gets when the
model is absent, still loading, too busy, or wrong. Whatever the way was, the answer tells it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import anyio

from webis_mcp.engine import Endpoint, EngineStatus
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.errors import AnswerUnreadable, Busy, EngineError, EngineNotReady
from webis_mcp.page.model import Extraction
from webis_mcp.service.drafts import Draft
from webis_mcp.service.explaining import explained
from webis_mcp.service.jobs import draft_html, extract_html
from webis_mcp.service.request import Request
from webis_mcp.service.workers import Workers

if TYPE_CHECKING:
    from webis_mcp.engine.vllm.client import Client
    from webis_mcp.engine.vllm.judge import Judge, Judged

GLANCE_SECONDS = 0.5
"""Longest wait, in `auto`, for an engine that says of itself that it is ready."""

LOAD_SECONDS = 1_800.0
"""Longest wait for an engine that is demanded. It gives up much sooner by its own limits."""

TELL_SECONDS = 2.0
"""How often a caller who waits is told how far the engine is."""

Tell = Callable[[str], Awaitable[None]]


class Host(Protocol):
    """Whoever keeps a server for us."""

    def status(self) -> EngineStatus:
        """How it is; looks and starts nothing."""

    def want(self) -> None:
        """Has it started, if it may be, and does not wait."""

    async def ensure_ready(self, *, within: float) -> Endpoint:
        """The server, once it is ready; raises `EngineNotReady`."""

    def report_failure(self, endpoint: Endpoint) -> None:
        """A request has met no server, or no answer: it is looked into meanwhile."""


class Judging:
    """Has pages read, judged and written. Safe to call concurrently.

    Args:
        workers: the processes that read pages.
        host: keeps the server; `None` where there is none to be had.
        judge: gives who asks it.
        seconds: longest time that a model may take over a page.
    """

    def __init__(
        self,
        workers: Workers,
        host: Host | None,
        judge: Callable[[], Awaitable[Judge]],
        counts: Counts,
        seconds: float,
    ) -> None:
        self._workers = workers
        self._host = host
        self._judge = judge
        self._seconds = seconds
        self.counts = counts

    async def extract(
        self,
        html: str | bytes,
        url: str | None,
        charset: str | None,
        request: Request,
        tell: Tell,
    ) -> Extraction:
        """What was kept of a page; raises as `Extractor.from_html` does."""
        source = html, url, charset, request
        if request.engine == "vllm":
            return await self._by_model(source, await self._demand(tell), tell)
        endpoint, remark = await self._glance() if request.engine == "auto" else (None, "")
        if endpoint is not None:
            return await self._by_model(source, endpoint, tell)
        extraction = await self._workers.run(extract_html, *source, on_stage=tell)
        self.counts.pages["embedded"] += 1
        return _with_remark(extraction, remark) if remark else extraction

    async def client(self, tell: Tell | None = None) -> Client | None:
        """Who asks the server anything else: at once or not at all, unless one waits and tells."""
        if tell is not None:
            endpoint: Endpoint | None = await self._demand(tell)
        else:
            endpoint, _ = await self._glance()
        return (await self._judge()).client(endpoint) if endpoint else None

    def report_failure(self, endpoint: Endpoint) -> None:
        """A request of another has met no server, or no answer: it is looked into."""
        if self._host is not None:
            self._host.report_failure(endpoint)

    async def client_now(self) -> Client:
        """Who asks the server, if it is ready.

        Raises:
            EngineNotReady: it is not, and why.
            EngineError: it failed.
        """
        if self._host is None:
            raise no_engine()
        try:
            endpoint = await self._host.ensure_ready(within=GLANCE_SECONDS)
        except EngineError as failure:
            raise explained(failure, self._host.status().last_words) from failure
        return (await self._judge()).client(endpoint)

    async def _by_model(
        self,
        source: tuple[str | bytes, str | None, str | None, Request],
        endpoint: Endpoint,
        tell: Tell,
    ) -> Extraction:
        """The page as a model judges it: read once to be shown, and again to be written."""
        judge = await self._judge()
        demanded = source[3].engine == "vllm"
        look = judge.look(whole=demanded)
        draft = await self._workers.run(draft_html, *source, look, on_stage=tell)
        if not draft.view.asked:
            self.counts.pages["embedded"] += 1
            return draft.extraction
        await tell(f"Asking {endpoint.model} about {len(draft.view.asked)} blocks")
        started = anyio.current_time()
        try:
            judged = await judge.judge(
                endpoint, draft.view, draft.verdicts, started + self._seconds
            )
        except (EngineError, Busy) as failure:
            if isinstance(failure, EngineNotReady):
                self.report_failure(endpoint)
            return self._fall_back(draft, failure, demanded=demanded)
        asked_ms = (anyio.current_time() - started) * 1000
        return await self._written(source, draft, judged, asked_ms)

    async def _written(
        self,
        source: tuple[str | bytes, str | None, str | None, Request],
        draft: Draft,
        judged: Judged,
        asked_ms: float,
    ) -> Extraction:
        """The page as both engines judge it together."""
        by_embedded = judged.verdicts.engine == draft.verdicts.engine
        if by_embedded:
            self.counts.fallbacks["not believed"] += 1
            final = draft.extraction
        else:
            final = await self._workers.run(extract_html, *source, judged.verdicts)
        self.counts.pages["embedded" if by_embedded else "vllm"] += 1
        timings = {**final.timings, "judge_ms": draft.extraction.timings["judge_ms"]}
        return replace(
            final,
            path=(draft.verdicts.engine, *judged.path, *final.path[1:]),
            warnings=(*final.warnings, *judged.warnings),
            timings={**timings, "vllm_ms": round(asked_ms, 2)},
        )

    def _fall_back(
        self, draft: Draft, failure: EngineError | Busy, *, demanded: bool
    ) -> Extraction:
        """The embedded engine's answer, and why it is not the model's."""
        if demanded and not isinstance(failure, AnswerUnreadable):
            raise failure
        reason = type(failure).__name__
        self.counts.fallbacks[reason] += 1
        self.counts.pages["embedded"] += 1
        extraction = _with_remark(
            draft.extraction, f"{failure.message} The embedded engine's verdict stands."
        )
        return replace(extraction, path=(*extraction.path, f"vllm failed: {reason}"))

    async def _glance(self) -> tuple[Endpoint | None, str]:
        """The server if it is ready now, else what to say of it; then it is started meanwhile."""
        if self._host is None:
            return None, ""
        self._host.want()
        status = self._host.status()
        if status.state == "ready":  # one that is busy would keep the caller waiting
            try:
                return await self._host.ensure_ready(within=GLANCE_SECONDS), ""
            except (EngineError, Busy) as failure:
                self.counts.fallbacks[type(failure).__name__] += 1
                return None, f"{failure.message} The embedded engine judged this page."
        if status.state == "absent":
            return None, ""
        self.counts.fallbacks[status.state] += 1
        remark = f"The vLLM engine is {status.words()}. The embedded engine judged this page."
        return None, f"{remark} {status.remedy}".rstrip()

    async def _demand(self, tell: Tell) -> Endpoint:
        """The server, however long it takes to be ready; whoever waits hears how far it is.

        Raises:
            EngineNotReady: it will not be.
        """
        if self._host is None:
            raise no_engine()
        endpoint: Endpoint | None = None
        failure: EngineError = EngineNotReady("The vLLM engine is not ready.")
        async with anyio.create_task_group() as group:
            group.start_soon(_tell_state, self._host, tell)
            try:
                endpoint = await self._host.ensure_ready(within=LOAD_SECONDS)
            except EngineError as error:
                failure = explained(error, self._host.status().last_words)
            group.cancel_scope.cancel()
        if endpoint is None:
            raise failure
        return endpoint


def no_engine() -> EngineNotReady:
    """What one is told where the settings want no model."""
    return EngineNotReady("There is no vLLM engine here.", hint='Use engine "auto" or "embedded".')


async def _tell_state(host: Host, tell: Tell) -> None:
    while True:
        await anyio.sleep(TELL_SECONDS)
        await tell(f"Waiting for the vLLM engine: {host.status().words()}")


def _with_remark(extraction: Extraction, remark: str) -> Extraction:
    return replace(extraction, warnings=(*extraction.warnings, remark))
