"""A small net that reads a page: the words of its blocks, the names around them, and each other.

Every block becomes a row of numbers, of what `features` counts and of what its words and names were
learned to mean. Layer by layer a row then takes in a row before it, one after it, and the mean of a
container that it stands in. It is trained elsewhere (`training/`) and evaluated here by numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from webis_mcp.engine.features import ALIKE, Seen, group_of
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
        sums: Floats = rows @ self.weights + self.shift
        return sums


@dataclass(frozen=True, slots=True)
class Norm:
    """Each row by its own mean and deviation, then a gain and a shift for each column."""

    gain: Floats
    shift: Floats

    def __call__(self, rows: Floats) -> Floats:
        centred = rows - rows.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + np.float32(1e-5))
        normed: Floats = centred / spread * self.gain + self.shift
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
            own = norm(rows)
            company = [own, *_beside(own, reach), _mean_of_container(own, seen, level)]
            rows = rows + out(_positive(mix(np.concatenate(company, axis=1))))
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
    return np.maximum(rows, np.float32(0))


def _beside(rows: Floats, reach: int) -> tuple[Floats, Floats]:
    """For each row the one so far before and the one so far after it; zeros beyond the page."""
    padded = np.zeros((len(rows) + 2 * reach, rows.shape[1]), dtype=np.float32)
    padded[reach:-reach] = rows
    return padded[: len(rows)], padded[2 * reach :]


def _mean_of_container(rows: Floats, seen: Seen, level: int) -> Floats:
    """For each row the mean of those in its container at a level."""
    if level == PAGE:
        mean: Floats = rows.mean(axis=0, keepdims=True)
        return np.broadcast_to(mean, rows.shape)
    container = group_of(seen, level)
    order = np.argsort(container, kind="stable")
    ordered = container[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.concatenate([starts, [len(rows)]]))
    means = np.add.reduceat(rows[order], starts) / sizes[:, None].astype(np.float32)
    spread = np.empty_like(rows)
    spread[order] = np.repeat(means, sizes, axis=0)
    return spread


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
