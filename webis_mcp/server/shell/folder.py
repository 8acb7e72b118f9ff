"""A folder of pages, several at once: what is done stays done, what failed is told at the end."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import anyio

from webis_mcp.errors import InvalidInput, WebisError
from webis_mcp.page.model import Status
from webis_mcp.server.shell.page import Order, read_source
from webis_mcp.server.shell.shelf import open_shelf
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
    done: int = 0
    empty: int = 0
    failures: list[tuple[Path, WebisError]] = field(default_factory=list)

    def count(self, page: Path, outcome: Status | WebisError) -> None:
        """One more page is through."""
        self.done += 1
        if isinstance(outcome, WebisError):
            self.failures.append((page, outcome))
        else:
            self.empty += outcome is not Status.CONTENT
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
            self.told.write(f"failed: {page}: {failure}\n")


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
    with open_shelf(order, pages) as shelf:
        left = [page for page in pages if not shelf.has(page)]
        tally = Tally(total=len(left), skipped=len(pages) - len(left), told=sys.stderr)

        async def do(page: Path) -> Status:
            html = await anyio.to_thread.run_sync(read_source, str(folder / page))
            extraction = await extractor.from_html(html, request=order.request)
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
