"""Stand-ins for the service's extractor, of a few lines each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn

import anyio

from webis_mcp.page.model import Extraction, Facts, Kept, Kind, Link
from webis_mcp.service.request import Request

PARAGRAPHS = [f"Paragraph {number} of the lighthouse keeper's diary." for number in range(40)]

DIARY = Extraction(
    content="\n\n".join(PARAGRAPHS),
    blocks=tuple(
        Kept(
            id=3 * number,
            kind=Kind.PARAGRAPH,
            text=text,
            xpath=f"/html[1]/body[1]/p[{number + 1}]",
            p=0.9,
            links=(Link("light", "https://light.example/"),) if number == 0 else (),
        )
        for number, text in enumerate(PARAGRAPHS)
    ),
    engine="embedded",
    path=("embedded", "recall"),
    quality=0.87,
    url="https://diary.example/1901",
    facts=Facts(
        title="A keeper's diary",
        author="Odd Larsen",
        published="1901-11-03",
        language="en",
        site_name="Diaries",
        description="Forty short days.",
    ),
    warnings=("One table was left as text.",),
    hidden_blocks=2,
    timings={"read_ms": 3.25},
)


ANY = Request()
NO_HEADERS: Mapping[str, str] = {}
STAGES = ("Asking diary.example.", "Fetched 2 KiB from diary.example.", "Reading the page")


class Fixed:
    """Gives the same extraction for every page, and remembers what it was asked."""

    def __init__(self, extraction: Extraction = DIARY) -> None:
        self.extraction = extraction
        self.asked: list[tuple[str | bytes, str | None, Request]] = []
        self.visited: list[tuple[str, Request, Mapping[str, str]]] = []

    async def from_html(
        self,
        html: str | bytes,
        *,
        url: str | None = None,
        request: Request = ANY,
        on_progress: Callable[[str], Awaitable[None]] | None = None,
    ) -> Extraction:
        self.asked.append((html, url, request))
        return self.extraction

    async def from_url(
        self,
        url: str,
        *,
        request: Request = ANY,
        headers: Mapping[str, str] = NO_HEADERS,
        on_progress: Callable[[str], Awaitable[None]] | None = None,
    ) -> Extraction:
        self.visited.append((url, request, headers))
        if on_progress is not None:
            for stage in STAGES:
                await on_progress(stage)
        return self.extraction


class Failing:
    """Fails in one way."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    async def from_html(self, html: str | bytes, **_: Any) -> NoReturn:
        raise self.failure

    async def from_url(self, url: str, **_: Any) -> NoReturn:
        raise self.failure


class Endless:
    """Never comes to an end by itself; tells when it was begun, and when it was called off."""

    def __init__(self) -> None:
        self.begun, self.called_off = anyio.Event(), anyio.Event()

    async def from_html(self, html: str | bytes, **_: Any) -> NoReturn:
        self.begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.called_off.set()
        raise AssertionError("unreachable")

    async def from_url(self, url: str, **_: Any) -> NoReturn:
        await self.from_html(url)
