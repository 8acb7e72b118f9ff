"""What two engines think of a page, made one: in log-odds, the model's word weighed by its worth.

The worth is found anew for each answer, on the blocks that the embedded engine is sure of: a model
that calls menus content there is not believed about what is in doubt. Content and noise are looked
at apart, or a model that calls everything noise would seem right on most pages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from webis_mcp.engine import Verdicts
from webis_mcp.engine.vllm.view import View, is_sure

BELIEVED, WITNESSES = 0.6, 2.0
"""How often a model is thought right, of content as of noise, before it has shown anything, and how
many lines of each that counts as."""

MOST, LEAST = 0.9, 0.66
"""Most that is believed: what is in doubt is harder than what is sure. Below the least, nothing is.
These and the two above were swept with models of known error on labelled pages
(`benchmarks.cascade`): a model gains where it has up to a quarter of the lines wrong, and one that
has more wrong, tosses a coin, or calls everything noise costs at most 0.003 of word F1."""

FOLLOWED = 4.0
"""Log-odds of a label that is followed: beyond every threshold, whatever the shade."""

EDGE = 1.0
"""Log-odds that the embedded engine's opinion counts for where the model alone is asked."""


class Worth(NamedTuple):
    """How often a model is thought right about blocks that are content, and about noise."""

    content: float
    noise: float

    @property
    def is_believed(self) -> bool:
        """Whether its word counts at all."""
        return self == UNTRIED or (self.content + self.noise) / 2 >= LEAST


UNTRIED = Worth(BELIEVED, BELIEVED)


def worth(view: View, says: Mapping[int, float]) -> Worth:
    """What a model is worth, by the lines whose label is known."""
    right = {True: 0.0, False: 0.0}
    lines = {True: 0, False: 0}
    for row in view.rows:
        given = [says[order] for order in row.blocks if order in says]
        if row.sure is not None and given:
            mean = sum(given) / len(given)
            right[row.sure] += mean if row.sure else 1 - mean
            lines[row.sure] += 1
    found = (
        min(MOST, (right[sure] + BELIEVED * WITNESSES) / (lines[sure] + WITNESSES))
        for sure in (True, False)
    )
    return Worth(*found)


def fuse(verdicts: Verdicts, says: Mapping[int, float], worth: Worth) -> Verdicts:
    """The verdicts with what a model says of blocks in doubt, by their order, weighed by its worth.

    What the embedded engine is sure of stays as it is: no such block is added or removed.
    """
    content = list(verdicts.content)
    for order, said in says.items():
        if is_sure(content[order]) is None:
            content[order] = _chance(_log_odds(content[order]) + _told(said, worth))
    return replace(verdicts, content=tuple(content))


def follow(verdicts: Verdicts, says: Mapping[int, float]) -> Verdicts:
    """The verdicts with the model's own label wherever it says one; ours is only a shade of it."""
    content = list(verdicts.content)
    for order, said in says.items():
        shade = max(-EDGE, min(EDGE, _log_odds(content[order])))
        content[order] = _chance(shade + FOLLOWED * (2 * said - 1))
    return replace(verdicts, content=tuple(content))


def _told(said: float, worth: Worth) -> float:
    """Log-odds of content, given what was said: how likely that is of content against noise."""
    of_content = said * worth.content + (1 - said) * (1 - worth.content)
    of_noise = said * (1 - worth.noise) + (1 - said) * worth.noise
    return math.log(of_content / of_noise)


def _log_odds(probability: float) -> float:
    p = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
