"""From probabilities to labels: thresholds, hidden text, and what to do when nothing is sure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webis_mcp.engine import Verdicts
from webis_mcp.page.model import Block, Kind, Page

THRESHOLD = 0.4
"""Best mean word F1 out of fold, of calibrated probabilities, swept 0.30 to 0.60."""

LEAST = 0.05
"""Below this no block is content, even where nothing else is."""

_FOLDED = re.compile(
    r"\b(?:tab(?!le|ul|oo)|accordion|collaps|panel|expand|spoiler|toggle|faq)", re.IGNORECASE
)
"""Names of structures that show their parts by turns: what is hidden there is to be read."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which blocks are content.

    Attributes:
        keep: one label a block, in order.
        hidden_blocks: blocks left out because a browser would not show them.
        step: how the decision was made, where it was not by the threshold alone: "recall".
    """

    keep: tuple[bool, ...]
    hidden_blocks: int
    step: str | None = None


def decide(page: Page, verdicts: Verdicts) -> Decision:
    """Label the blocks of a page.

    Blocks at or above the threshold are content. Where there are none, those near the best are, so
    that a page with text is never answered with nothing. Hidden blocks are content only within
    tabs and the like, never else.
    """
    may = [not block.hidden or _is_folded(page, block) for block in page.blocks]
    chances = [p if allowed else 0.0 for p, allowed in zip(verdicts.content, may, strict=True)]
    keep = [p >= THRESHOLD for p in chances]
    step = None
    if not any(k and b.text for k, b in zip(keep, page.blocks, strict=True)):
        lowest = max(max(chances, default=0.0) / 2, LEAST)
        keep = [p >= lowest for p in chances]
        step = "recall" if any(keep) else None
    hidden = sum(
        bool(b.hidden and b.text and not k) for b, k in zip(page.blocks, keep, strict=True)
    )
    return Decision(tuple(_with_pictures(page, keep)), hidden, step)


def _is_folded(page: Page, block: Block) -> bool:
    """Whether a hidden block stands in tabs, an accordion or the like."""
    nearest = list(page.ancestors(block.element))[:5]
    return any(_FOLDED.search(page.elements[index].marks) for index in nearest)


def _with_pictures(page: Page, keep: list[bool]) -> Iterator[bool]:
    """The labels, a picture's taken from the text before and after it: content where both are."""
    before = _labels_of_text(page.blocks, keep)
    after = list(_labels_of_text(page.blocks[::-1], keep[::-1]))[::-1]
    for block, own, one, other in zip(page.blocks, keep, before, after, strict=True):
        yield one and other and not block.hidden if block.kind is Kind.IMAGE else own


def _labels_of_text(blocks: Sequence[Block], keep: Sequence[bool]) -> Iterator[bool]:
    """For each block the label of the last one up to it that is no picture."""
    label = False
    for block, own in zip(blocks, keep, strict=True):
        label = label if block.kind is Kind.IMAGE else own
        yield label
