"""Which words of a page stand in it more than once, and which its structured data holds as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from webis_mcp.engine.letters import Floats
from webis_mcp.engine.words import BUCKETS, Bags, Ints, every_word
from webis_mcp.page.model import Page

RUN = 3
"""Words in a row by which texts are compared."""

_HEAD = 200
"""Characters at the start of a block by which it is taken for a repetition of another."""


def repeat_columns(page: Page, texts: Sequence[str], read: Bags) -> Floats:
    """How often a block stands before it already; the shares of its runs of words that stand in
    other blocks, in earlier ones and in the structured data of what the page is about; how much
    that holds; and the share of what stands in the structured data of others."""
    runs, rows = _runs(read)
    columns = np.zeros((len(texts), 6), dtype=np.float32)
    columns[:, 0] = np.log1p(_earlier(texts))
    if len(runs):
        first, last, which = _reach(runs, rows)
        elsewhere = (first < last).take(which)
        earlier = first.take(which) < rows
        for at, flags in enumerate((elsewhere, earlier), start=1):
            columns[:, at] = _shares(flags, rows, len(texts))
    if page.facts.body:
        told = _told(page.facts.body)
        columns[:, 3] = _share_in(told, read, runs, rows)
        columns[:, 4] = np.log1p(len(told.runs))
    if page.facts.others:
        columns[:, 5] = _share_in(_told(page.facts.others), read, runs, rows)
    return columns


def _shares(flags: npt.NDArray[np.bool_], rows: Ints, size: int) -> Floats:
    """For each block the share of its runs of words that are marked."""
    of_each = np.maximum(np.bincount(rows, minlength=size), 1)
    return (np.bincount(rows, flags, size) / of_each).astype(np.float32)


def _reach(runs: Ints, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """The first and the last row that each distinct run stands in, and which of them every run is.
    One sort does for all three.
    """
    order = np.argsort(runs)
    ordered = runs[order]
    is_start = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    starts = np.flatnonzero(is_start)
    which = np.empty_like(order)
    which[order] = np.cumsum(is_start) - 1
    in_order = rows[order]
    first, last = (ends.reduceat(in_order, starts) for ends in (np.minimum, np.maximum))
    return first, last, which


def _earlier(texts: Sequence[str]) -> list[int]:
    """For each block how many before it begin with the same words."""
    seen: Counter[str] = Counter()
    found = []
    for text in texts:
        head = text[:_HEAD]
        found.append(seen[head])
        seen[head] += 1
    return found


class _Told(NamedTuple):
    """A text of the structured data: its runs of words, and its lines too short for one."""

    runs: Ints
    short: Ints


def _told(text: str) -> _Told:
    lines = Bags.of([every_word(line) for line in text.split("\n")])
    return _Told(_runs(lines)[0], _short(lines)[0])


def _share_in(told: _Told, read: Bags, runs: Ints, rows: Ints) -> Floats:
    """For each block the share of its runs of words that a text has; of one that is too short for
    any 1 where it is a line of it."""
    share = _shares(np.isin(runs, told.runs), rows, len(read.counts))
    short, of = _short(read)
    share[of] = np.isin(short, told.short)
    return share


def _short(bags: Bags) -> tuple[Ints, Ints]:
    """The texts of fewer words than a run as one number each, and the bag that it is of."""
    of = np.flatnonzero((bags.counts > 0) & (bags.counts < RUN))
    starts = (np.cumsum(bags.counts) - bags.counts)[of]
    numbers = np.zeros(len(of), dtype=np.int64)
    for step in range(RUN - 1):
        has = bags.counts[of] > step
        word = bags.flat.take(np.where(has, starts + step, 0)) + 1
        numbers = numbers * (BUCKETS + 1) + np.where(has, word, 0)
    return numbers, of


def _runs(bags: Bags) -> tuple[Ints, Ints]:
    """Every run of words as one number, and the bag that it is of."""
    rows = np.repeat(np.arange(len(bags.counts)), bags.counts)
    last = max(len(rows) - RUN + 1, 0)
    runs = np.zeros(last, dtype=np.int64)
    for step in range(RUN):
        runs = runs * BUCKETS + bags.flat[step : step + last]
    whole = rows[:last] == rows[RUN - 1 :][:last]
    return runs[whole], rows[:last][whole]
