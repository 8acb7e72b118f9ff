"""The engine that is always there: a trained selector, in this process, on the CPU.

Two judges of different kinds look at the same page: forests of trees, which weigh what can be
counted, a first guess and a second look that sees the first guess around it; and a net, which reads
words and names. What they say is added up. Weights come with the package, made by `training/` from
labelled pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from webis_mcp.engine import Verdicts
from webis_mcp.engine.features import PAGE_NUMBERS, TRAITS, Seen, context, see
from webis_mcp.engine.forest import Forest, sigmoid
from webis_mcp.engine.letters import Floats
from webis_mcp.engine.net import Net
from webis_mcp.engine.words import Odds
from webis_mcp.page.model import Page

NAME = "embedded"

LEAST_TOLD = 20
"""Words that the structured data must share with a page to say anything of it."""

BANDS, MOST_BAND = (0.1, 0.3, 0.6, 0.8, 0.9, 0.95), 50.0
"""Thresholds that a page's verdicts are summed up at, and the most that such a sum counts for."""

COMMAS, STOPS, HIDDEN = map(TRAITS.index, ("commas", "stops", "is hidden"))


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each judge's log-odds count: so that the sum is right as often as it says."""

    forest: float = 1.0
    net: float = 1.0
    shift: float = 0.0

    def __call__(self, forest: Floats, net: Floats) -> Floats:
        """Log-odds of content."""
        own, other, shift = (np.float32(value) for value in (self.forest, self.net, self.shift))
        return own * forest + other * net + shift


@dataclass(frozen=True, slots=True)
class Selector:
    """What was learned.

    Attributes:
        odds: of words and names.
        first: the first guess, over a page's matrix.
        second: the second look, over the matrix and what the first guess says around each row.
        net: the other judge.
        blend: of the second look and the net.
        grade: guesses the word F1 of a page from `summary`.
    """

    odds: Odds
    first: Forest
    second: Forest
    net: Net
    blend: Blend = Blend()
    grade: Forest | None = None

    def both(self, seen: Seen) -> tuple[Floats, Floats]:
        """What the forests and the net say of every row, as log-odds."""
        if not len(seen.rows):
            return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.float32)
        return looked_twice(self.first, self.second, seen), self.net(seen)

    def probabilities(self, seen: Seen) -> Floats:
        """The probability of content for every row."""
        return sigmoid(self.blend(*self.both(seen)))

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
            "blend": np.array([self.blend.forest, self.blend.net, self.blend.shift]),
            **self.first.arrays("first"),
            **self.second.arrays("second"),
            **self.net.arrays(),
        }
        return stored | (self.grade.arrays("grade") if self.grade else {})

    @classmethod
    def of(cls, stored: Mapping[str, npt.NDArray[np.generic]]) -> Selector:
        """The selector that was stored."""
        forest, net, shift = (float(value) for value in stored["blend"])
        return cls(
            odds=Odds(
                words=stored["odds.words"].astype(np.float32),
                names=stored["odds.names"].astype(np.float32),
            ),
            first=Forest.of(stored, "first"),
            second=Forest.of(stored, "second"),
            net=Net.of(stored),
            blend=Blend(forest, net, shift),
            grade=Forest.of(stored, "grade") if "grade.bias" in stored else None,
        )


def looked_twice(first: Forest, second: Forest, seen: Seen) -> Floats:
    """What a second look says, once it has seen the first guess around each row."""
    around = context(sigmoid(first(seen.matrix)), seen)
    return second(np.concatenate([seen.matrix, around], axis=1))


def summary(seen: Seen, probabilities: Floats) -> Floats:
    """A page's verdicts in a few numbers: what the guess of their quality rests on."""
    words = seen.words
    total = max(float(words.sum()), 1.0)
    kept = float(words[probabilities >= 0.5].sum())
    doubt = 1 - np.abs(2 * probabilities - 1)
    sure = float(words[probabilities >= 0.9].sum())
    unsure = float(words[(probabilities > 0.1) & (probabilities < 0.9)].sum())
    flips = float(np.abs(np.diff(probabilities)).sum())
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
            _best_f1(words, probabilities),
        ],
        dtype=np.float32,
    )
    page = seen.matrix[0, -PAGE_NUMBERS:]
    parts = [own, page, _spread(words, probabilities), _traits_of_kept(seen, probabilities)]
    return np.concatenate(parts).astype(np.float32)


def _spread(words: Floats, probabilities: Floats) -> Floats:
    """How much more or less would be kept at other thresholds, and how close together it stands."""
    kept = np.flatnonzero(probabilities >= 0.5)
    size = max(float(words[kept].sum()), 1.0)
    bands = [float(words[probabilities >= least].sum()) / size for least in BANDS]
    span = int(kept[-1] - kept[0]) + 1 if len(kept) else 0
    close = [span / len(words), len(kept) / max(span, 1)]
    return np.array([*np.minimum(bands, MOST_BAND), *close], dtype=np.float32)


def _traits_of_kept(seen: Seen, probabilities: Floats) -> Floats:
    """What the content is like: the traits of its words, its blocks and, of the words that the
    structured data has, too, how many are content and what share of it they are."""
    words, traits = seen.words, seen.traits
    content = probabilities * words
    size = max(float(content.sum()), 1e-6)
    told = traits[:, -1] * words
    is_told = float(told.sum()) > LEAST_TOLD
    shown = float((told * probabilities).sum())
    more = [
        shown / float(told.sum()) if is_told else -1.0,
        shown / size if is_told else -1.0,
        float((probabilities * traits[:, COMMAS]).sum()) / size,
        float((probabilities * traits[:, STOPS]).sum()) / size,
        size / max(float(probabilities.sum()), 1e-6),
        np.log1p(float((probabilities > 0.5).sum())),
        float((words * traits[:, HIDDEN]).sum()) / max(float(words.sum()), 1.0),
    ]
    return np.concatenate([content @ traits / size, more], dtype=np.float32)


def _best_f1(words: Floats, probabilities: Floats) -> float:
    """The F1 to be expected at the threshold where it is highest."""
    order = np.argsort(-probabilities, kind="stable")
    kept = np.cumsum(words[order])
    right = np.cumsum((probabilities * words)[order])
    return float((2 * right / np.maximum(kept + right[-1], 1.0)).max())


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
    return Verdicts(NAME, tuple(everyone.tolist()), selector.quality(seen, found))


def spread(probabilities: Floats, seen: Seen, blocks: int) -> Floats:
    """Probabilities for all blocks: one without text gets the mean of those before and after."""
    if not len(seen.rows):
        return np.zeros(blocks, dtype=np.float32)
    return np.interp(np.arange(blocks), seen.rows, probabilities).astype(np.float32)
