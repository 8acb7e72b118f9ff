"""A page as a model sees it: a few words a block, in order, hidden blocks left out.

Made where pages are read. Blocks that the embedded engine is sure of are told in runs, so that
a model reads mostly what is in doubt; short blocks in a row share a line. Each block keeps a number
of its own all the same, so that no answer is coarser than the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import urlsplit

from webis_mcp.engine.vllm.scrub import scrubbed
from webis_mcp.engine.vllm.styles import element, node
from webis_mcp.engine.vllm.view import SHARED, Look, Row, Style, View, is_sure
from webis_mcp.page.model import Block, Kind, Page

HEAD, TAIL = 110, 40
"""Characters shown of a block."""

SHORT = 40
"""Characters of a block that may share its line with its neighbours."""

MOST_SHARED = 10
"""Blocks on a shared line."""

RUN_HEAD, RUN_TAIL = 40, 20
"""Characters shown of a run that the embedded engine is sure of."""

MARKS = {
    Kind.PARAGRAPH: "p",
    Kind.LIST_ITEM: "li",
    Kind.TABLE: "tb",
    Kind.CODE: "pre",
    Kind.QUOTE: "q",
    Kind.CAPTION: "cap",
    Kind.TERM: "dt",
    Kind.DEFINITION: "dd",
    Kind.FORM: "form",
}

Shown = tuple[Sequence[Block], str, str]
"""Blocks, what they are, their words."""


def look_at(page: Page, content: Sequence[float], look: Look) -> View:
    """The view of a page, given the embedded engine's probability of content for each block."""
    offered = [block for block in page.blocks if block.text and not block.hidden]
    sure = {block.order: is_sure(content[block.order]) for block in offered}
    shown = (
        _styled(page, offered, look.style)
        if look.style != "lines"
        else _lines_of(offered, sure, whole=look.whole)
    )
    return View(
        title=scrubbed(page.facts.title or "", 100, 0),
        address=_address(page.url),
        rows=tuple(_row(*one, sure) for one in shown),
        headings={
            block.order: (block.level, scrubbed(block.text, 60, 0))
            for block in offered
            if block.kind is Kind.HEADING
        },
        whole=look.whole,
    )


def _address(url: str | None) -> str:
    """Host and path: a query says little, and may hold what is nobody's business."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return scrubbed(f"{parts.hostname or ''}{parts.path}", 60, 20)


def _row(blocks: Sequence[Block], mark: str, text: str, sure: Mapping[int, bool | None]) -> Row:
    orders = tuple(block.order for block in blocks)
    verdicts = {sure[order] for order in orders}
    verdict = verdicts.pop() if len(verdicts) == 1 else None
    return Row(orders, mark, text, blocks[0].segment, blocks[0].heading_path, verdict)


def _styled(page: Page, offered: Sequence[Block], style: Style) -> Iterator[Shown]:
    show = node if style == "nodes" else element
    for block in offered:
        yield ((block,), *show(page, block))


def _lines_of(
    offered: Sequence[Block], sure: Mapping[int, bool | None], *, whole: bool
) -> Iterator[Shown]:
    for verdict, run in groupby(offered, lambda block: None if whole else sure[block.order]):
        if verdict is None:
            yield from _lines(run)
        else:
            yield _run(list(run))


def _lines(blocks: Iterable[Block]) -> Iterator[Shown]:
    """One line a block, but for short ones of one kind in a row."""
    for (_, mark, short), alike in groupby(blocks, _company):
        group = list(alike)
        size = MOST_SHARED if short else 1
        for at in range(0, len(group), size):
            part = group[at : at + size]
            yield part, mark, SHARED.join(scrubbed(block.text, HEAD, TAIL) for block in part)


def _company(block: Block) -> tuple[int, str, bool]:
    """What blocks on one line have in common. Headings stand alone: they tell what follows."""
    short = len(block.text) <= SHORT and block.kind is not Kind.HEADING
    return (block.segment if short else -block.order, mark_of(block), short)


def _run(blocks: Sequence[Block]) -> Shown:
    """A run that the embedded engine is sure of, by its beginning and its end."""
    first, last, mark = blocks[0].text, blocks[-1].text, mark_of(blocks[0])
    if len(blocks) == 1:
        return blocks, mark, scrubbed(first, RUN_HEAD, RUN_TAIL)
    return blocks, mark, f"{scrubbed(first, RUN_HEAD, 0)} … {scrubbed(last, RUN_TAIL, 0)}"


def mark_of(block: Block) -> str:
    """What a block is, in a word: `h2`, `li`, `p@`; the sign says that it is mostly links."""
    name = f"h{block.level or 2}" if block.kind is Kind.HEADING else MARKS.get(block.kind, "o")
    return f"{name}@" if block.link_share > 0.5 else name
