"""From words in one or two records to the like words in all: by code, and verified.

A pattern is the part of a record that holds a value, and what stands before and after it there. One
that does not give its own examples again is none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webis_mcp.page.value import Spot


@dataclass(frozen=True, slots=True)
class Example:
    """Words of a spot that a reader takes for a value."""

    spot: Spot
    words: str

    @property
    def before(self) -> str:
        return self.spot.text.partition(self.words)[0]

    @property
    def after(self) -> str:
        return self.spot.text.partition(self.words)[2]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Where the values of a field stand in records.

    Attributes:
        key: of the part that holds them.
        before, after: what stands beside them in it; "" where they begin or end it.
        is_label: what stands before them begins the part.
        is_last: of several places that fit, the last one is meant.
    """

    key: str
    before: str
    after: str
    is_label: bool
    is_last: bool

    def words_in(self, record: Sequence[Spot]) -> tuple[str, Spot] | None:
        """The words of a record that fit, and the part that holds them."""
        spot = next((spot for spot in record if spot.key == self.key), None)
        words = self._cut(spot.text) if spot else None
        return (words, spot) if words and spot else None

    def _cut(self, text: str) -> str | None:
        if self.is_label and not text.startswith(self.before):
            return None
        at = text.rfind(self.before) if self.is_last and self.before else text.find(self.before)
        start = at + len(self.before)
        end = text.find(self.after, start) if self.after else len(text)
        return text[start:end].strip() if at >= 0 and end >= 0 else None


def pattern_of(examples: Sequence[Example]) -> Pattern | None:
    """What examples have in common; of two that disagree, the first stands alone."""
    if not examples:
        return None
    key = examples[0].spot.key
    alike = [example for example in examples if example.spot.key == key]
    for pattern in _patterns(key, alike):
        if all(pattern.words_in([one.spot]) == (one.words, one.spot) for one in alike):
            return pattern
    return _alone(examples) if len(alike) > 1 else None


def _alone(examples: Sequence[Example]) -> Pattern | None:
    return pattern_of(examples[:1])


def _patterns(key: str, examples: Sequence[Example]) -> Iterator[Pattern]:
    befores, afters = [e.before for e in examples], [e.after for e in examples]
    before, after = _before(befores), _after(afters)
    if (any(befores) and not before) or (any(afters) and not after):
        return
    is_label = all(one == before for one in befores)
    yield Pattern(key, before, after, is_label, False)
    yield Pattern(key, before, after, False, True)


def _before(texts: Sequence[str]) -> str:
    """What all end with, in whole words."""
    same = _beginning([text[::-1] for text in texts])[::-1]
    return same if all(text == same for text in texts) else re.sub(r"^\w+", "", same)


def _after(texts: Sequence[str]) -> str:
    """What all begin with, in whole words."""
    same = _beginning(texts)
    return same if all(text == same for text in texts) else re.sub(r"\w+$", "", same)


def _beginning(texts: Sequence[str]) -> str:
    """What all begin with."""
    alike = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in alike)
