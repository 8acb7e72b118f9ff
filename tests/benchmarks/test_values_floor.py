"""Values of a sample of the labelled pages do not get worse; the measuring ground may be absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.values import STATES, labelled, measure, ours

GROUND = Path(__file__).parents[2].parent / "shared" / "bench" / "structured-dev.jsonl.zst"
FLOORS = json.loads((Path(__file__).parent / "values_floors.json").read_text(encoding="utf-8"))
EVERY = {"recipe": 24, "product": 10, "book": 10}
"""Every n-th page of a kind: some ten of each, a few seconds."""

pytestmark = pytest.mark.skipif(not GROUND.exists(), reason="the measuring ground is not here")


@pytest.mark.parametrize("kind", FLOORS)
def test_values_stay_above_their_floors_and_none_is_ungrounded(kind: str) -> None:
    pages = [page for page in labelled(GROUND) if page["kind"] == kind][:: EVERY[kind]]
    for state, floors in FLOORS[kind].items():
        result = measure(ours, pages, STATES[state])
        whole = result.whole()
        assert result.ungrounded == 0
        figures = {
            "right": whole.right / whole.labels,
            "precise": whole.right / whole.told,
            "coverage": whole.told / whole.labels,
        }
        for name, floor in floors.items():
            assert figures[name] >= floor, (kind, state, figures)
