"""A folder of pages, several at once: what is done stays done, what failed is told at the end."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import anyio

from webis_mcp.errors import InvalidInput, WebisError
from webis_mcp.page.model import Extraction, Status
from webis_mcp.server.shell.page import Order, read_source
from webis_mcp.server.shell.shelf import Shelf, open_shelf
from webis_mcp.service.extraction import Extractor

SUFFIXES = (".html", ".htm", ".xhtml")
BAR = 30
"""Characters of the progress bar: with its figures it fits the narrowest terminal."""

SOME_FAILED = 1


@dataclass(slots=True)
class Tally:
    """How far a folder is, and what went wrong: a bar on a terminal, else silent until the end."""

    total: int
    skipped: int
    told: TextIO
    called: Callable[[Path], str] = str
    done: int = 0
    empty: int = 0
    failures: list[tuple[Path, WebisError]] = field(default_factory=list)

    def count(self, page: Path, outcome: Status | WebisError) -> None:
        """One more page is through."""
        self.done += 1
        if isinstance(outcome, WebisError):
            self.failures.append((page, outcome))
        else:
            self.empty += outcome not in (Status.CONTENT, Status.NEEDS_READER)
        if self.told.isatty():
            bar = ("#" * (BAR * self.done // self.total)).ljust(BAR, ".")
            failed = f", {len(self.failures)} failed" if self.failures else ""
            self.told.write(f"\r[{bar}] {self.done}/{self.total}{failed}")
            self.told.flush()

    def sum_up(self) -> None:
        """The figures, then each failure with its reason."""
        start = "\n" if self.told.isatty() and self.done else ""
        written = self.done - len(self.failures)
        self.told.write(
            f"{start}{self.total + self.skipped} pages: {written} written ({self.empty} without"
            f" content), {self.skipped} there already, {len(self.failures)} failed.\n"
        )
        for page, failure in sorted(self.failures, key=lambda failed: failed[0]):
            self.told.write(f"failed: {self.called(page)}: {failure}\n")


async def extract_folder(extractor: Extractor, order: Order, *, at_once: int) -> int:
    """All pages below a folder; returns the exit code, which tells whether some failed.

    Raises:
        InvalidInput: there is no page, or nowhere to write to.
    """
    folder = Path(order.page)
    if order.url:
        raise InvalidInput(
            "--url names one page, not a folder.", hint="Leave it out, or name one file."
        )
    pages = pages_below(folder)

    async def read(page: Path) -> Extraction:
        html = await anyio.to_thread.run_sync(read_source, str(folder / page))
        return await extractor.from_html(html, request=order.request)

    with open_shelf(order, pages) as shelf:
        return await extract_all(pages, read, shelf, at_once=at_once)


async def extract_all(
    pages: Sequence[Path],
    read: Callable[[Path], Awaitable[Extraction]],
    shelf: Shelf,
    *,
    at_once: int,
    called: Callable[[Path], str] = str,
) -> int:
    """All pages that the shelf has not, several at once; returns the exit code.

    Args:
        called: what a page is called where it failed.
    """
    left = [page for page in pages if not shelf.has(page)]
    tally = Tally(len(left), len(pages) - len(left), told=sys.stderr, called=called)

    async def do(page: Path) -> Status:
        extraction = await read(page)
        shelf.put(page, extraction)
        return extraction.status

    try:
        await _each(left, do, tally, at_once)
    finally:
        tally.sum_up()
    return SOME_FAILED if tally.failures else 0


def pages_below(folder: Path) -> list[Path]:
    """Every HTML file below a folder, relative to it, in order.

    Raises:
        InvalidInput: there is none.
    """
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    pages = sorted(path.relative_to(folder) for path in found if path.is_file())
    if not pages:
        raise InvalidInput(
            f"There is no page below {folder}.", hint=f"Pages end in {', '.join(SUFFIXES)}."
        )
    return pages


async def _each(
    pages: Sequence[Path], do: Callable[[Path], Awaitable[Status]], tally: Tally, at_once: int
) -> None:
    waiting = iter(pages)

    async def work() -> None:
        for page in waiting:  # one iterator for all of them: each takes the next page
            try:
                tally.count(page, await do(page))
            except WebisError as failure:
                tally.count(page, failure)

    try:
        async with anyio.create_task_group() as group:
            for _ in range(at_once):
                group.start_soon(work)
        return
    except ExceptionGroup as failed:
        failure = failed.exceptions[0]
    raise failure
