"""What two engines think of a page, made one: in log-odds, the model's word weighed by its worth.

The worth is found anew for each answer, on the blocks that the embedded engine is sure of: a model
that calls menus content there is not believed about what is in doubt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from webis_mcp.engine import Verdicts
from webis_mcp.engine.vllm.view import View, is_sure

BELIEVED, WITNESSES = 0.72, 4.0
"""How often a model is thought right before it has shown anything, and how many lines that counts
as."""

MOST, LEAST = 0.9, 0.7
"""Most that is believed: what is in doubt is harder than what is sure. Below the least, nothing is.
These and the two above were swept with models of known error on labelled pages
(`benchmarks.cascade`): a model gains where it has up to a quarter of the lines wrong, and one that
has more wrong, or tosses a coin, costs at most 0.005 of word F1."""

EDGE = 1.0
"""Log-odds that the embedded engine's opinion counts for where the model alone is asked."""


def worth(view: View, says: Mapping[int, float]) -> float:
    """How often the model is thought right, from the lines whose label is known: 0 to `MOST`."""
    right, lines = 0.0, 0
    for row in view.rows:
        given = [says[order] for order in row.blocks if order in says]
        if row.sure is not None and given:
            mean = sum(given) / len(given)
            right += mean if row.sure else 1 - mean
            lines += 1
    return min(MOST, (right + BELIEVED * WITNESSES) / (lines + WITNESSES))


def fuse(verdicts: Verdicts, says: Mapping[int, float], trust: float) -> Verdicts:
    """The verdicts with what a model says of blocks in doubt, by their order, weighed by trust.

    What the embedded engine is sure of stays as it is: no such block is added or removed.
    """
    content = list(verdicts.content)
    for order, said in says.items():
        if is_sure(content[order]) is None:
            content[order] = _chance(_log_odds(content[order]) + _told(said, trust))
    return replace(verdicts, content=tuple(content))


def follow(verdicts: Verdicts, says: Mapping[int, float]) -> Verdicts:
    """The verdicts with the model's own label wherever it says one; ours is only a shade of it."""
    content = list(verdicts.content)
    for order, said in says.items():
        shade = max(-EDGE, min(EDGE, _log_odds(content[order])))
        content[order] = _chance(shade + _told(said, MOST))
    return replace(verdicts, content=tuple(content))


def _told(said: float, trust: float) -> float:
    """Log-odds of what comes through a channel that is right so often."""
    return _log_odds(trust * said + (1 - trust) * (1 - said))


def _log_odds(probability: float) -> float:
    p = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
