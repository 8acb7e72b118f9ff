"""From probabilities to labels: thresholds, hidden text, and what to do when nothing is sure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain, compress
from typing import NamedTuple

from webis_mcp.engine import Verdicts
from webis_mcp.page.comments import Comments, comments_of, reviews_of
from webis_mcp.page.model import Block, Kind, Page
from webis_mcp.service.completing import LABEL, MOST_OF_THEM, completed
from webis_mcp.service.tidying import tidied


class Doubt(NamedTuple):
    """How what is in doubt on a page is dealt with: `slope` times the F1 to be expected of it, plus
    `shift`, is the threshold, within `lowest` and `highest`.

    For verdicts that err each on its own it would be half of that F1 (Lipton, Elkan and
    Naryanaswamy 2014). Those of one page err together, and the more is in doubt, the better it is
    to keep all of it than none.
    """

    slope: float
    shift: float
    lowest: float
    highest: float


USUAL = Doubt(0.7, -0.25, 0.05, 0.4)
"""Swept out of fold and on sources left out of training together: there the engine is unsure of
more that is content than on sites whose like it knows."""

WARES = Doubt(0.7, -0.2, 0.1, 0.45)
"""The same for a page that says of itself that it sells one thing: what is in doubt there are other
wares."""

MOST_OF_A_BLOCK = 100_000
"""Characters by which a block counts at most for the threshold: twice the longest of the labelled
pages. What is longer is no text, and is not to decide for all the rest."""

SURELY, PRESSED = 0.6, 0.9
"""The least it takes to keep a mark and a button on a page that is sure: word F1 hardly sees them,
readers do."""

_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_FORM, _IMAGE = Kind.FORM, Kind.IMAGE
"""Looked up once: before Python 3.12 that is a call of a function."""

_LABELS = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.FORM, Kind.OTHER})

OWN_TEXT = 300
"""Characters outside its comment section from which a page has a text of its own, and the comments
are not part of it. Of what was tried (300 to 3,000) the best out of fold, and where a source of the
labelled pages is left out."""

_TALKS = frozenset({"forum", "product"})
"""Kinds of pages by their own account whose comments are posts, or reviews."""

REVIEWED = 0.8
"""The least it takes to keep what buyers say of a product: of what the engine is in doubt of there,
less is content than it thinks."""

LEAST, LIKELY = 0.05, 0.1
"""Below the one no block is content, even where nothing else is; where none reaches the other, it
is said that those are content which are likeliest."""

LARGE_SHARE, LARGE = 0.35, 1_500
"""Share of the page's characters, and characters, from which a hidden element, with its like beside
it, holds not a note but the page itself, to be shown by a script. Of 17 such elements on the
labelled pages 11 hold the content; the engine tells which."""

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


def decide(
    page: Page, verdicts: Verdicts, comments: bool | None = None, *, with_labels: bool = False
) -> Decision:
    """Label the blocks of a page; `comments` has the words of its comments kept or left out.

    What they are is told by the markup, and nothing else of the page is decided otherwise for it:
    what is kept without them is kept with them. Where it is not said, they are left out below a
    text of `OWN_TEXT`, unless the page says that it is there for them; else they are judged as the
    rest. With labels, a page is not rid of what may be one: an ingredient, too, is a word or
    two.
    """
    chances, found = _chances(page, verdicts), comments_of(page)
    if not with_labels:
        chances = _without_doubtful_reviews(page, chances)
    decision = _judged(page, chances, with_labels=with_labels)
    is_below = bool(found.section) and _has_text_of_its_own(page, decision, found)
    alone = [0.0 if at in found.section else p for at, p in enumerate(chances)]
    if is_below:
        rest = _judged(page, alone, with_labels=with_labels)
        decision = _less_of_the_rest(page, decision, rest, found)
    if not with_labels:
        decision = _tidied(page, decision, alone, found)
    if is_below or comments is False:
        decision = _without_comments(page, decision, found)
    return _with_comments(page, decision, found) if comments else decision


def _tidied(page: Page, decision: Decision, alone: Sequence[float], comments: Comments) -> Decision:
    """The decision, tidied but for the comments: what is said there is in nobody's order."""
    without = _without_comments(page, decision, comments)
    tidy = tidied(page, without.keep, alone)
    keep = [
        own if block.order in comments.section else kept
        for block, own, kept in zip(page.blocks, decision.keep, tidy, strict=True)
    ]
    return replace(
        decision,
        keep=tuple(_with_pictures(page, keep)),
        hidden_blocks=_left_hidden_of(page.blocks, keep),
    )


