"""What a model's margin is worth is found where it is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.weighing import auc, fit, log_odds


@pytest.mark.parametrize("weight", [0.0, 0.7, 2.0])
def test_the_weight_that_labels_were_made_with_is_found(weight: float) -> None:
    chance = np.random.default_rng(3)
    rows = np.column_stack([chance.normal(size=(20_000, 2)), np.ones(20_000)])
    odds = rows[:, 0] + weight * rows[:, 1] - 0.5
    truth = (chance.random(20_000) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    assert fit(rows, truth) == pytest.approx([weight, -0.5], abs=0.1)


def test_a_rank_is_told_whatever_its_scale() -> None:
    truth = np.array([0.0, 1.0, 0.0, 1.0])
    assert auc(np.array([1.0, 9.0, 2.0, 80.0]), truth) == 1
    assert auc(np.array([9.0, 1.0, 9.0, 1.0]), truth) == 0
    assert auc(np.zeros(4), truth) == 0.5
    assert math.isnan(auc(np.zeros(4), np.zeros(4)))


def test_a_certainty_has_finite_log_odds() -> None:
    assert log_odds(1.0) == pytest.approx(-log_odds(0.0))
    assert log_odds(0.5) == 0
