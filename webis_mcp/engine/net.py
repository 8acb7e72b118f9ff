"""A small net that reads a page: the words of its blocks, the names around them, and each other.

Every block becomes a row of numbers, of what `features` counts and of what its words and names were
learned to mean. Layer by layer a row then takes in a row before it, one after it, and the mean of a
container that it stands in. It is trained elsewhere (`training/`) and evaluated here by numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from webis_mcp.engine.features import ALIKE, Seen
from webis_mcp.engine.letters import Floats
from webis_mcp.engine.words import Ints

Stored = Mapping[str, npt.NDArray[np.generic]]

PAGE = -1
"""Stands for the page among the levels of containers."""

SHAPE: tuple[tuple[int, int], ...] = ((1, 1), (2, ALIKE), (4, 3), (8, 5), (1, PAGE))
"""For each layer: how far away the rows before and after are that a row takes in, and the level of
the container."""

MOST = 6.0
"""Standard deviations from the mean beyond which a number says no more."""


@dataclass(frozen=True, slots=True)
class Dense:
    """A matrix, and what is added."""

    weights: Floats
    shift: Floats

    def __call__(self, rows: Floats) -> Floats:
        sums: Floats = rows @ self.weights
        sums += self.shift
        return sums


@dataclass(frozen=True, slots=True)
class Norm:
    """Each row by its own mean and deviation, then a gain and a shift for each column."""

    gain: Floats
    shift: Floats

    def __call__(self, rows: Floats) -> Floats:
        each = np.full(rows.shape[1], 1 / rows.shape[1], dtype=np.float32)
        normed: Floats = rows - (rows @ each)[:, None]
        spread = np.sqrt(np.square(normed) @ each + np.float32(1e-5))
        normed /= spread[:, None]
        normed *= self.gain
        normed += self.shift
        return normed


@dataclass(frozen=True, slots=True)
class Net:
    """What was learned.

    Attributes:
        words, names: what each hash bucket means, (buckets, numbers).
        columns: the columns of the matrix that are looked at.
        centre, spread: their mean and deviation, once squashed.
        entry: from all that is known of a block alone to a row.
        norms, mixes, outs: the layers, by `SHAPE`.
        last, head: from a row to log-odds of content.
    """

    words: Floats
    names: Floats
    columns: Ints
    centre: Floats
    spread: Floats
    entry: Dense
    norms: Sequence[Norm]
    mixes: Sequence[Dense]
    outs: Sequence[Dense]
    last: Norm
    head: Dense

    def __call__(self, seen: Seen) -> Floats:
        """Log-odds of content for every row."""
        alone = [
            scaled(seen.matrix[:, self.columns], self.centre, self.spread),
            seen.read.means(self.words),
            seen.names.means(self.names)[seen.near].reshape(len(seen.near), -1),
        ]
        rows = _positive(self.entry(np.concatenate(alone, axis=1)))
        for (reach, level), norm, mix, out in zip(
            SHAPE, self.norms, self.mixes, self.outs, strict=True
        ):
            rows += out(_positive(_mixed(mix, norm(rows), reach, _company(seen, level))))
        log_odds: Floats = self.head(_positive(self.last(rows)))[:, 0]
        return log_odds

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What to store: the two tables in bytes, the rest in halves."""
        stored: dict[str, npt.NDArray[np.generic]] = {
            "net.columns": self.columns.astype(np.int16),
            "net.centre": self.centre,
            "net.spread": self.spread,
        }
        for name, table in (("words", self.words), ("names", self.names)):
            step = max(float(np.abs(table).max()), 1e-6) / 127
            stored[f"net.{name}"] = np.round(table / step).astype(np.int8)
            stored[f"net.{name}.step"] = np.array(step, dtype=np.float32)
        for name, (one, other) in _parts(self):
            stored[f"net.{name}.0"] = one.astype(np.float16)
            stored[f"net.{name}.1"] = other.astype(np.float16)
        return stored

    @classmethod
    def of(cls, stored: Stored) -> Net:
        """The net that was stored."""

        def floats(name: str) -> Floats:
            return stored[f"net.{name}"].astype(np.float32)

        def dense(name: str) -> Dense:
            return Dense(floats(f"{name}.0"), floats(f"{name}.1"))

        def norm(name: str) -> Norm:
            return Norm(floats(f"{name}.0"), floats(f"{name}.1"))

        layers = range(len(SHAPE))
        return cls(
            words=floats("words") * floats("words.step"),
            names=floats("names") * floats("names.step"),
            columns=stored["net.columns"].astype(np.int64),
            centre=floats("centre"),
            spread=floats("spread"),
            entry=dense("entry"),
            norms=[norm(f"norm{at}") for at in layers],
            mixes=[dense(f"mix{at}") for at in layers],
            outs=[dense(f"out{at}") for at in layers],
            last=norm("last"),
            head=dense("head"),
        )


