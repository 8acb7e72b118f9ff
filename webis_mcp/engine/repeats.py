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
        _, first, inverse = np.unique(runs, return_index=True, return_inverse=True)
        held = np.unique(inverse * len(texts) + rows) // len(texts)
        elsewhere = np.bincount(held)[inverse] > 1
        earlier = rows[first][inverse] < rows
        for at, flags in enumerate((elsewhere, earlier, np.isin(runs, told)), start=1):
            columns[:, at] = np.bincount(rows, flags, len(texts)) / sizes
    columns[:, 4] = np.log1p(len(told))
    return columns


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
