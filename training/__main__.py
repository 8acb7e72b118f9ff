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
from webis_mcp.engine.features import Seen
from webis_mcp.engine.forest import Forest, sigmoid
from webis_mcp.engine.letters import Floats
from webis_mcp.page.writing.writer import Writing, write_text
from webis_mcp.service.deciding import THRESHOLD, decide

WEIGHTS = Path(__file__).parents[1] / "webis_mcp" / "engine" / "weights" / "selector.npz"


@dataclass(frozen=True, slots=True)
class Judged:
    """A page judged by a selector that was not trained on its site.

    Attributes:
        example: the page.
        seen: as the engine saw it, of the matrix only the first row.
        raw: probabilities before calibration.
    """

    example: Example
    seen: Seen
    raw: Floats


@dataclass(frozen=True, slots=True)
class Scored:
    """What becomes of a judged page: its text, the word F1 of that, the summary of its verdicts."""

    example: Example
    text: str
    f1: float
    summary: Floats


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
    return Judged(example, replace(seen, matrix=seen.matrix[:1]), selector.probabilities(seen))


def score(one: Judged, slope: float, shift: float) -> Scored:
    """Decide and write as the product does."""
    odds = _log_odds(one.raw) * slope + shift
    calibrated = sigmoid(odds.astype(np.float32))
    page = one.example.page
    chances = spread(calibrated, one.seen, len(page.blocks))
    keep = decide(page, Verdicts("", tuple(map(float, chances)), 0.0)).keep
    text = write_text(page, keep, Writing())
    f1 = word_f1(tokens(text), tokens(one.example.gold))
    return Scored(one.example, text, f1, summary(one.seen, calibrated))


def _log_odds(probabilities: Floats) -> npt.NDArray[np.float64]:
    p = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def calibration(judged: Sequence[Judged]) -> tuple[float, float]:
    """Slope and shift that make the out-of-fold verdicts probabilities; prints the error left."""
    log_odds = np.concatenate([_log_odds(one.raw) for one in judged])
    labels = np.concatenate([one.example.labels for one in judged]).astype(np.float64)
    slope, shift = fit_line(log_odds, labels)
    chances = 1 / (1 + np.exp(-(log_odds * slope + shift)))
    bins = np.minimum((chances * 15).astype(int), 14)
    gaps = [abs(chances[bins == b].mean() - labels[bins == b].mean()) for b in np.unique(bins)]
    sizes = [(bins == b).mean() for b in np.unique(bins)]
    error = sum(gap * size for gap, size in zip(gaps, sizes, strict=True))
    print(f"calibration: slope {slope:.3f}, shift {shift:.3f}, expected error {error:.4f}")
    return slope, shift


def fit_grade(scored: Sequence[Scored]) -> Forest:
    """Guesses the word F1 of a page from the summary of its verdicts."""
    pool = Pool(np.stack([one.summary for one in scored]), np.array([one.f1 for one in scored]))
    settings = TREES | {"iterations": 120, "depth": 4, "learning_rate": 0.06, "rsm": 1.0}
    return forest_of(CatBoostRegressor(loss_function="RMSE", **settings).fit(pool))


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


def write_texts(scored: Sequence[Scored], path: Path) -> None:
    """What was extracted of each page, a JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for one in scored:
            file.write(json.dumps({"id": one.example.id, "text": one.text}) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("data", type=Path, help="dev.jsonl.zst of the measuring ground")
    parser.add_argument("--folds", type=int, default=5, help="by site, to measure and to calibrate")
    parser.add_argument("--limit", type=int, help="only so many pages, for a quick try")
    parser.add_argument("--skip", default="daniel", help="sources not trained on, with commas")
    parser.add_argument("--texts", type=Path, help="write what is extracted out of fold to a file")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    chosen = parser.parse_args()
    examples = read_examples(chosen.data, limit=chosen.limit)
    print(census(examples), flush=True)
    skip = frozenset(filter(None, chosen.skip.split(",")))
    judged = judge_out_of_fold(examples, chosen.folds, skip)
    slope, shift = calibration(judged)
    scored = [score(one, slope, shift) for one in judged]
    print(f"word F1 out of fold, threshold {THRESHOLD}")
    report(scored)
    if chosen.texts:
        write_texts(scored, chosen.texts)
    fitted = fit([e for e in examples if e.source not in skip])
    selector = replace(fitted, slope=slope, shift=shift, grade=fit_grade(scored))
    with chosen.out.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **selector.arrays())
    print(f"{chosen.out.name}: {chosen.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
