"""HTML or a URL to an extraction, whoever asks: within which limits, and by whom it is read.

Nothing heavy is imported here: the server's process never parses a page, and what fetches pages is
brought in when the first one is to be fetched.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import anyio

from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.errors import PageTooLarge
from webis_mcp.page.model import Extraction
from webis_mcp.service.judging import Host, Judging
from webis_mcp.service.request import Request
from webis_mcp.service.values.reading import read_missing
from webis_mcp.service.workers import Workers, open_workers
from webis_mcp.settings import FetchLimits, JudgingSettings, Settings

if TYPE_CHECKING:
    from webis_mcp.engine.vllm.judge import Judge
    from webis_mcp.service.visiting import Visitor

ANYTHING = Request()
"""What a caller gets who says nothing else."""

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

OnProgress = Callable[[str], Awaitable[None]]

__all__ = ["Extractor", "Request", "open_extractor"]


class Extractor:
    """Turns pages into extractions; safe to call concurrently.

    Args:
        workers: the processes that read pages.
        judging: has them read, and judged by the engine that is wanted.
        settings: the largest page taken, and the engine of calls that name none.
        visitor: gives who fetches pages.
    """

    def __init__(
        self,
        workers: Workers,
        judging: Judging,
        settings: Settings,
        visitor: Callable[[], Awaitable[Visitor]],
    ) -> None:
        self._workers = workers
        self.judging = judging
        self._max_page_bytes = settings.reading.max_page_bytes
        self._engine = settings.engine.engine
        self._seconds = settings.judging.timeout_seconds
        self._visitor = visitor

    def warm(self) -> None:
        """Start a reader behind the scenes, so that the first page does not wait for it."""
        self._workers.warm()

    async def from_html(
        self,
        html: str | bytes,
        *,
        url: str | None = None,
        request: Request = ANYTHING,
        on_progress: OnProgress | None = None,
    ) -> Extraction:
        """The main content of a document or fragment.

        Args:
            on_progress: told in words how far it is.

        Raises:
            InvalidInput: there is nothing in it, or too much (`PageTooLarge`).
            ReadingFailed: it could not be read within the limits.
            EngineNotReady: the engine asked for is not there.
        """
        self._check_size(html)
        tell, request = on_progress or tell_nobody, self._with_engine(request)
        extraction = await self.judging.extract(html, url, None, request, tell)
        return await self._with_reader(extraction, request)

    async def from_url(
        self,
        url: str,
        *,
        request: Request = ANYTHING,
        headers: Mapping[str, str] = NO_HEADERS,
        on_progress: OnProgress | None = None,
    ) -> Extraction:
        """The main content of the page at a URL, or what its site says in its place.

        Args:
            headers: `Accept-Language`, and `Cookie` where the operator allows it.
            on_progress: told in words how far it is.

        Raises:
            InvalidInput: the URL is not ours to ask (`UrlRefused`), a header is not sent, or the
                page is too large (`PageTooLarge`).
            FetchFailed: the site gives no page (`NotAPage`), or cannot be reached.
            ReadingFailed: the page could not be read within the limits.
            EngineNotReady: the engine asked for is not there.
        """
        visitor = await self._visitor()
        request = self._with_engine(request)
        extraction = await visitor.visit(url, request, headers, on_progress)
        return await self._with_reader(extraction, request)

    async def _with_reader(self, extraction: Extraction, request: Request) -> Extraction:
        """The extraction with what a model, if one is ready, finds of the missing values."""
        findings = extraction.findings
        if request.plan is None or request.engine == "embedded" or not findings:
            return extraction
        client = await self.judging.client() if findings.missing else None
        if client is None:
            return extraction
        from webis_mcp.engine.vllm.reader import ModelReader

        deadline = anyio.current_time() + self._seconds
        reader = ModelReader(client, deadline, request.max_tokens)
        read = await read_missing(extraction, request.plan, reader)
        if reader.is_lost:
            self.judging.report_failure(client.endpoint)
        return read

    def _with_engine(self, request: Request) -> Request:
        return replace(request, engine=self._engine) if request.engine == "auto" else request

    def _check_size(self, html: str | bytes) -> None:
        size = len(html) if isinstance(html, bytes) else _bytes_of(html)
        if size > self._max_page_bytes:
            raise PageTooLarge(
                f"The page has {size / 1e6:.1f} MB; the limit is {self._max_page_bytes / 1e6:g}.",
                hint="Send the part you need, or raise WEBIS_MAX_PAGE_BYTES.",
            )


async def tell_nobody(_: str) -> None:
    """For callers who do not want to know how far it is."""


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


@asynccontextmanager
async def open_extractor(
    settings: Settings, *, host: Host | None = None
) -> AsyncIterator[Extractor]:
    """An extractor whose readers and connections live as long as the context.

    Args:
        host: keeps a vLLM server, which whoever calls this opens and closes.
    """
    async with (
        AsyncExitStack() as opened,
        open_workers(settings.reading, prepare="webis_mcp.service.pipeline") as workers,
    ):
        counts = Counts()
        judge = _late_judge(settings.judging, counts, opened)
        judging = Judging(workers, host, judge, counts, settings.judging.timeout_seconds)
        visitor = _late_visitor(settings.fetch, workers, judging, opened)
        yield Extractor(workers, judging, settings, visitor)


def _late_judge(
    settings: JudgingSettings, counts: Counts, opened: AsyncExitStack
) -> Callable[[], Awaitable[Judge]]:
    """Gives one judge to all who ask, made when the first one does."""
    made: list[Judge] = []
    making = anyio.Lock()

    async def judge() -> Judge:
        async with making:
            if not made:
                import httpx2

                from webis_mcp.engine.vllm.budget import Budget
                from webis_mcp.engine.vllm.judge import Judge

                # The budget bounds the connections, a call's deadline the time. vLLM closes an idle
                # connection after 5 s: one that was used at that moment would fail for nothing.
                limits = httpx2.Limits(max_connections=None, keepalive_expiry=2.0)
                http = httpx2.AsyncClient(trust_env=False, timeout=None, limits=limits)
                await opened.enter_async_context(http)
                budget = Budget(settings.requests_at_once)
                made.append(Judge(http, budget, counts, settings.profile))
        return made[0]

    return judge


def _late_visitor(
    limits: FetchLimits, workers: Workers, judging: Judging, opened: AsyncExitStack
) -> Callable[[], Awaitable[Visitor]]:
    """Gives one visitor to all who ask, made when the first one does."""
    made: list[Visitor] = []
    making = anyio.Lock()

    async def visitor() -> Visitor:
        async with making:
            if not made:
                from webis_mcp.service.fetching.fetcher import open_fetcher
                from webis_mcp.service.visiting import Visitor

                fetcher = await opened.enter_async_context(open_fetcher(limits))
                made.append(Visitor(fetcher, workers, judging))
        return made[0]

    return visitor
