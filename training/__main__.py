"""Makes the weights, and measures them first on pages of sites that they were not trained on:
`python -m training ../shared/bench/dev.jsonl.zst`."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from catboost import CatBoostRegressor, Pool

from training.alignment import tokens, word_f1
from training.dataset import Example, census, read_examples
from training.fit import TREES, fit, forest_of
from webis_mcp.engine import Verdicts
from webis_mcp.engine.embedded import Selector, spread, summary
from webis_mcp.engine.letters import Floats
from webis_mcp.page.writing import Writing, write_text
from webis_mcp.service.deciding import THRESHOLD, decide

WEIGHTS = Path(__file__).parents[1] / "webis_mcp" / "engine" / "weights" / "selector.npz"


@dataclass(frozen=True, slots=True)
class Judged:
    """A page judged by a selector that was not trained on its site."""

    example: Example
    probabilities: Floats
    summary: Floats
    f1: float
    text: str


def judge_out_of_fold(
    examples: Sequence[Example], folds: int, skip: frozenset[str]
) -> list[Judged]:
    """Every page, judged by a selector trained on the other folds' pages, less `skip` sources."""
    judged = []
    for fold in range(folds):
        start = time.monotonic()
        taught = [e for e in examples if e.fold(folds) != fold and e.source not in skip]
        selector = fit(taught)
        mine = [e for e in examples if e.fold(folds) == fold]
        judged += [_judged(selector, example) for example in mine]
        print(f"fold {fold}: {len(mine)} pages, {time.monotonic() - start:.0f} s", flush=True)
    return judged


def _judged(selector: Selector, example: Example) -> Judged:
    seen = example.seen(selector.odds)
    found = selector.probabilities(seen)
    everyone = spread(found, seen, len(example.page.blocks))
    verdicts = Verdicts("", tuple(map(float, everyone)), 0.0)
    text = write_text(example.page, decide(example.page, verdicts).keep, Writing())
    f1 = word_f1(tokens(text), tokens(example.gold))
    return Judged(example, found, summary(seen, found), f1, text)


def calibrated(selector: Selector, judged: Sequence[Judged]) -> Selector:
    """The selector with the slope and shift that fit the out-of-fold verdicts, and a grade."""
    p = np.clip(np.concatenate([j.probabilities for j in judged]), 1e-6, 1 - 1e-6)
    labels = np.concatenate([j.example.labels for j in judged])
    slope, shift = fit_line(np.log(p / (1 - p)), labels.astype(np.float64))
    pool = Pool(np.stack([j.summary for j in judged]), np.array([j.f1 for j in judged]))
    grade = CatBoostRegressor(
        loss_function="RMSE",
        **(TREES | {"iterations": 120, "depth": 4, "learning_rate": 0.06, "rsm": 1.0}),
    ).fit(pool)
    return replace(
        selector,
        slope=slope,
        shift=shift,
        grade=forest_of(grade),
    )


def fit_line(
    log_odds: npt.NDArray[np.floating], labels: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Slope and shift of log-odds that make them probabilities (Platt 1999, by Newton's steps)."""
    columns = np.stack([log_odds, np.ones_like(log_odds)], axis=1).astype(np.float64)
    line = np.array([1.0, 0.0])
    for _ in range(20):
        p = 1 / (1 + np.exp(-columns @ line))
        bend = columns.T @ (columns * (p * (1 - p))[:, None])
        line = line - np.linalg.solve(bend, columns.T @ (p - labels))
    return float(line[0]), float(line[1])


def report(judged: Sequence[Judged]) -> None:
    """Mean word F1, by source and by page type."""
    groups: dict[str, list[float]] = defaultdict(list)
    for one in judged:
        for name in ("all", f"source {one.example.source}", f"type {one.example.page_type}"):
            groups[name].append(one.f1)
        if one.example.language == "zh":
            groups["language zh"].append(one.f1)
    for name, scores in groups.items():
        print(f"{name:28} {len(scores):5} {np.mean(scores):.4f}")


def write_texts(judged: Sequence[Judged], path: Path) -> None:
    """What was extracted of each page, a JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for one in judged:
            file.write(json.dumps({"id": one.example.id, "text": one.text}) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("data", type=Path, help="dev.jsonl.zst of the measuring ground")
    parser.add_argument(
        "--folds", type=int, default=5, help="folds by site, for figures and calibration"
    )
    parser.add_argument("--limit", type=int, help="only so many pages, for a quick try")
    parser.add_argument("--skip", default="daniel", help="sources not trained on, with commas")
    parser.add_argument(
        "--texts", type=Path, help="write what is extracted out of fold to this file"
    )
    parser.add_argument("--no-weights", action="store_true", help="measure only")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    chosen = parser.parse_args()
    examples = read_examples(chosen.data, limit=chosen.limit)
    print(census(examples), flush=True)
    skip = frozenset(filter(None, chosen.skip.split(",")))
    judged = judge_out_of_fold(examples, chosen.folds, skip)
    print(f"word F1 out of fold, threshold {THRESHOLD}")
    report(judged)
    if chosen.texts:
        write_texts(judged, chosen.texts)
    if chosen.no_weights:
        return
    selector = calibrated(fit([e for e in examples if e.source not in skip]), judged)
    with chosen.out.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **selector.arrays())
    print(f"{chosen.out.name}: {chosen.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