def _without_doubtful_reviews(page: Page, chances: list[float]) -> list[float]:
    """The probabilities, none for what buyers say where that is in doubt, unless it was all."""
    doubtful = [order for order in reviews_of(page) if chances[order] < REVIEWED]
    if not doubtful:
        return chances
    fewer = list(chances)
    for order in doubtful:
        fewer[order] = 0.0
    rest = _judged(page, fewer, with_labels=False)
    return fewer if any(rest.keep) and rest.step is None else chances


def _has_text_of_its_own(page: Page, decision: Decision, comments: Comments) -> bool:
    without = _without_comments(page, decision, comments)
    enough = _characters(page, without.keep) >= OWN_TEXT
    return enough and page.facts.page_kind not in _TALKS


def _less_of_the_rest(
    page: Page, decision: Decision, rest: Decision, comments: Comments
) -> Decision:
    """What is kept of the comments, and of the rest what is kept of it alone, too: a hundred
    comments that the engine is in doubt of are no reason to keep a menu."""
    keep = tuple(
        own and (alone or block.order in comments.section)
        for block, own, alone in zip(page.blocks, decision.keep, rest.keep, strict=True)
    )
    return replace(decision, keep=keep, hidden_blocks=_left_hidden_of(page.blocks, keep))


def _with_comments(page: Page, decision: Decision, comments: Comments) -> Decision:
    written = comments.written.difference(_left_hidden(page))
    more = [
        kept or block.order in written
        for block, kept in zip(page.blocks, decision.keep, strict=True)
    ]
    return replace(
        decision,
        keep=tuple(_with_pictures(page, more)),
        hidden_blocks=_left_hidden_of(page.blocks, more),
        comments=len(comments.written),
        left_out=0,
    )


def _without_comments(page: Page, decision: Decision, comments: Comments) -> Decision:
    if not comments.section:
        return decision
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


def _judged(page: Page, chances: Sequence[float], *, with_labels: bool) -> Decision:
    """The labels of a page as the probabilities of its blocks have them.

    Blocks at or above a threshold are content (`threshold_of`). Where there are none, those near
    the best are, so that a page with text is never answered with nothing. Hidden blocks are content
    only where pages hide what they will show: in tabs and the like, and in an element that holds
    most of the page.
    """
    blocks = page.blocks
    doubt = WARES if page.facts.page_kind == "product" else USUAL
    threshold = threshold_of(blocks, chances, doubt)
    keep = [p >= threshold for p in chances]
    if threshold == doubt.highest and not with_labels:
        keep = _without_marks(page, keep, chances)
    keep = completed(page, keep, chances)
    step = None
    if not any(k and p >= LIKELY and b.text for k, p, b in zip(keep, chances, blocks, strict=True)):
        lowest = max(max(chances, default=0.0) / 2, LEAST)
        keep = [p >= lowest for p in chances]
        step = "recall" if any(keep) else None
    return Decision(tuple(_with_pictures(page, keep)), _left_hidden_of(blocks, keep), step)


def _left_hidden_of(blocks: Sequence[Block], keep: Sequence[bool]) -> int:
    """How many hidden blocks with text are not kept."""
    return sum([not k and bool(b.hidden and b.text) for b, k in zip(blocks, keep, strict=True)])


def _chances(page: Page, verdicts: Verdicts) -> list[float]:
    """The probabilities, none for what may not be content."""
    chances = list(verdicts.content)
    if len(chances) != len(page.blocks):
        raise ValueError(f"{len(chances)} verdicts for {len(page.blocks)} blocks")
    for order in _left_hidden(page):
        chances[order] = 0.0
    for order in _told(page):
        chances[order] = 1.0
    return chances


def _without_marks(page: Page, keep: Sequence[bool], chances: Sequence[float]) -> list[bool]:
    """The labels of a page that is sure, fewer of what may be a mark or a button. In a list that is
    kept a label is an item: of a recipe, "3/4 c."."""
    items = _in_kept_lists(page, keep)
    return [
        k and (p >= _least_of_a_label(block) or block.order in items)
        for k, p, block in zip(keep, chances, page.blocks, strict=True)
    ]


def _in_kept_lists(page: Page, keep: Sequence[bool]) -> set[int]:
    """The blocks of lists of which most is kept, buttons left out."""
    lists: dict[int, list[int]] = defaultdict(list)
    nearest = cache(partial(_nearest_list, page))
    for block in page.blocks:
        if block.place is not None and block.text and block.kind is not _FORM:
            lists[nearest(block.element)].append(block.order)
    kept = (
        orders
        for orders in lists.values()
        if sum(map(keep.__getitem__, orders)) >= MOST_OF_THEM * len(orders)
    )
    return set(chain.from_iterable(kept))


