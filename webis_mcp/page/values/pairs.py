"""Labels with their values: rows of tables, terms, "Label: value", a short block before another.

Nothing here knows which labels matter; a pair is what looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from webis_mcp.page.model import Block, Kind, Mark, Page
from webis_mcp.page.values.lexicon import fold

MAX_LABEL = 45
"""Characters of a label; a longer one is a sentence."""

MAX_LABEL_WORDS = 6

MAX_VALUE = 600
"""Characters of a value; a longer one is a text under a heading."""

_COLON = re.compile(r"\s*[:\uff1a]\s*")
_LABEL_AT_START = re.compile(r"([^:\uff1a\n|\u2022\u00b7]{2,45}?)\s?[:\uff1a](?!//)\s*")
_NEXT_LABEL = re.compile(
    r"\s+[|\u2022\u00b7/;]\s+(?=[^:\uff1a\n|]{2,45}[:\uff1a])"
    r"|(?<=\w{2})[.;,]\s+(?=[^\W\d][^:\uff1a\n|.,;]{1,25}[:\uff1a]\s)"
)
_ASIDE = re.compile(r"\s*[(\uff08][^()\uff08\uff09]{0,30}[)\uff09]")
_EDGES = " \t\n:\uff1a|-\u2013\u2022\u00b7,;"


class Pair(NamedTuple):
    """A label, folded, and the part of a block's text that stands beside it.

    `close` is false where only nearness speaks for the two belonging together.
    """

    label: str
    block: int
    start: int
    end: int
    close: bool = True


def read_pairs(page: Page) -> list[Pair]:
    """The pairs of a page, in its order; hidden blocks are left out."""
    shown = [block for block in page.blocks if block.text and not block.hidden]
    found: list[Pair] = []
    for before, block, after in zip([None, *shown], shown, [*shown[1:], None], strict=False):
        if block.kind is Kind.TABLE:
            found += _rows(block)
            continue
        found += _labelled_lines(block)
        if after is not None and after.kind is not Kind.TABLE:
            found += _neighbours(page, before, block, after)
    return found


def _pair(label: str, block: Block, start: int, end: int, *, close: bool = True) -> Iterator[Pair]:
    text = block.text
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in " \t\n|\u2022\u00b7,;":
        end -= 1
    name = fold(_ASIDE.sub("", label))
    if name and len(name.split()) <= MAX_LABEL_WORDS and 0 < end - start <= MAX_VALUE:
        yield Pair(name, block.order, start, end, close)


def _rows(block: Block) -> Iterator[Pair]:
    """The rows of a table that hold a label and one value."""
    at = 0
    for line in block.text.split("\n"):
        cells = line.split("\t")
        filled = [cell for cell in cells if cell.strip()]
        if len(filled) == 2 and len(filled[0]) <= MAX_LABEL:
            start = at + line.index(filled[0]) + len(filled[0])
            yield from _pair(filled[0], block, start, at + len(line))
        elif len(filled) == 1:
            yield from _labelled(line, at, block)
        at += len(line) + 1


def _labelled_lines(block: Block) -> Iterator[Pair]:
    """What a block says as "Label: value", line by line, and after labels set in bold."""
    bold = list(_bold_labels(block))
    if bold:
        for (label, start, _), following in zip(bold, [*bold[1:], None], strict=False):
            end = following[2] if following else len(block.text)
            line_end = block.text.find("\n", start, end)
            if line_end > start + 1:
                end = line_end
            yield from _pair(label, block, start, end)
        return
    at = 0
    for line in block.text.split("\n"):
        yield from _labelled(line, at, block)
        at += len(line) + 1


def _labelled(line: str, at: int, block: Block) -> Iterator[Pair]:
    """The pairs of one line; some hold several, parted by a bar."""
    start = 0
    for part in [*_NEXT_LABEL.finditer(line), None]:
        end = part.start() if part else len(line)
        match = _LABEL_AT_START.match(line, start)
        if match is not None and match.end() < end:
            yield from _pair(match[1], block, at + match.end(), at + end)
        start = part.end() if part else end


def _bold_labels(block: Block) -> Iterator[tuple[str, int, int]]:
    """Labels in bold with a colon: the label, where its value starts, where it starts itself."""
    at = 0
    runs = block.runs
    for run, after in zip(runs, [*runs[1:], None], strict=False):
        start, at = at, at + len(run.text)
        text = run.text.strip()
        if not run.mark & Mark.STRONG or not 1 < len(text) <= MAX_LABEL:
            continue
        has_colon = text[-1] in ":\uff1a" or (after is not None and _COLON.match(after.text))
        if has_colon and text.strip(_EDGES):
            yield text, at, start


def _neighbours(page: Page, before: Block | None, block: Block, after: Block) -> Iterator[Pair]:
    """A short block with the one after it, where the two look like a label and its value."""
    text = block.text
    if len(text) > MAX_LABEL or "\n" in text or len(after.text) > MAX_VALUE:
        return
    end = len(after.text)
    if block.kind is Kind.TERM and after.kind is Kind.DEFINITION:
        yield from _pair(text, after, 0, end)
    elif text.rstrip().endswith((":", "\uff1a")):
        yield from _pair(text, after, 0, end, close=_common_height(page, block, after) <= 2)
    elif _are_alone_together(page, before, block, after):
        yield from _pair(text, after, 0, end, close=False)


def _common_height(page: Page, one: Block, other: Block) -> int:
    """How far above a block the first element is that both blocks stand in."""
    around = set(page.ancestors(other.element))
    for height, element in enumerate(page.ancestors(one.element)):
        if element in around:
            return height
    return 99


def _are_alone_together(page: Page, before: Block | None, block: Block, after: Block) -> bool:
    """Whether two blocks share an element with nothing before them."""
    height = _common_height(page, block, after)
    if height > 2:
        return False
    shared = next(e for n, e in enumerate(page.ancestors(block.element)) if n == height)
    is_first = before is None or shared not in set(page.ancestors(before.element))
    return is_first and after.kind is not Kind.HEADING


def quoted(page: Page, pair: Pair) -> str:
    """The value of a pair as it stands on the page."""
    return page.blocks[pair.block].text[pair.start : pair.end]


def labels_before(pairs: Sequence[Pair], labels: frozenset[str]) -> list[Pair]:
    """The pairs whose label is one of these, those that surely are pairs first."""
    found = [pair for pair in pairs if pair.label in labels]
    return [pair for pair in found if pair.close] or found
