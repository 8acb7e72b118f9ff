"""What the embedded engine looks at: a page's blocks as a matrix of numbers, one row a block.

Everything is counted over arrays (all characters of the page at once, all containers at once); only
words and names are looked at one by one. Nothing here knows a language or a site: words count by
the odds that training found for their hashes, names of classes likewise, letters by their class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from webis_mcp.engine.letters import Floats, text_columns
from webis_mcp.engine.repeats import repeat_columns
from webis_mcp.engine.words import (
    LEVELS_READ,
    Bags,
    Ints,
    Looks,
    Odds,
    name_columns,
    word_columns,
    words_of,
)
from webis_mcp.page.model import (
    SHAPE_LEVELS,
    SHAPE_NAMES,
    Cell,
    Element,
    Hidden,
    Kind,
    ListPlace,
    Page,
    Run,
)

DEPTH = 14
"""Containers looked at above a block, nearest first."""

SHAPES = (SHAPE_LEVELS, 2)
"""Elements above a block whose tags and names make up the shape of its markup, strict and loose."""

ALIKE = -2
"""Stands for the strict shape among the levels of containers."""

PAGE_NUMBERS = 18
"""Columns at the end of the matrix that hold for the whole page."""

TRAITS = (
    "link share, commas, stops, ends with a stop, spaceless share, is long, is an item, "
    "is a heading, is hidden, stands elsewhere, stands earlier, stands in the data"
).split(", ")
"""Columns of `Seen.traits`; the last three are shares of a block's runs of words."""

_LONG = 15
"""Words beyond which a block is no label."""

_TITLE = 0.8
"""Share of a block's words that stand in the page's title, from which it is that title."""