def _nearest_list(page: Page, element: int) -> int:
    """The list that an element stands in; -1 where none is around it."""
    above = page.ancestors(element)
    return next((at for at in above if page.elements[at].tag in _LISTS), -1)


def _least_of_a_label(block: Block) -> float:
    """What it takes to keep a block on a page that is sure, if it may be a label."""
    if len(block.text) > LABEL or block.kind not in _LABELS or not block.text:
        return 0.0
    return PRESSED if block.kind is Kind.FORM else SURELY


def _told(page: Page) -> range:
    """The blocks that the page tells only to machines: read because it shows no other text."""
    return range(len(page.blocks) - page.told, len(page.blocks))


def threshold_of(blocks: Sequence[Block], chances: Sequence[float], doubt: Doubt = USUAL) -> float:
    """The threshold for a page, where the F1 to be expected of what is kept is highest.

    Where the content is in doubt, more of what is doubtful has to be kept. A block counts by its
    length.
    """
    sizes = (min(len(block.text), MOST_OF_A_BLOCK) for block in blocks)
    sized = sorted(zip(chances, sizes, strict=True))
    wanted = sum(p * size for p, size in sized)
    kept = right = best = 0.0
    for p, size in reversed(sized):
        kept += size
        right += p * size
        if kept and (expected := 2 * right / (kept + wanted)) > best:
            best = expected
    return min(max(doubt.slope * best + doubt.shift, doubt.lowest), doubt.highest)


def _left_hidden(page: Page) -> Iterator[int]:
    """The hidden blocks, but for those that stand where text is hidden to be shown later."""
    hidden = [block for block in page.blocks if block.hidden]
    if not hidden:
        return
    outermost = _outermost_hidden(page)
    folds = cache(_folds)  # for this page: a stranger's names may be long, and are not kept
    folded = {at: _is_folded(page, at, outermost[at], folds) for at in {b.element for b in hidden}}
    sizes: Counter[tuple[int, str, str]] = Counter()
    for block in hidden:
        if (around := outermost[block.element]) >= 0:
            sizes[_like(page, around)] += len(block.text)
    least = max(LARGE, LARGE_SHARE * sum([len(block.text) for block in page.blocks]))
    for block in hidden:
        around = outermost[block.element]
        is_large = around >= 0 and sizes[_like(page, around)] >= least
        if not is_large and not folded[block.element]:
            yield block.order


def _like(page: Page, index: int) -> tuple[int, str, str]:
    """An element and its like beside it: paragraphs may be hidden one by one."""
    element = page.elements[index]
    return element.parent, element.tag, element.marks


def _outermost_hidden(page: Page) -> list[int]:
    """The outermost hidden element that each element stands in; -1 where there is none.

    The last is that of what stands in no element, whose index is -1.
    """
    outermost: list[int] = []
    for index, element in enumerate(page.elements):
        above = outermost[element.parent] if element.parent >= 0 else -1
        outermost.append(index if above < 0 and element.hidden else above)
    return [*outermost, -1]


def _is_folded(page: Page, element: int, outermost: int, folds: Callable[[str], bool]) -> bool:
    """Whether what is hidden in an element stands in tabs, an accordion or the like."""
    path = list(page.ancestors(element))
    end = path.index(outermost) + 1 if outermost >= 0 else 0
    near = path[: max(end, 2) + _COMPANY]
    return any(folds(page.elements[index].marks) for index in near)


def _folds(marks: str) -> bool:
    """Whether names tell of such a structure. Hidden elements share most of what is above them."""
    return _FOLDED.search(marks) is not None


def _with_pictures(page: Page, keep: list[bool]) -> Iterable[bool]:
    """The labels, a picture's taken from the text before and after it: content where both are."""
    if all(block.kind is not _IMAGE for block in page.blocks):
        return keep
    before = _labels_of_text(page.blocks, keep)
    after = list(_labels_of_text(page.blocks[::-1], keep[::-1]))[::-1]
    return [
        one and other and not block.hidden if block.kind is _IMAGE else own
        for block, own, one, other in zip(page.blocks, keep, before, after, strict=True)
    ]


def _labels_of_text(blocks: Sequence[Block], keep: Sequence[bool]) -> Iterator[bool]:
    """For each block the label of the last one up to it that is no picture."""
    label = False
    for block, own in zip(blocks, keep, strict=True):
        label = label if block.kind is _IMAGE else own
        yield label
