"""Labels set right by where blocks stand: what verdicts on one block at a time do not add up to.

All of it takes away, and only what the engine is not sure of. Nothing is known of words here, but
whether they are the same; each rule was measured on verdicts out of fold, and so that no kind of
page loses by it (`training/README.md`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, zip_longest
from typing import NamedTuple

from webis_mcp.page.model import Block, Kind, Page

ABOVE = 0.9
"""What it takes to keep a block above the heading that names the page."""

MOST_ABOVE = 0.5
"""Share of what is kept that may stand above a heading; where it is more, the page does not begin
there."""

FAR, WEAKER = 30, 0.3
"""Blocks left out between two parts of what is kept from which they are apart, and by how much the
smaller part may be less probable."""

REJECTED, REGAINED = 0.15, 0.8
"""Below the one a heading is surely none of the content, and neither is what it stands over, until
a block reaches the other."""

BEFORE_REJECTED = 200
"""Characters, by their probability, that must be kept above such a heading: a page may begin with
one."""

PRESSED = 0.4
"""What it takes to keep what is there to be pressed."""

_LISTS = frozenset({"listing", "forum", "product"})
"""Kinds of pages by their own account on which headings name one item each, not what follows."""

AGAIN_BLOCKS, AGAIN, AGAIN_SHARE = 3, 150, 0.1
"""Blocks and characters of a run that is told again, and its share of what is kept, from which it
is the page's copy for another screen and no refrain."""

_SHELVES = frozenset({"listing", "product"})
"""Kinds of pages by their own account that show the same ware more than once."""

SAME, MOST_SAME = 15, 3
"""Characters of a text by which it is known again there, and how often a copy may stand."""


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
    """What stands above the heading that names the page, unless most does."""
    start = _heading_of(kept.page, kept.blocks)
    if start is None:
        return
    above = [
        block
        for block in kept.left()
        if block.order < start.order and kept.chances[block.order] < ABOVE
    ]
    if sum([len(block.text) for block in above]) <= MOST_ABOVE * kept.size():
        yield from above


def _heading_of(page: Page, blocks: Sequence[Block]) -> Block | None:
    """The heading that is the page's title, or else its only one of the first level."""
    shown = [b for b in blocks if b.kind is Kind.HEADING and b.level <= 2 and not b.hidden]
    title = _bare(page.facts.title or "")
    named = [block for block in shown if title and _bare(block.text) == title]
    first = [block for block in shown if block.level == 1]
    if named:
        return named[0]
    return first[0] if len(first) == 1 else None


# ------------------------------------------------------------ far away


def _far_away(kept: _Kept) -> Iterator[Block]:
    """Parts far from the largest one, and weaker."""
    parts = list(_parts(kept))
    if len(parts) < 2:
        return
    masses = [sum([len(b.text) * kept.chances[b.order] for b in part]) for part in parts]
    means = [
        mass / sum([len(b.text) for b in part]) for mass, part in zip(masses, parts, strict=True)
    ]
    main = max(range(len(parts)), key=masses.__getitem__)
    for part, mean in zip(parts, means, strict=True):
        if mean < means[main] - WEAKER:
            yield from part


def _parts(kept: _Kept) -> Iterator[list[Block]]:
    """Runs of what is kept with `FAR` blocks between them."""
    part: list[Block] = []
    for is_kept, run in groupby(kept.blocks, key=lambda block: kept.keep[block.order]):
        blocks = list(run)
        if is_kept:
            part += blocks
        elif len(blocks) >= FAR and part:
            yield part
            part = []
    if part:
        yield part


# ------------------------------------------------------------ under a heading that is not kept


def _under_rejected(kept: _Kept) -> Iterator[Block]:
    """What stands under a heading that is surely no content, within the element that holds both."""
    if kept.page.facts.page_kind in _LISTS:
        return
    before, scope, title = 0.0, _NOWHERE, set(_words(kept.page.facts.title or ""))
    for block, following in zip_longest(kept.blocks, kept.blocks[1:]):
        p, is_kept = kept.chances[block.order], kept.keep[block.order]
        if not scope.holds(kept.page, block, is_kept=is_kept) or p >= REGAINED:
            scope = _NOWHERE
        if before >= BEFORE_REJECTED and _is_rejected(kept, block, title):
            scope = _Scope(_shared(kept.page, block, following), block.level)
        elif is_kept and scope.within >= 0:
            yield block
        elif is_kept:
            before += len(block.text) * p


class _Scope(NamedTuple):
    """What a heading that is no content stands over: an element, up to a heading of its level."""

    within: int
    level: int

    def holds(self, page: Page, block: Block, *, is_kept: bool) -> bool:
        """Whether a block belongs to it."""
        is_next = is_kept and 0 < block.level <= self.level
        return not is_next and self.within in page.ancestors(block.element)


_NOWHERE = _Scope(-1, 0)


def _is_rejected(kept: _Kept, block: Block, title: set[str]) -> bool:
    """Whether it is a heading that is surely none of the content, nor the page's own."""
    if block.kind is not Kind.HEADING or block.hidden or kept.keep[block.order]:
        return False
    words = set(_words(block.text))
    is_title = len(words) > 2 and len(words & title) >= 0.6 * len(words)
    return kept.chances[block.order] < REJECTED and not is_title


def _shared(page: Page, block: Block, following: Block | None) -> int:
    """The nearest element that both stand in, -1 where there is none."""
    if following is None:
        return -1
    around = set(page.ancestors(following.element))
    return next((at for at in page.ancestors(block.element) if at in around), -1)


# ------------------------------------------------------------ told again


def _told_again(kept: _Kept) -> Iterator[Block]:
    """Runs of blocks that repeat an earlier run, where that is a good part of the page."""
    again = [block for run in _repeats(kept.left()) for block in run]
    if sum([len(block.text) for block in again]) >= AGAIN_SHARE * kept.size():
        yield from again


def _repeats(blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    """Runs that stand before it already, word for word and in the same order."""
    texts = [_bare(block.text) for block in blocks]
    first: dict[str, int] = {}
    earlier = [first.setdefault(text, at) for at, text in enumerate(texts)]
    start = 0
    for _, run in groupby(enumerate(earlier), key=lambda pair: pair[0] - pair[1]):
        length = len(list(run))
        end, is_earlier = start + length, earlier[start] < start
        whole = "".join(dict.fromkeys(texts[start:end]))
        distinct = len(set(texts[start:end]))
        if is_earlier and distinct >= AGAIN_BLOCKS and len(whole) >= AGAIN:
            yield blocks[start:end]
        start = end


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
            yield from (block for block in same if block is not best)


# ------------------------------------------------------------ to be pressed


def _buttons(kept: _Kept) -> Iterator[Block]:
    """Buttons that are not likelier content than the rest of a page in doubt."""
    for block in kept.left():
        if block.kind is Kind.FORM and kept.chances[block.order] < PRESSED:
            yield block


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _bare(text: str) -> str:
    """Its letters and digits."""
    return "".join(filter(str.isalnum, text)).casefold()


_RULES: tuple[Callable[[_Kept], Iterator[Block]], ...] = (
    _above_the_heading,
    _far_away,
    _under_rejected,
    _told_again,
    _shown_twice,
    _buttons,
)
