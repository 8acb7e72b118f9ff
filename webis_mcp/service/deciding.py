"""From probabilities to labels: thresholds, hidden text, and what to do when nothing is sure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from webis_mcp.engine import Verdicts
from webis_mcp.page.comments import Comments, comments_of
from webis_mcp.page.model import Block, Kind, Page

LOWEST, HIGHEST = 0.2, 0.4
"""Bounds of the threshold, the best of those swept out of fold (0.2 to 0.35, 0.4 to 0.5). Where all
is sure theory gives 0.5; but what is left in doubt there is the headline."""

LABEL, SURELY = 20, 0.6
"""Characters of what may be a button's label or a mark between paragraphs ("Copy"), and the least
it takes to keep one on a page that is sure: word F1 hardly sees them, readers do."""

_LABELS = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.FORM, Kind.OTHER})

LEAST = 0.05
"""Below this no block is content, even where nothing else is."""

LARGE_SHARE, LARGE = 0.35, 1_500
"""Share of the page's characters, and characters, from which one hidden element holds not a note
but the page itself, to be shown by a script. Of 17 such elements on the labelled pages 11 hold
the content; the engine tells which."""

_FOLDED = re.compile(
    r"\b(?:tab(?!le|ul|oo)|accordion|collaps|panel|expand|spoiler|toggle|faq)"
    r"|animat|reveal|fade|\b(?:aos|wow|lazy|invisible)\b",
    re.IGNORECASE,
)
"""Names of structures that show their parts by turns, or once they are scrolled to: what is hidden
there is to be read."""

_COMPANY = 3
"""Elements above a hidden one that are looked at for such a name, and elements around a block that
are looked at in any case."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which blocks are content.

    Attributes:
        keep: one label a block, in order.
        hidden_blocks: blocks left out because a browser would not show them.
        step: how the decision was made, where it was not by the threshold alone: "recall".
        comments: how many blocks of comments were found, where they were to be kept.
        left_out: characters that the engine would keep, left out with the comment section.
    """

    keep: tuple[bool, ...]
    hidden_blocks: int
    step: str | None = None
    comments: int | None = None
    left_out: int = 0


def decide(page: Page, verdicts: Verdicts, comments: bool | None = None) -> Decision:
    """Label the blocks of a page; `comments` has the words of its comments kept or left out.

    What they are is told by the markup, and nothing else of the page is decided otherwise for it:
    what is kept without them is kept with them.
    """
    decision = _judged(page, verdicts)
    if comments is None:
        return decision
    return (_with_comments if comments else _without_comments)(page, decision, comments_of(page))


def _with_comments(page: Page, decision: Decision, comments: Comments) -> Decision:
    more = [
        kept or (may and block.order in comments.written)
        for block, kept, may in zip(page.blocks, decision.keep, _may_be_content(page), strict=True)
    ]
    hidden = sum(
        bool(block.hidden) and now and not kept
        for block, now, kept in zip(page.blocks, more, decision.keep, strict=True)
    )
    return replace(
        decision,
        keep=tuple(_with_pictures(page, more)),
        hidden_blocks=decision.hidden_blocks - hidden,
        comments=len(comments.written),
    )


def _without_comments(page: Page, decision: Decision, comments: Comments) -> Decision:
    fewer = tuple(
        kept and block.order not in comments.section
        for block, kept in zip(page.blocks, decision.keep, strict=True)
    )
    return replace(
        decision,
        keep=fewer,
        left_out=_characters(page, decision.keep) - _characters(page, fewer),
    )


def _characters(page: Page, keep: Sequence[bool]) -> int:
    return sum(len(block.text) for block in compress(page.blocks, keep))


def _judged(page: Page, verdicts: Verdicts) -> Decision:
    """The labels of a page as its verdicts have them.

    Blocks at or above a threshold are content (`threshold_of`). Where there are none, those near
    the best are, so that a page with text is never answered with nothing. Hidden blocks are content
    only where pages hide what they will show: in tabs and the like, and in an element that holds
    most of the page.
    """
    may = _may_be_content(page)
    chances = [p if allowed else 0.0 for p, allowed in zip(verdicts.content, may, strict=True)]
    for order in _told(page):
        chances[order] = 1.0
    threshold = threshold_of(page.blocks, chances)
    keep = [
        p >= (SURELY if threshold == HIGHEST and _may_be_label(block) else threshold)
        for p, block in zip(chances, page.blocks, strict=True)
    ]
    step = None
    if not any(k and b.text for k, b in zip(keep, page.blocks, strict=True)):
        lowest = max(max(chances, default=0.0) / 2, LEAST)
        keep = [p >= lowest for p in chances]
        step = "recall" if any(keep) else None
    hidden = sum(
        bool(b.hidden and b.text and not k) for b, k in zip(page.blocks, keep, strict=True)
    )
    return Decision(tuple(_with_pictures(page, keep)), hidden, step)


def _may_be_label(block: Block) -> bool:
    return len(block.text) <= LABEL and block.kind in _LABELS and bool(block.text)


def _told(page: Page) -> Iterator[int]:
    """The blocks that the page tells only to machines: read because it shows no other text."""
    scripts = {index for index, element in enumerate(page.elements) if element.tag == "script"}
    if scripts:
        for block in page.blocks:
            if not scripts.isdisjoint(page.ancestors(block.element)):
                yield block.order


def threshold_of(blocks: Sequence[Block], chances: Sequence[float]) -> float:
    """The threshold for a page, where the F1 to be expected of what is kept is highest.

    That is at half of that F1 (Lipton, Elkan and Naryanaswamy 2014): where the content is in
    doubt, more of what is doubtful has to be kept. A block counts by its length.
    """
    sized = sorted(((p, len(block.text)) for p, block in zip(chances, blocks, strict=True)))
    wanted = sum(p * size for p, size in sized)
    kept = right = best = 0.0
    for p, size in reversed(sized):
        kept += size
        right += p * size
        best = max(best, 2 * right / (kept + wanted) if kept else 0.0)
    return min(max(best / 2, LOWEST), HIGHEST)


def _may_be_content(page: Page) -> Iterator[bool]:
    """For each block whether it is shown, or hidden where text is hidden to be shown later."""
    outermost = [_outermost_hidden(page, block) for block in page.blocks]
    sizes: Counter[int] = Counter()
    for block, element in zip(page.blocks, outermost, strict=True):
        sizes[element] += len(block.text)
    least = max(LARGE, LARGE_SHARE * sizes.total())
    for block, element in zip(page.blocks, outermost, strict=True):
        large = element >= 0 and sizes[element] >= least
        yield not block.hidden or large or _is_folded(page, block, element)


def _outermost_hidden(page: Page, block: Block) -> int:
    """The outermost hidden element that a hidden block stands in; -1 where there is none."""
    if not block.hidden:
        return -1
    hidden = [index for index in page.ancestors(block.element) if page.elements[index].hidden]
    return hidden[-1] if hidden else -1


def _is_folded(page: Page, block: Block, outermost: int) -> bool:
    """Whether a hidden block stands in tabs, an accordion or the like."""
    path = list(page.ancestors(block.element))
    end = path.index(outermost) + 1 if outermost >= 0 else 0
    near = path[: max(end, 2) + _COMPANY]
    return any(_FOLDED.search(page.elements[index].marks) for index in near)


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
