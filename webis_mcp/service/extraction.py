"""HTML to an extraction, whoever asks: within which limits, and by a process that can be ended.

Nothing heavy is imported here: the server's process never parses a page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from webis_mcp.errors import PageTooLarge
from webis_mcp.page.model import Extraction
from webis_mcp.service.jobs import extract_html
from webis_mcp.service.request import Request
from webis_mcp.service.workers import Workers, open_workers
from webis_mcp.settings import Settings

ANYTHING = Request()
"""What a caller gets who says nothing else."""

__all__ = ["Extractor", "Request", "open_extractor"]


class Extractor:
    """Turns HTML into extractions; safe to call concurrently.

    Args:
        workers: the processes that read pages.
        max_page_bytes: the largest page taken.
    """

    def __init__(self, workers: Workers, max_page_bytes: int) -> None:
        self._workers = workers
        self._max_page_bytes = max_page_bytes

    def warm(self) -> None:
        """Start a reader behind the scenes, so that the first page does not wait for it."""
        self._workers.warm()

    async def from_html(
        self, html: str | bytes, *, url: str | None = None, request: Request = ANYTHING
    ) -> Extraction:
        """The main content of a document or fragment.

        Raises:
            InvalidInput: there is nothing in it, or too much (`PageTooLarge`).
            ReadingFailed: it could not be read within the limits.
            EngineNotReady: the engine asked for is not there.
        """
        self._check_size(html)
        return await self._workers.run(extract_html, html, url, request)

    def _check_size(self, html: str | bytes) -> None:
        size = len(html) if isinstance(html, bytes) else _bytes_of(html)
        if size > self._max_page_bytes:
            raise PageTooLarge(
                f"The page has {size / 1e6:.1f} MB; the limit is {self._max_page_bytes / 1e6:g}.",
                hint="Send the part you need, or raise WEBIS_MAX_PAGE_BYTES.",
            )


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


@asynccontextmanager
async def open_extractor(settings: Settings) -> AsyncIterator[Extractor]:
    """An extractor whose readers live as long as the context."""
    async with open_workers(settings.reading, prepare="webis_mcp.service.pipeline") as workers:
        yield Extractor(workers, settings.reading.max_page_bytes)
