"""How good verdicts are: word F1 of what is extracted on them, calibration, and the guess of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from catboost import CatBoostRegressor, Pool

from training.alignment import tokens, word_f1
from training.dataset import Example, fold_of
from training.fit import TREES, forest_of
from training.judging import Judged
from webis_mcp.engine import Verdicts
from webis_mcp.engine.embedded import Blend
from webis_mcp.engine.forest import Forest
from webis_mcp.engine.letters import Floats
from webis_mcp.page.writing.writer import Writing, write_text
from webis_mcp.service.deciding import decide

WRONG = 0.8
"""A page with a word F1 below this went wrong: what the guess of quality has to find."""

GRADE: dict[str, Any] = TREES | {  # handed on to a library without types
    "iterations": 700,
    "depth": 4,
    "learning_rate": 0.02,
    "rsm": 0.15,
}

WAYS = 5
"""Ways to fold the sites over which the figures of the guess are averaged."""

LOST = 0.6
"""A page with a word F1 below this is lost, whatever it is: how far below is mostly chance, and
such pages would draw the guess of all that look a little like them down."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What becomes of a judged page: its text, the word F1 of that, the summary of its verdicts."""

    example: Example
    text: str
    f1: float
    summary: Floats


def score(example: Example, one: Judged, blend: Blend) -> Scored:
    """Decide and write as the product does."""
    page = example.page
    chances = one.everyone(blend, len(page.blocks))
    text = write_text(page, decide(page, Verdicts("", chances, 0.0)).keep, Writing())
    f1 = word_f1(tokens(text), tokens(example.gold))
    return Scored(example, text, f1, one.summary(blend))


def report(scored: Sequence[Scored]) -> None:
    """Mean word F1, by source, page type and language."""
    groups: dict[str, list[float]] = defaultdict(list)
    for one in scored:
        example = one.example
        for name in ("all", f"source {example.source}", f"type {example.page_type}"):
            groups[name].append(one.f1)
        if example.language == "zh":
            groups["language zh"].append(one.f1)
    for name, scores in groups.items():
        print(f"{name:28} {len(scores):5} {np.mean(scores):.4f}")


def report_calibration(
    judged: Sequence[Judged], labels: Sequence[npt.NDArray[np.bool_]], blend: Blend
) -> None:
    """The expected calibration error, of 15 bins."""
    chances = np.concatenate([one.probabilities(blend) for one in judged])
    wanted = np.concatenate(labels)
    bins = np.minimum((chances * 15).astype(int), 14)
    gaps = [abs(chances[bins == b].mean() - wanted[bins == b].mean()) for b in np.unique(bins)]
    sizes = [(bins == b).mean() for b in np.unique(bins)]
    error = sum(gap * size for gap, size in zip(gaps, sizes, strict=True))
    print(f"blend: {blend}, expected calibration error {error:.4f}")


def fit_grade(scored: Sequence[Scored]) -> Forest:
    """Guesses the word F1 of a page from the summary of its verdicts."""
    wanted = np.array([max(one.f1, LOST) for one in scored])
    pool = Pool(np.stack([one.summary for one in scored]), wanted)
    return forest_of(CatBoostRegressor(loss_function="RMSE", **GRADE).fit(pool))


def report_grade(scored: Sequence[Scored], folds: int) -> None:
    """How well pages that went wrong are told by the guess, out of fold: the mean over ways to fold
    the sites, between which the area differs by 0.007."""
    f1 = np.array([one.f1 for one in scored])
    areas, errors = [], []
    for way in range(WAYS):
        guesses = _guesses(scored, folds, f"grade{way}")
        areas.append(_area(guesses, f1 < WRONG))
        errors.append(np.abs(guesses - f1).mean())
    print(
        f"quality: area under the curve for 'word F1 < {WRONG}' {np.mean(areas):.4f} "
        f"({min(areas):.4f} to {max(areas):.4f}), mean error {np.mean(errors):.4f}"
    )


def _guesses(scored: Sequence[Scored], folds: int, salt: str) -> npt.NDArray[np.float64]:
    """The guess for each page, of a forest that knows no page of its site."""
    own = np.array([fold_of(salt + one.example.site, folds) for one in scored])
    guesses = np.zeros(len(scored))
    for fold in np.unique(own):
        grade = fit_grade([one for one, at in zip(scored, own, strict=True) if at != fold])
        mine = [one.summary for one, at in zip(scored, own, strict=True) if at == fold]
        guesses[own == fold] = grade(np.stack(mine))
    return guesses


def _area(guesses: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_]) -> float:
    """How often a page that went wrong is guessed to be worse than one that did not."""
    ranks = np.argsort(np.argsort(-guesses)) + 1
    ill, well = int(wrong.sum()), int((~wrong).sum())
    return float((ranks[wrong].sum() - ill * (ill + 1) / 2) / max(ill * well, 1))
