"""What belongs to the blocks that are kept, and is read with them: added to the labels.

Word F1 hardly sees it, readers do: the heading of a section that is kept, a list of which three
items have their price and the fourth has not, the cons of a product without the word "Cons" above
them (decision 0016).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from webis_mcp.page.model import SHAPE_LEVELS, Block, Kind, Page

BETWEEN = 0.1
"""The least it takes to keep a heading or a data table between kept blocks. An article's own table
looks to the engine like a widget's, and a heading like an item of a menu."""

DEEPEST = 6
"""The level of a heading that heads no other."""

LIKELY_LABEL = 0.05
"""The least it takes for a label to count among its like."""

LABEL = 20
"""Characters of what may be a button's label or a mark between paragraphs ("Copy")."""

LIKE, MOST_OF_THEM, HALF = 3, 0.6, 0.5
"""Labels in markup of one shape from which they are a set, the share of them that must be kept, and
what the others must have of the mean probability of those: one is then not left out."""


class _Kept(NamedTuple):
    """A page's blocks with text that may be content, and what is kept of it so far."""

    page: Page
    blocks: Sequence[Block]
    keep: list[bool]
    chances: Sequence[float]

    def is_left_heading(self, block: Block) -> bool:
        """Whether a block is a heading that is not kept."""
        return block.kind is Kind.HEADING and not self.keep[block.order]


def completed(page: Page, keep: Sequence[bool], chances: Sequence[float]) -> list[bool]:
    """The labels, and more of them.

    Args:
        keep, chances: a label and a probability for each block, in order; none is added where the
            probability is 0.
    """
    blocks = [block for block in page.blocks if block.text and chances[block.order] > 0]
    kept = _Kept(page, blocks, list(keep), chances)
    for rule in _RULES:
        for order in list(rule(kept)):
            kept.keep[order] = True
    return kept.keep


def _labels_of_a_kind(kept: _Kept) -> Iterator[int]:
    """Labels and headings in markup of the same shape as others, most of which are kept."""
    likely = [
        block
        for block in kept.blocks
        if (len(block.text) <= LABEL or block.kind is Kind.HEADING)
        and kept.chances[block.order] >= LIKELY_LABEL
    ]
    for near in _alike(kept, likely, 1):  # most are of no set by this already
        for blocks in _alike(kept, near, SHAPE_LEVELS):
            most = [kept.chances[block.order] for block in blocks if kept.keep[block.order]]
            if len(most) >= MOST_OF_THEM * len(blocks):
                least = HALF * sum(most) / len(most)
                yield from (b.order for b in blocks if kept.chances[b.order] >= least)


def _alike(kept: _Kept, blocks: Sequence[Block], levels: int) -> Iterator[Sequence[Block]]:
    """The sets of blocks in markup of one shape, where some of a set are kept and some are not."""
    sets: dict[tuple[tuple[str, str], ...], list[Block]] = defaultdict(list)
    for block in blocks:
        sets[kept.page.shape(block, levels)].append(block)
    for alike in sets.values():
        if len(alike) >= LIKE and len({kept.keep[block.order] for block in alike}) > 1:
            yield alike


def _tables_between(kept: _Kept) -> Iterator[int]:
    """The data tables, and their captions, that stand between blocks that are kept."""
    for at, table in enumerate(kept.blocks):
        is_left = table.kind is Kind.TABLE and len(table.rows) > 1 and not kept.keep[table.order]
        if not is_left or kept.chances[table.order] < BETWEEN:
            continue
        beside = kept.blocks[max(at - 2, 0) : at], kept.blocks[at + 1 : at + 4]
        captions = [b.order for side in beside for b in side if b.kind is Kind.CAPTION]
        others = [[b for b in side if b.kind is not Kind.CAPTION] for side in beside]
        before, after = others[0][-1:], others[1]
        if any(kept.keep[b.order] for b in before) and any(kept.keep[b.order] for b in after):
            yield from (table.order, *captions)


def _headings_between(kept: _Kept) -> Iterator[int]:
    """The headings that stand between what is kept, if it is they that head what comes next."""
    runs = [(is_left, list(run)) for is_left, run in groupby(kept.blocks, kept.is_left_heading)]
    for (_, above), (is_left, run), (_, below) in zip(runs, runs[1:], runs[2:], strict=False):
        if not is_left or not kept.keep[above[-1].order] or not kept.keep[below[0].order]:
            continue
        level = below[0].level or DEEPEST + 1
        for block in reversed(run):
            if block.level < level and kept.chances[block.order] >= BETWEEN:
                yield block.order
                level = block.level


_RULES: tuple[Callable[[_Kept], Iterator[int]], ...] = (
    _labels_of_a_kind,
    _tables_between,
    _headings_between,
)
