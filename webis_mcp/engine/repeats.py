"""Which words of a page stand in it more than once, and which its structured data holds as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from webis_mcp.engine.letters import Floats
from webis_mcp.engine.words import BUCKETS, Bags, Ints, every_word
from webis_mcp.page.model import Page

RUN = 3
"""Words in a row by which texts are compared."""

_HEAD = 200
"""Characters at the start of a block by which it is taken for a repetition of another."""


def repeat_columns(page: Page, texts: Sequence[str], read: Bags) -> Floats:
    """How often a block stands before it already, the shares of its runs of words that stand in
    other blocks, in earlier ones and in the structured data, and how much that holds."""
    runs, rows = _runs(read)
    told = _told(page)
    sizes = np.maximum(np.bincount(rows, minlength=len(texts)), 1)
    columns = np.zeros((len(texts), 5), dtype=np.float32)
    columns[:, 0] = np.log1p(_earlier(texts))
    if len(runs):
        distinct, first, last, which = _reach(runs, rows)
        elsewhere = (first < last).take(which)
        earlier = first.take(which) < rows
        is_told = np.isin(distinct, told).take(which) if len(told) else np.zeros_like(earlier)
        for at, flags in enumerate((elsewhere, earlier, is_told), start=1):
            columns[:, at] = np.bincount(rows, flags, len(texts)) / sizes
    columns[:, 4] = np.log1p(len(told))
    return columns


def _reach(runs: Ints, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The distinct runs, the first and the last row that each stands in, and which of them every
    run is. One sort does for all three.
    """
    order = np.argsort(runs)
    ordered = runs[order]
    is_start = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    starts = np.flatnonzero(is_start)
    which = np.empty_like(order)
    which[order] = np.cumsum(is_start) - 1
    in_order = rows[order]
    first, last = (ends.reduceat(in_order, starts) for ends in (np.minimum, np.maximum))
    return ordered[starts], first, last, which


def _earlier(texts: Sequence[str]) -> list[int]:
    """For each block how many before it begin with the same words."""
    seen: Counter[str] = Counter()
    found = []
    for text in texts:
        head = text[:_HEAD]
        found.append(seen[head])
        seen[head] += 1
    return found


def _told(page: Page) -> Ints:
    """The runs of words of the text that the structured data holds."""
    return _runs(Bags.of([every_word(page.facts.body or "")]))[0]


def _runs(bags: Bags) -> tuple[Ints, Ints]:
    """Every run of words as one number, and the bag that it is of."""
    rows = np.repeat(np.arange(len(bags.counts)), bags.counts)
    last = max(len(rows) - RUN + 1, 0)
    runs = np.zeros(last, dtype=np.int64)
    for step in range(RUN):
        runs = runs * BUCKETS + bags.flat[step : step + last]
    whole = rows[:last] == rows[RUN - 1 :][:last]
    return runs[whole], rows[:last][whole]
