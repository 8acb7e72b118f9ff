"""Which blocks of a page a gold text is made of: labels to train on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress

_SPACELESS = "\u0e00-\u0e7f\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+")

NEAR = 3
"""Blocks beyond the first and last sure one that short blocks are still taken from."""


def tokens(text: str) -> list[str]:
    """Words, lower-cased; a character is one in scripts without spaces, as the scorer counts."""
    return _TOKEN.findall(text.lower())


def word_f1(predicted: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of two bags of words; 1 where both are empty."""
    if not predicted or not gold:
        return float(not predicted and not gold)
    shared = sum((Counter(predicted) & Counter(gold)).values())
    return 2 * shared / (len(predicted) + len(gold))


def align(texts: Sequence[str], gold: str) -> list[bool]:
    """Whether each block is part of the gold text.

    Sure blocks first: half of their four-word shingles stand in the gold, each gold shingle used as
    often as it occurs there. Then single blocks are added and removed while the word F1 of the
    whole rises; short ones only within reach of the sure ones.
    """
    words = [tokens(text) for text in texts]
    wanted = tokens(gold)
    if not wanted:
        return [False] * len(texts)
    keep = _sure(words, wanted)
    _refine(words, wanted, keep)
    return keep


def _shingles(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]


def _sure(words: Sequence[list[str]], wanted: list[str]) -> list[bool]:
    left = Counter(_shingles(wanted, 4))
    keep = [False] * len(words)
    for index, own in enumerate(words):
        shingles = _shingles(own, 4)
        found = [shingle for shingle in shingles if left[shingle] > 0]
        if shingles and len(found) >= len(shingles) / 2:
            keep[index] = True
            left.subtract(found)
    return keep


@dataclass(slots=True)
class _Bag:
    """The words kept so far, against those wanted."""

    gold: Counter[str]
    have: Counter[str] = field(default_factory=Counter)
    size: int = 0
    hits: int = 0

    def change(self, own: Sequence[str], sign: int) -> int:
        """How many more wanted words are hit with a block added (1) or removed (-1)."""
        return sum(
            min(self.have[word] + sign * count, self.gold[word])
            - min(self.have[word], self.gold[word])
            for word, count in Counter(own).items()
        )

    def would_rise(self, own: Sequence[str], sign: int) -> bool:
        """Whether the F1 of the bag would."""
        wanted = self.gold.total()
        after = (self.hits + self.change(own, sign)) / (self.size + sign * len(own) + wanted)
        return after > self.hits / (self.size + wanted) + 1e-9

    def flip(self, own: Sequence[str], sign: int) -> None:
        """Add or remove a block."""
        self.hits += self.change(own, sign)
        self.size += sign * len(own)
        for word in own:
            self.have[word] += sign


def _refine(words: Sequence[list[str]], wanted: list[str], keep: list[bool]) -> None:
    """Flip single blocks while the F1 of the bag rises; at most four rounds."""
    bag = _Bag(Counter(wanted))
    for own, kept in zip(words, keep, strict=True):
        if kept:
            bag.flip(own, 1)
    sure = [index for index, kept in enumerate(keep) if kept]
    reach = range(sure[0] - NEAR, sure[-1] + NEAR + 1) if sure else range(len(words))
    shares = [_share(own, bag.gold) for own in words]
    may = [
        bool(own) and (keep[index] or _may_join(index, own, shares[index], reach))
        for index, own in enumerate(words)
    ]
    for _ in range(4):
        flipped = False
        for index in compress(range(len(words)), may):
            sign = -1 if keep[index] else 1
            if bag.would_rise(words[index], sign):
                bag.flip(words[index], sign)
                keep[index] = not keep[index]
                flipped = True
        if not flipped:
            return


def _may_join(index: int, own: list[str], share: float, reach: range) -> bool:
    return share >= 0.6 and (index in reach or len(own) >= 5)


def _share(own: list[str], gold: Counter[str]) -> float:
    return sum(word in gold for word in own) / len(own) if own else 0.0