_TAGS = (
    "p div li td h1 h2 h3 h4 h5 h6 pre blockquote dd dt figcaption section article body th button "
    "footer header nav center main ul ol form tr summary span a label time aside table"
).split()
_TAG_NUMBER = {tag: number for number, tag in enumerate(_TAGS)}
_KIND_NUMBER = {kind: number for number, kind in enumerate(Kind)}
_PARAGRAPH, _HEADING, _LIST_ITEM, _TABLE, _CODE = (
    _KIND_NUMBER[kind]
    for kind in (Kind.PARAGRAPH, Kind.HEADING, Kind.LIST_ITEM, Kind.TABLE, Kind.CODE)
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as the engine sees it.

    Attributes:
        rows: orders of the blocks with text, one a row of the matrix.
        matrix: what is known of each, shape (rows, features).
        words: words a row (a character of a script without spaces is one).
        around: container indices above each row, nearest first, -1 past the root; (rows, DEPTH).
        held: the same, but the outermost again past the root.
        read: the words of each row that are looked up.
        names: the names of each look in the page.
        near: the looks of the elements above each row, nearest first; (rows, LEVELS_READ).
        alike: for each row the group of those in markup of the same shape, by `SHAPES`.
        traits: what the summary of a page's verdicts rests on, by `TRAITS`; (rows, traits).
    """

    rows: Ints
    matrix: Floats
    words: Floats
    around: Ints
    held: Ints
    read: Bags
    names: Bags
    near: Ints
    alike: Ints
    traits: Floats

    def group(self, level: int) -> Ints:
        """The container of each row at a level, or at `ALIKE` its group of the same shape."""
        return self.alike[:, 0] if level == ALIKE else self.held[:, level]


class _Blocks(NamedTuple):
    """Blocks field by field: what `Block` has, each for all of them."""

    orders: Sequence[int]
    kinds: Sequence[Kind]
    texts: Sequence[str]
    elements: Sequence[int]
    segments: Sequence[int]
    levels: Sequence[int]
    runs: Sequence[tuple[Run, ...]]
    rows: Sequence[tuple[tuple[Cell, ...], ...]]
    places: Sequence[ListPlace | None]
    quote_depths: Sequence[int]
    languages: Sequence[str]
    heading_paths: Sequence[tuple[int, ...]]
    hidden: Sequence[Hidden]


def see(page: Page, odds: Odds) -> Seen:
    """What is seen of a page."""
    with_text = [block for block in page.blocks if block.text]
    looks = Looks.of(page.elements)
    if not with_text:
        return _nothing(looks)
    blocks = _Blocks(*zip(*with_text, strict=True))
    read = Bags.of(list(map(words_of, blocks.texts)))
    around, held = _around(page.elements, _whole(blocks.elements))
    text = text_columns(blocks.texts, blocks.runs, blocks.rows)
    kinds = _whole([_KIND_NUMBER[kind] for kind in blocks.kinds])
    words = np.ascontiguousarray(text[:, 0])
    alike = _alike(looks, around)
    by_words = word_columns(page, blocks.texts, read, odds)
    repeats = repeat_columns(page, blocks.texts, read)
    columns = [
        text,
        by_words,
        repeats,
        _kind_columns(blocks, kinds, looks),
        name_columns(looks, around, odds),
        _place_columns(words, blocks, by_words[:, 4]),
        _container_columns(text, around, held, kinds),
        _repetition_columns(alike[:, 0], text),
        _near_columns(text, kinds),
        _page_columns(page, kinds, text),
    ]
    matrix = np.concatenate(columns, axis=1, dtype=np.float32)
    near = looks.of_elements.take(around[:, :LEVELS_READ])
    rows = _whole(blocks.orders)
    traits = _traits(blocks, kinds, text, repeats)
    return Seen(rows, matrix, words, around, held, read, looks.names, near, alike, traits)


def _traits(blocks: _Blocks, kinds: Ints, text: Floats, repeats: Floats) -> Floats:
    own = [
        text[:, 0] > _LONG,
        kinds == _LIST_ITEM,
        _whole(blocks.levels) > 0,
        [bool(hidden) for hidden in blocks.hidden],
    ]
    marked = np.stack(own, axis=1).astype(np.float32)
    return np.concatenate([text[:, [5, 9, 10, 11, 16]], marked, repeats[:, 1:4]], axis=1)


def _nothing(looks: Looks) -> Seen:
    """A page without text."""
    none = np.zeros((0, 0), dtype=np.float32)
    nowhere = np.zeros((0, DEPTH), dtype=np.int64)
    rows, words, read = nowhere[:, 0], none[:, 0:0].ravel(), Bags.of([])
    return Seen(rows, none, words, nowhere, nowhere, read, looks.names, nowhere, nowhere, none)


def _whole(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


# ------------------------------------------------------------ containers


def _around(elements: Sequence[Element], nearest: Ints) -> tuple[Ints, Ints]:
    """Container indices above each row, nearest first: -1 past the root, or the outermost again."""
    parents = _whole([*(element.parent for element in elements), -1])  # [-1] is -1's own
    chain = np.empty((DEPTH, len(nearest)), dtype=np.int64)
    held = np.empty_like(chain)
    chain[0] = held[0] = nearest
    for level in range(1, DEPTH):
        parents.take(chain[level - 1], out=chain[level], mode="wrap")
        held[level] = np.where(chain[level] >= 0, chain[level], held[level - 1])
    return np.ascontiguousarray(chain.T), np.ascontiguousarray(held.T)


def _container_columns(text: Floats, around: Ints, held: Ints, kinds: Ints) -> Floats:
    """Words, links and company in the containers one, two, three and five levels up."""
    words, characters, linked = text[:, 0], text[:, 2], text[:, 4]
    paragraphs = (kinds == _PARAGRAPH).astype(np.float32)
    size = int(around.max()) + 2
    flat = (around + 1).ravel()
    sums = [
        np.bincount(flat, np.repeat(values, DEPTH), size)
        for values in (words, characters, linked, np.ones_like(words), paragraphs)
    ]
    total = max(float(words.sum()), 1.0)
    columns = []
    for level in (1, 2, 3, 5):
        at = held[:, level] + 1
        w, c, ln, n, p = (s.take(at) for s in sums)
        columns += [
            w / total,
            ln / np.maximum(c, 1),
            w / np.maximum(n, 1),
            np.log1p(p),
            np.log1p(n),
        ]
    return np.stack(columns, axis=1, dtype=np.float32)


# ------------------------------------------------------------ markup


def _kind_columns(blocks: _Blocks, kinds: Ints, looks: Looks) -> Floats:
    """What a block is: tag, kind, list and quote depth, hidden-ness."""
    columns = np.zeros((len(kinds), len(_TAGS) + 8), dtype=np.float32)
    own = [_TAG_NUMBER.get(tag, len(_TAGS)) for tag, _ in looks.pairs]
    own.append(len(_TAGS))  # what stands in no element
    tags = _whole(own).take(looks.of_elements).take(_whole(blocks.elements), mode="wrap")
    columns[np.arange(len(kinds)), tags] = 1
    counted: tuple[Iterable[int], ...] = (
        kinds,
        blocks.levels,
        [place.depth + 1 if place else 0 for place in blocks.places],
        blocks.quote_depths,
        map(len, blocks.rows),
        map(len, blocks.heading_paths),
        map(bool, blocks.hidden),
        [text.count("\n") for text in blocks.texts],
    )
    for column, numbers in enumerate(counted, len(_TAGS)):
        columns[:, column] = list(numbers)
    return columns


# ------------------------------------------------------------ place and company


def _place_columns(words: Floats, blocks: _Blocks, in_title: Floats) -> Floats:
    """Where in the page a block stands, and where from its first heading and from its title."""
    n = len(words)
    order = np.arange(n, dtype=np.float32)
    total = max(float(words.sum()), 1.0)
    before = np.concatenate([[0], np.cumsum(words)[:-1]])
    shown = np.array([not hidden for hidden in blocks.hidden])
    heading = (_whole(blocks.levels) == 1) & shown
    title = (in_title >= _TITLE) & (words > 1) & shown
    from_heading, from_title = (
        order - np.argmax(flags) if flags.any() else np.full(n, -999, dtype=np.float32)
        for flags in (heading, title)
    )
    _, inverse, counts = np.unique(_whole(blocks.segments), return_inverse=True, return_counts=True)
    in_segment = np.bincount(inverse, words).take(inverse)
    company = counts.take(inverse)
    return np.stack(
        [
            order / n,
            before / total,
            order,
            n - order,
            before,
            total - before,
            from_heading,
            from_heading / n,
            from_title,
            from_title / n,
            company,
            in_segment / total,
            np.log1p(in_segment / company),
        ],
        axis=1,
        dtype=np.float32,
    )


def _alike(looks: Looks, around: Ints) -> Ints:
    """For each row the group of those in markup of the same shape, by `SHAPES`."""
    shapes: dict[tuple[str, str], int] = {}
    seen = [(tag, marks[:SHAPE_NAMES]) for tag, marks in looks.pairs]
    shape = [shapes.setdefault(pair, len(shapes) + 1) for pair in seen]
    table = _whole([*shape, 0]).take(looks.of_elements)
    groups = []
    for levels in SHAPES:
        key = np.zeros(len(around), dtype=np.int64)
        for level in range(levels):
            key = key * 1_000_003 + table.take(around[:, level], mode="wrap")  # any hash will do
        groups.append(np.unique(key, return_inverse=True)[1])
    return np.stack(groups, axis=1)


def _repetition_columns(group: Ints, text: Floats) -> Floats:
    """How many blocks stand in markup of the same shape, and what they are like."""
    counts = np.bincount(group)
    means = (np.bincount(group, text[:, column]) / counts for column in (0, 5))
    columns = np.stack([np.log1p(counts), *means], axis=1, dtype=np.float32)
    return columns.take(group, axis=0)


def _near_columns(text: Floats, kinds: Ints) -> Floats:
    """The same of the three blocks before and after, and means over wider windows."""
    n = len(kinds)
    some = [(kinds == kind).astype(np.float32) for kind in (_HEADING, _PARAGRAPH, _LIST_ITEM)]
    looks = np.concatenate([text[:, [1, 5, 10, 11]], np.stack(some, axis=1)], axis=1)
    edge = np.full((3, looks.shape[1]), -1, dtype=np.float32)
    padded = np.concatenate([edge, looks, edge])
    columns = [padded[3 + step : 3 + step + n] for step in (-3, -2, -1, 1, 2, 3)]
    columns += [_window_means(text[:, [1, 5]], reach) for reach in (3, 8, 20)]
    return np.concatenate(columns, axis=1)


def _window_means(values: Floats, reach: int) -> Floats:
    """Means of the columns over `reach` rows to either side."""
    n = len(values)
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    first = np.maximum(np.arange(n) - reach, 0)
    last = np.minimum(np.arange(n) + reach + 1, n)
    means: Floats = ((sums[last] - sums[first]) / (last - first)[:, None]).astype(np.float32)
    return means


def _page_columns(page: Page, kinds: Ints, text: Floats) -> Floats:
    """What holds for the whole page, the same in every row."""
    words = text[:, 0]
    total = max(float(words.sum()), 1.0)
    in_paragraphs = words[kinds == _PARAGRAPH].sum()
    tags = [element.tag for element in page.elements]
    values = [
        np.log1p(total),
        np.log1p(len(kinds)),
        float(in_paragraphs) / total,
        float(text[:, 4].sum() / max(float(text[:, 2].sum()), 1.0)),
        min(tags.count("article"), 20),
        "main" in tags,
        min(tags.count("h1"), 5),
        np.log1p((kinds == _LIST_ITEM).sum()),
        np.log1p((kinds == _TABLE).sum()),
        np.log1p((kinds == _HEADING).sum()),
        np.log1p((kinds == _CODE).sum()),
        np.log1p(tags.count("p")),
        page.facts.page_kind == "article",
        page.facts.page_kind == "product",
        page.facts.page_kind is not None,
        page.facts.page_kind == "listing",
        page.facts.page_kind == "forum",
        float(text[:, 16].mean()),
    ]
    row = np.array(values, dtype=np.float32)
    return np.repeat(row[None, :], len(kinds), axis=0)


# ------------------------------------------------------------ the second look


def context(probabilities: Floats, seen: Seen) -> Floats:
    """What a first guess says of a block's neighbours, containers, likes and page; (rows, 22)."""
    n = len(probabilities)
    words = seen.words
    edge = np.full(4, -1, dtype=np.float32)
    padded = np.concatenate([edge, probabilities, edge])
    columns = [padded[4 + step : 4 + step + n] for step in range(-4, 5)]
    weighted = np.stack([probabilities * words, words], axis=1)
    for reach in (5, 15, 40):
        means = _window_means(weighted, reach)
        columns.append(means[:, 0] / np.maximum(means[:, 1], 1e-6))
    total = max(float(words.sum()), 1e-6)
    kept = max(float((probabilities * words).sum()), 1e-6)
    columns.append(np.full(n, kept / total, dtype=np.float32))
    before = np.concatenate([[0], np.cumsum(probabilities * words)[:-1]]) / kept
    columns.append(before.astype(np.float32))
    for level in (1, 2, 3, 4, 6):
        at = seen.held[:, level] + 1
        held = np.bincount(at, words)
        columns.append((np.bincount(at, probabilities * words) / np.maximum(held, 1e-6))[at])
    columns += [
        (np.bincount(group, probabilities) / np.bincount(group))[group] for group in seen.alike.T
    ]
    columns.append(np.full(n, probabilities.max(), dtype=np.float32))
    return np.stack(columns, axis=1).astype(np.float32)
