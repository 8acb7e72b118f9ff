"""A forest of symmetric trees, evaluated for all rows and all trees at once.

In a symmetric tree every node of a level asks the same question, so a row's leaf is a number whose
bits are the answers: one comparison and one sum instead of a walk. (The kind that CatBoost grows;
Prokhorenkova et al., NeurIPS 2018.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ROWS_AT_ONCE = 256
"""Rows evaluated together: what they need stays in the cache."""


class _Questions(NamedTuple):
    """What a forest asks, each question once: trees share a third of theirs.

    Attributes:
        features: column asked about, (questions,).
        borders: what it has to be above, (questions, 1).
        of_trees: which question each tree asks, (depth, trees).
    """

    features: npt.NDArray[np.int32]
    borders: Floats
    of_trees: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Forest:
    """Trees that ask the same questions on each level; no deeper than 8, the bits of a byte.

    Attributes:
        features: column asked about, (trees, depth).
        borders: a bit is set where the column is above this, (trees, depth).
        leaves: what a tree adds, (trees, 2 ** depth).
        bias: added to the sum.
    """

    features: npt.NDArray[np.int32]
    borders: Floats
    leaves: Floats
    bias: float

    def __call__(self, matrix: Floats) -> Floats:
        """The sum of all trees for every row of a (rows, columns) matrix."""
        parts = range(0, len(matrix), ROWS_AT_ONCE)
        sums = [self._sum(matrix[start : start + ROWS_AT_ONCE]) for start in parts]
        return np.concatenate(sums) if sums else np.zeros(0, dtype=np.float32)

    def _sum(self, matrix: Floats) -> Floats:
        features, borders, of_trees = self._questions
        # A column of the matrix is taken whole, and the answers of all rows lie side by side: that
        # is three times as quick as picking numbers row by row.
        asked = np.ascontiguousarray(matrix.T).take(features, axis=0)
        answers = (asked > borders).view(np.uint8)
        leaf = answers.take(of_trees[-1], axis=0)
        for level in of_trees[-2::-1]:
            leaf <<= 1
            leaf |= answers.take(level, axis=0)
        first = np.arange(len(self.leaves))[:, None] * self.leaves.shape[1]
        added = self._added.take(first + leaf)
        sums: Floats = (added.sum(axis=0) + self.bias).astype(np.float32)
        return sums

    @cached_property
    def _questions(self) -> _Questions:
        pairs = np.stack([self.features.T.ravel(), self.borders.T.ravel()])
        distinct, which = np.unique(pairs, axis=1, return_inverse=True)
        features, borders = distinct
        of_trees = which.reshape(self.features.shape[::-1])
        return _Questions(features.astype(np.int32), borders[:, None].astype(np.float32), of_trees)

    @cached_property
    def _added(self) -> npt.NDArray[np.float64]:
        """What the leaves of all trees add, one after the other."""
        return self.leaves.ravel().astype(np.float64)

    def arrays(self, name: str) -> dict[str, npt.NDArray[np.generic]]:
        """What to store, each under a name that begins with the forest's."""
        return {
            f"{name}.features": self.features.astype(np.int16),
            f"{name}.borders": self.borders,
            f"{name}.leaves": self.leaves.astype(np.float16),
            f"{name}.bias": np.array(self.bias, dtype=np.float64),
        }

    @classmethod
    def of(cls, stored: Mapping[str, npt.NDArray[np.generic]], name: str) -> Forest:
        """The forest that was stored under a name."""
        return cls(
            features=stored[f"{name}.features"].astype(np.int32),
            borders=stored[f"{name}.borders"].astype(np.float32),
            leaves=stored[f"{name}.leaves"].astype(np.float32),
            bias=float(stored[f"{name}.bias"]),
        )


def sigmoid(values: Floats) -> Floats:
    """From log-odds to probabilities."""
    return (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)
