"""The engine that is always there: a trained selector, in this process, on the CPU.

A first guess sees each block with its words, names, place and neighbours; a second look sees the
first guess around it. Weights come with the package, made by `training/` from labelled pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from webis_mcp.engine import Verdicts
from webis_mcp.engine.features import Seen, context, see
from webis_mcp.engine.forest import Forest, sigmoid
from webis_mcp.engine.letters import Floats
from webis_mcp.engine.words import Odds
from webis_mcp.page.model import Page

NAME = "embedded"


@dataclass(frozen=True, slots=True)
class Selector:
    """What was learned.

    Attributes:
        odds: of words and names.
        first: the first guess, over a page's matrix.
        second: the second look, over the matrix and what the first guess says around each row.
        slope, shift: calibration of the second look's log-odds.
        grade: guesses the word F1 of a page from `summary`.
    """

    odds: Odds
    first: Forest
    second: Forest
    slope: float = 1.0
    shift: float = 0.0
    grade: Forest | None = None

    def probabilities(self, seen: Seen) -> Floats:
        """The probability of content for every row."""
        if not len(seen.rows):
            return np.zeros(0, dtype=np.float32)
        guess = sigmoid(self.first(seen.matrix))
        log_odds = self.second(np.concatenate([seen.matrix, context(guess, seen)], axis=1))
        return sigmoid(log_odds * np.float32(self.slope) + np.float32(self.shift))

    def quality(self, seen: Seen, probabilities: Floats) -> float:
        """How good an extraction on these probabilities is thought to be, 0 to 1."""
        if self.grade is None or not len(probabilities):
            return 0.0
        grade = self.grade(summary(seen, probabilities)[None, :])[0]
        return float(np.clip(grade, 0.0, 1.0))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What to store."""
        stored: dict[str, npt.NDArray[np.generic]] = {
            "odds.words": self.odds.words.astype(np.float16),
            "odds.names": self.odds.names.astype(np.float16),
            "calibration": np.array([self.slope, self.shift]),
            **self.first.arrays("first"),
            **self.second.arrays("second"),
        }
        return stored | (self.grade.arrays("grade") if self.grade else {})

    @classmethod
    def of(cls, stored: Mapping[str, npt.NDArray[np.generic]]) -> Selector:
        """The selector that was stored."""
        slope, shift = (float(value) for value in stored["calibration"])
        return cls(
            odds=Odds(
                words=stored["odds.words"].astype(np.float32),
                names=stored["odds.names"].astype(np.float32),
            ),
            first=Forest.of(stored, "first"),
            second=Forest.of(stored, "second"),
            slope=slope,
            shift=shift,
            grade=Forest.of(stored, "grade") if "grade.bias" in stored else None,
        )


def summary(seen: Seen, probabilities: Floats) -> Floats:
    """A page's verdicts in a few numbers: what the guess of their quality rests on."""
    words = seen.words
    total = max(float(words.sum()), 1.0)
    kept = float(words[probabilities >= 0.5].sum())
    doubt = 1 - np.abs(2 * probabilities - 1)
    sure = float(words[probabilities >= 0.9].sum())
    unsure = float(words[(probabilities > 0.1) & (probabilities < 0.9)].sum())
    flips = float(np.abs(np.diff(probabilities)).sum())
    expected = float((probabilities * words).sum())
    shared = float((probabilities * words)[probabilities >= 0.5].sum())
    own = np.array(
        [
            np.log1p(kept),
            kept / total,
            sure / max(kept, 1.0),
            unsure / max(kept, 1.0),
            unsure / total,
            float((doubt * words).sum()) / total,
            float(doubt.mean()),
            float(probabilities.max()),
            np.log1p(flips),
            flips / max(float((probabilities >= 0.5).sum()), 1.0),
            2 * shared / max(kept + expected, 1.0),
        ],
        dtype=np.float32,
    )
    return np.concatenate([own, seen.matrix[0, -16:]]).astype(np.float32)


@cache
def shipped() -> Selector:
    """The selector that comes with the package."""
    with (files("webis_mcp.engine") / "weights" / "selector.npz").open("rb") as file:
        return Selector.of(np.load(file))


def judge(page: Page) -> Verdicts:
    """One probability a block, in order; pictures are judged by their neighbours."""
    selector = shipped()
    seen = see(page, selector.odds)
    found = selector.probabilities(seen)
    everyone = spread(found, seen, len(page.blocks))
    return Verdicts(NAME, tuple(float(p) for p in everyone), selector.quality(seen, found))


def spread(probabilities: Floats, seen: Seen, blocks: int) -> Floats:
    """Probabilities for all blocks: one without text gets the mean of those before and after."""
    if not len(seen.rows):
        return np.zeros(blocks, dtype=np.float32)
    return np.interp(np.arange(blocks), seen.rows, probabilities).astype(np.float32)