def squashed(values: Floats) -> Floats:
    """Large numbers made small, the sign kept."""
    flat: Floats = np.copysign(np.log1p(np.abs(values)), values)
    return flat


def scaled(values: Floats, centre: Floats, spread: Floats) -> Floats:
    """Columns in standard deviations from their means."""
    own: Floats = np.clip((squashed(values) - centre) / spread, -MOST, MOST)
    return own


def _positive(rows: Floats) -> Floats:
    """The rows, what is negative in them set to zero in place."""
    return np.maximum(rows, np.float32(0), out=rows)


class _Company(NamedTuple):
    """Which rows share a container.

    Attributes:
        order: the rows, those of a container side by side.
        starts: where in this order each container begins.
        sizes: rows of each container.
        of_rows: the container of each row, by its number in `starts`.
    """

    order: Ints
    starts: Ints
    sizes: Ints
    of_rows: Ints


def _company(seen: Seen, level: int) -> _Company:
    """The rows of each container at a level."""
    count = len(seen.rows)
    if level == PAGE:
        order = np.arange(count)
        return _Company(order, order[:1], np.array([count]), np.zeros_like(order))
    container = seen.group(level)
    order = np.argsort(container, kind="stable")
    ordered = container[order]
    is_start = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    starts = np.flatnonzero(is_start)
    of_rows = np.empty_like(order)
    of_rows[order] = np.cumsum(is_start) - 1
    return _Company(order, starts, np.diff(starts, append=count), of_rows)


def _mixed(mix: Dense, rows: Floats, reach: int, company: _Company) -> Floats:
    """What `mix` makes of each row beside the row so far before it, the one so far after it, and
    the mean of its container; zeros stand beyond the page.

    The four parts of its weights are applied one by one: a container has one mean for all its rows.
    """
    of_own, of_before, of_after, of_mean = mix.weights.reshape(4, rows.shape[1], -1)
    means = np.add.reduceat(rows[company.order], company.starts)
    means /= company.sizes[:, None].astype(np.float32)
    mixed: Floats = (means @ of_mean + mix.shift)[company.of_rows]
    mixed += rows @ of_own
    mixed[reach:] += rows[:-reach] @ of_before
    mixed[:-reach] += rows[reach:] @ of_after
    return mixed


def _parts(net: Net) -> list[tuple[str, tuple[Floats, Floats]]]:
    """The dense parts and norms under their names, each with its two arrays."""
    dense = {"entry": net.entry, "head": net.head}
    norms = {"last": net.last}
    for at in range(len(SHAPE)):
        dense |= {f"mix{at}": net.mixes[at], f"out{at}": net.outs[at]}
        norms[f"norm{at}"] = net.norms[at]
    return [
        *((name, (part.weights, part.shift)) for name, part in dense.items()),
        *((name, (part.gain, part.shift)) for name, part in norms.items()),
    ]
