"""A forest of symmetric trees, evaluated for all rows and all trees at once.

In a symmetric tree every node of a level asks the same question, so a row's leaf is a number whose
bits are the answers: one comparison and one sum instead of a walk. (The kind that CatBoost grows;
Prokhorenkova et al., NeurIPS 2018.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ROWS_AT_ONCE = 256
"""Rows evaluated together: what they need stays in the cache."""


@dataclass(frozen=True, slots=True)
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
        trees, depth = self.features.shape
        # A column of the matrix is taken whole, and the answers of all rows lie side by side: that
        # is three times as quick as picking numbers row by row.
        asked = np.ascontiguousarray(matrix.T).take(self.features.T.ravel(), axis=0)
        answers = (asked > self.borders.T.reshape(-1, 1)).view(np.uint8)
        leaf = np.zeros((trees, len(matrix)), dtype=np.uint8)
        for answer in answers.reshape(depth, trees, -1)[::-1]:
            leaf <<= 1
            leaf |= answer
        first = np.arange(trees)[:, None] * self.leaves.shape[1]
        added = self.leaves.ravel().astype(np.float64).take(first + leaf)
        sums: Floats = (added.sum(axis=0) + self.bias).astype(np.float32)
        return sums

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
