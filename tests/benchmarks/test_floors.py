"""Floors rise with the figures, and are lowered only for a reason."""

from __future__ import annotations

import pytest

from benchmarks.floors import below, floors_of, updated

FLOORS = {"all": 0.9, "type forum": 0.8}
OLD = {"corpus": "one", "pages": 300, "floors": FLOORS, "lowered": []}


def test_a_figure_at_its_floor_is_let_through() -> None:
    assert below({"all": 0.9, "type forum": 0.9}, FLOORS) == []


def test_a_figure_below_its_floor_is_told() -> None:
    (told,) = below({"all": 0.95, "type forum": 0.79}, FLOORS)
    assert "type forum" in told


def test_a_group_that_is_no_more_measured_is_below_its_floor() -> None:
    assert below({"all": 0.95}, FLOORS)


def test_a_floor_lies_a_little_below_its_figure() -> None:
    figures = {"all": 0.9261, "type forum": 0.85}
    floors = floors_of(figures)
    assert below(figures, floors) == []
    assert figures["all"] - floors["all"] < 0.003
    assert figures["type forum"] - floors["type forum"] < 0.02


def test_an_update_raises_what_has_risen() -> None:
    new = updated(OLD, {"all": 0.95, "type forum": 0.9}, "one", None)
    assert new["floors"]["all"] > 0.94
    assert new["lowered"] == []


def test_an_update_does_not_lower_a_floor() -> None:
    with pytest.raises(SystemExit, match="type forum"):
        updated(OLD, {"all": 0.95, "type forum": 0.7}, "one", None)


def test_a_floor_that_holds_stays_when_another_is_lowered() -> None:
    new = updated(OLD, {"all": 0.9, "type forum": 0.7}, "one", "comments are left out now")
    assert new["floors"]["all"] == FLOORS["all"]
    assert "all" not in new["lowered"][0]


def test_a_floor_is_lowered_for_a_reason_which_is_kept() -> None:
    new = updated(OLD, {"all": 0.95, "type forum": 0.7}, "one", "comments are left out now")
    assert new["floors"]["type forum"] < 0.7
    (reason,) = new["lowered"]
    assert reason["because"] == "comments are left out now"
    assert reason["type forum"] == [0.8, new["floors"]["type forum"]]


def test_floors_of_other_pages_are_not_compared() -> None:
    new = updated(OLD, {"all": 0.5}, "another", None)
    assert new["floors"]["all"] < 0.5
    assert new["corpus"] == "another"
