"""Fits the forests of the selector, and the odds of words and names that they weigh.

What is learned on a page is never used to look at the same page: the odds, and the first guess that
the second look learns from, are made out of fold, by site.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

from training.dataset import Example, fold_of, weights_of
from webis_mcp.engine.features import Seen, context
from webis_mcp.engine.forest import Forest, sigmoid
from webis_mcp.engine.letters import Floats
from webis_mcp.engine.words import BUCKETS, Odds

INNER_FOLDS = 2
MOST_BLOCKS = 180
"""Blocks of one page that teach: all content, and a sample of the rest, weighted up."""

TREES: dict[str, Any] = {  # handed on to a library without types
    "iterations": 260,
    "depth": 6,
    "learning_rate": 0.12,
    "l2_leaf_reg": 6.0,
    "rsm": 0.35,
    "border_count": 64,
    "random_seed": 7,
    "thread_count": 1,
    "verbose": False,
    "allow_writing_files": False,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.7,
}


def fit_odds(examples: Sequence[Example]) -> Odds:
    """Log-odds of content for each bucket; a page counts once, so that no big site rules."""
    return Odds(words=_log_odds(examples, "words"), names=_log_odds(examples, "names"))


def _log_odds(examples: Sequence[Example], what: str) -> Floats:
    counts = np.zeros((2, BUCKETS))
    for example in examples:
        weights = weights_of(example) / 100
        for buckets, weight, label in zip(
            getattr(example, what), weights, example.labels, strict=True
        ):
            counts[int(label), buckets] += weight
    noise, content = counts
    prior = counts.sum(1)
    smooth = 0.05  # of a page: below that a bucket says nothing
    odds = np.log((content + smooth) / (noise + smooth) * (prior[0] + smooth) / (prior[1] + smooth))
    odds[content + noise < 0.02] = 0
    clipped: Floats = np.clip(odds, -4, 4).astype(np.float32)
    return clipped


@dataclass(slots=True)
class _Table:
    """Rows to learn from."""

    matrix: list[Floats]
    labels: list[npt.NDArray[np.bool_]]
    weights: list[npt.NDArray[np.float64]]

    def add(self, example: Example, matrix: Floats, rows: npt.NDArray[np.int64]) -> None:
        """Some rows of a page, with the weight of all of them."""
        weights = weights_of(example)
        share = weights.sum() / max(weights[rows].sum(), 1e-9)
        self.matrix.append(matrix[rows])
        self.labels.append(example.labels[rows])
        self.weights.append(weights[rows] * share)

    def part(self, keep: Sequence[bool]) -> _Table:
        """The rows of some pages."""
        return _Table(
            list(compress(self.matrix, keep)),
            list(compress(self.labels, keep)),
            list(compress(self.weights, keep)),
        )

    def grow(self) -> Forest:
        pool = Pool(
            np.concatenate(self.matrix),
            np.concatenate(self.labels).astype(np.int8),
            weight=np.concatenate(self.weights),
        )
        model = CatBoostClassifier(loss_function="Logloss", **TREES)
        model.fit(pool)
        return forest_of(model)


def forest_of(model: CatBoostClassifier | CatBoostRegressor) -> Forest:
    """The trees of a fitted model, as arrays."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        stored = json.loads(path.read_text())
    trees = stored["oblivious_trees"]
    depth = max(len(tree["splits"] or []) for tree in trees)
    features = np.zeros((len(trees), depth), dtype=np.int32)
    borders = np.full((len(trees), depth), np.inf, dtype=np.float32)  # never passed: bit stays 0
    leaves = np.zeros((len(trees), 2**depth), dtype=np.float32)
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"] or []):
            features[number, level] = split["float_feature_index"]
            borders[number, level] = split["border"]
        values = tree["leaf_values"]
        leaves[number, : len(values)] = values
    scale, bias = stored["scale_and_bias"]
    return Forest(features, borders, leaves * scale, float(np.ravel(bias)[0]))


def _sample(example: Example, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """The rows of a page that teach."""
    rows = np.arange(len(example.labels))
    noise = rows[~example.labels]
    room = max(MOST_BLOCKS - int(example.labels.sum()), MOST_BLOCKS // 3)
    if len(rows) <= MOST_BLOCKS or len(noise) <= room:
        return rows
    some = generator.choice(noise, room, replace=False)
    return np.sort(np.concatenate([rows[example.labels], some]))


def fit_forests(examples: Sequence[Example], *, seed: int = 7) -> tuple[Odds, Forest, Forest]:
    """Odds, first guess and second look from labelled pages."""
    chance = np.random.default_rng(seed)
    rows = [_sample(example, chance) for example in examples]
    inner = [fold_of("inner" + example.site, INNER_FOLDS) for example in examples]
    seen = _see_out_of_fold(examples, inner)
    guesses: list[Floats] = [np.zeros(0, dtype=np.float32)] * len(examples)
    first = _Table([], [], [])
    for example, one, some in zip(examples, seen, rows, strict=True):
        first.add(example, one.matrix, some)
    for fold in range(INNER_FOLDS):
        forest = first.part([own != fold for own in inner]).grow()
        for index, own in enumerate(inner):
            if own == fold:
                guesses[index] = sigmoid(forest(seen[index].matrix))
    second = _Table([], [], [])
    for example, one, some, guess in zip(examples, seen, rows, guesses, strict=True):
        both = np.concatenate([one.matrix, context(guess, one)], axis=1)
        second.add(example, both, some)
    return fit_odds(examples), first.grow(), second.grow()


def _see_out_of_fold(examples: Sequence[Example], inner: Sequence[int]) -> list[Seen]:
    """Every page by odds that were learned on the other folds."""
    odds = [
        fit_odds([e for e, own in zip(examples, inner, strict=True) if own != fold])
        for fold in range(INNER_FOLDS)
    ]
    return [example.seen(odds[fold]) for example, fold in zip(examples, inner, strict=True)]
