"""A URL to an extraction: fetched, read in a process of its own, accounted for.

A refresh, of the page or in its header, is followed once, under the same guard, and only from a
page with hardly any content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import httpx2

from webis_mcp.errors import WebisError
from webis_mcp.page.addresses import refresh_target
from webis_mcp.page.model import Extraction
from webis_mcp.service.absence import account_for
from webis_mcp.service.fetching.fetched import Fetched
from webis_mcp.service.fetching.fetcher import NONE, Fetcher, OnProgress
from webis_mcp.service.fetching.urls import origin_of
from webis_mcp.service.jobs import pass_on
from webis_mcp.service.judging import Judging
from webis_mcp.service.request import Request
from webis_mcp.service.workers import Workers

HARDLY_ANY = 1_000
"""Characters of content below which a page may be there only to lead on."""


async def _tell_nobody(_: str) -> None:
    pass


class Visitor:
    """Goes to pages, and has them read and judged. Safe to call concurrently."""

    def __init__(self, fetcher: Fetcher, workers: Workers, judging: Judging) -> None:
        self._fetcher = fetcher
        self._judging = judging
        self._workers = workers

    async def visit(
        self,
        url: str,
        request: Request,
        headers: Mapping[str, str],
        on_progress: OnProgress | None,
    ) -> Extraction:
        """What is at a URL; raises as the fetcher and the workers do."""
        tell = on_progress or _tell_nobody
        fetched = await self._fetcher.fetch(url, headers=headers, on_progress=tell)
        extraction = await self._read(fetched, request, tell)
        answer = account_for(extraction, fetched)
        target = extraction.pointers.refresh or _refresh_of(fetched)
        if target is None or fetched.status >= 400 or len(extraction.content) >= HARDLY_ANY:
            return answer
        sent = headers if _is_same_site(target, fetched.url) else NONE
        try:
            followed = await self._fetcher.fetch(target, headers=sent, on_progress=tell)
            extraction = account_for(await self._read(followed, request, tell), followed)
        except WebisError as failure:
            return _with_remark(answer, f"The page leads on by a refresh: {failure.message}")
        remark = f"The page at {fetched.url} only led here, by a refresh."
        return _with_remark(extraction, remark)

    async def _read(self, fetched: Fetched, request: Request, tell: OnProgress) -> Extraction:
        await tell("Reading the page")
        body, url, charset = fetched.body, fetched.url, fetched.charset
        if fetched.kind == "html":
            return await self._judging.extract(body, url, charset, request, tell)
        return await self._workers.run(pass_on, body, url, charset, fetched.kind, request.plan)


def _refresh_of(fetched: Fetched) -> str | None:
    """Where the header of an answer leads, as a meta refresh does."""
    return refresh_target(fetched.headers.get("refresh", ""), base=fetched.url, url=fetched.url)


def _with_remark(extraction: Extraction, remark: str) -> Extraction:
    return replace(extraction, warnings=(remark, *extraction.warnings))


def _is_same_site(one: str, other: str) -> bool:
    """Whether what the caller sends to the one may be sent to the other."""
    try:
        return origin_of(httpx2.URL(one)) == origin_of(httpx2.URL(other))
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        return False
