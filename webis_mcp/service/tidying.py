"""Labels set right by where blocks stand: what verdicts on one block at a time do not add up to.

All of it takes away, and nothing is known of words here but whether they are the same. Each rule
was found on the verdicts of one training, out of fold, and holds on those of another (decision
0016).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from webis_mcp.page.model import Block, Kind, Page

ABOVE = 0.9
"""What it takes to keep a block above the heading that names the page."""

MOST_ABOVE = 0.5
"""Share of what is kept that may stand above a heading; where it is more, the page does not begin
there."""

PRESSED, NAME = 0.4, 60
"""What it takes to keep what is there to be pressed or filled in, and the characters up to which a
text may name it."""

AGAIN_BLOCKS, AGAIN, AGAIN_SHARE = 3, 150, 0.3
"""Blocks and characters of a run that is told again, and the share of what is kept that such runs
make up, from which they are the page's copy for another screen and no refrain."""

_SHELVES = frozenset({"listing", "product"})
"""Kinds of pages by their own account that show the same ware more than once."""

SAME, MOST_SAME = 15, 3
"""Characters of a text by which it is known again there, and how often a copy may stand."""

TRAIT = 60
"""Characters of what two wares may have in common: a price, a size, a day."""


class _Kept(NamedTuple):
    """A page's text as it is to be tidied: its blocks with text, what is kept, and on what."""

    page: Page
    blocks: Sequence[Block]
    keep: list[bool]
    chances: Sequence[float]

    def left(self) -> list[Block]:
        """The blocks with text that are kept."""
        return [block for block in self.blocks if self.keep[block.order]]

    def size(self) -> int:
        """Characters that are kept."""
        return sum([len(block.text) for block in self.left()])


def tidied(page: Page, keep: Sequence[bool], chances: Sequence[float]) -> list[bool]:
    """The labels less what stands out.

    Args:
        keep, chances: a label and a probability for each block, in order.
    """
    kept = _Kept(page, [block for block in page.blocks if block.text], list(keep), chances)
    for rule in _RULES:
        for block in list(rule(kept)):
            kept.keep[block.order] = False
    return kept.keep


# ------------------------------------------------------------ above the heading


def _above_the_heading(kept: _Kept) -> Iterator[Block]:
    """What stands above the heading that names the page, unless most of what is kept does."""
    start = _heading_of(kept)
    if start is None:
        return
    above = [block for block in kept.left() if block.order < start.order]
    if sum([len(block.text) for block in above]) <= MOST_ABOVE * kept.size():
        yield from (block for block in above if kept.chances[block.order] < ABOVE)


def _heading_of(kept: _Kept) -> Block | None:
    """The heading that is the page's title, the first that is kept if it is there more than once
    (a bar for small screens has it too), or else its only one of the first level."""
    shown = [b for b in kept.blocks if b.kind is Kind.HEADING and b.level <= 2 and not b.hidden]
    title = _bare(kept.page.facts.title or "")
    named = [block for block in shown if title and _bare(block.text) == title]
    first = [block for block in shown if block.level == 1]
    if named:
        return next((block for block in named if kept.keep[block.order]), named[0])
    return first[0] if len(first) == 1 else None


# ------------------------------------------------------------ told again


def _told_again(kept: _Kept) -> Iterator[Block]:
    """Runs of blocks that repeat an earlier run, where that is a good part of the page."""
    again = [block for run in _repeats(kept.page, kept.left()) for block in run]
    if sum([len(block.text) for block in again]) >= AGAIN_SHARE * kept.size():
        yield from again


def _repeats(page: Page, blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    """Runs that stand before it already, word for word, in the same order and another element."""
    texts = [_bare(block.text) for block in blocks]
    first: dict[str, int] = {}
    earlier = [first.setdefault(text, at) for at, text in enumerate(texts)]
    for _, run in groupby(enumerate(earlier), key=lambda pair: pair[0] - pair[1]):
        start, original = (pairs := list(run))[0]
        end = start + len(pairs)
        own = set(texts[start:end])
        is_long = len(own) >= AGAIN_BLOCKS and sum(map(len, own)) >= AGAIN
        if is_long and original < start and _are_apart(page, blocks[original], blocks[start]):
            yield blocks[start:end]


def _are_apart(page: Page, one: Block, other: Block) -> bool:
    """Whether two blocks stand in different elements: a refrain stands where its song does."""
    return _parent(page, one) != _parent(page, other)


def _parent(page: Page, block: Block) -> int:
    return page.elements[block.element].parent if block.element >= 0 else -1


def _shown_twice(kept: _Kept) -> Iterator[Block]:
    """The less likely copies of a text, on pages that show wares."""
    if kept.page.facts.page_kind not in _SHELVES:
        return
    copies: dict[str, list[Block]] = defaultdict(list)
    for block in kept.left():
        if len(block.text) >= SAME:
            copies[_bare(block.text)].append(block)
    for same in copies.values():
        if 2 <= len(same) <= MOST_SAME:
            best = max(same, key=lambda block: kept.chances[block.order])
            yield from (block for block in same if _is_copy(kept.page, block, best))


def _is_copy(page: Page, block: Block, other: Block) -> bool:
    """Whether a text is there again for the same ware, and is no trait that two have in common.

    Such traits stand in like markup. There, what names a ware is a heading or a link to it.
    """
    if block is other:
        return False
    if block.kind is Kind.HEADING or len(block.text) >= TRAIT:
        return True
    places = {link.href for link in block.links}
    is_link = bool(places) and places == {link.href for link in other.links}
    return is_link or page.shape(block) != page.shape(other)


# ------------------------------------------------------------ to be pressed or filled in


def _controls(kept: _Kept) -> Iterator[Block]:
    """Buttons, and where a password is asked for the names of what is filled in, in doubt."""
    page = kept.page
    forms = {at for at, element in enumerate(page.elements) if element.tag == "form"}
    asked = forms if page.signals.passwords else set()
    for block in kept.left():
        is_name = len(block.text) <= NAME and not asked.isdisjoint(page.ancestors(block.element))
        if (block.kind is Kind.FORM or is_name) and kept.chances[block.order] < PRESSED:
            yield block


def _bare(text: str) -> str:
    """Its letters and digits."""
    return "".join(filter(str.isalnum, text)).casefold()


_RULES: tuple[Callable[[_Kept], Iterator[Block]], ...] = (
    _above_the_heading,
    _told_again,
    _shown_twice,
    _controls,
)
