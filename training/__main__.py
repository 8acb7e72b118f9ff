"""Makes the weights, and measures them first on pages of sites that they were not trained on:
`python -m training ../shared/bench/dev.jsonl.zst`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.dataset import Example, census, read_examples
from training.judging import Judged, Task, fit_blend, run
from training.scoring import (
    Scored,
    fit_grade,
    report,
    report_calibration,
    report_grade,
    score,
)
from webis_mcp.engine.embedded import Blend, Selector, shipped

WEIGHTS = Path(__file__).parents[1] / "webis_mcp" / "engine" / "weights" / "selector.npz"


def by_fold(examples: Sequence[Example], folds: int, skip: frozenset[str]) -> list[Task]:
    """The whole, and for each fold all but its sites; `skip` are sources not trained on."""
    taught = [index for index, one in enumerate(examples) if one.source not in skip]
    own = [example.fold(folds) for example in examples]
    tasks = [Task("all pages", tuple(taught), (), whole=True)]
    for fold in range(folds):
        others = tuple(index for index in taught if own[index] != fold)
        mine = tuple(index for index, at in enumerate(own) if at == fold)
        tasks.append(Task(f"fold {fold}", others, mine))
    return tasks


def by_source(examples: Sequence[Example], skip: frozenset[str]) -> list[Task]:
    """For each source all but its pages, nor other pages of its sites."""
    tasks = []
    for source in sorted({one.source for one in examples} - skip):
        mine = [index for index, one in enumerate(examples) if one.source == source]
        sites = {examples[index].site for index in mine}
        others = [
            index
            for index, one in enumerate(examples)
            if one.source not in skip | {source} and one.site not in sites
        ]
        tasks.append(Task(f"without {source}", tuple(others), tuple(mine)))
    return tasks


def labels_of(examples: Sequence[Example], judged: Sequence[Judged]) -> list[npt.NDArray[np.bool_]]:
    """The labels of the pages that were judged, in their order."""
    return [examples[one.index].labels for one in judged]


def measure(examples: Sequence[Example], judged: Sequence[Judged], blend: Blend) -> list[Scored]:
    """What becomes of the pages, and how often the verdicts are right; prints both."""
    report_calibration(judged, labels_of(examples, judged), blend)
    scored = [score(examples[one.index], one, blend) for one in judged]
    report(scored)
    return scored


def store(selector: Selector, path: Path) -> None:
    """The weights, in a file."""
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **selector.arrays())
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


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
    parser.add_argument("--skip", default="", help="sources not trained on, with commas")
    parser.add_argument("--texts", type=Path, help="write what is extracted out of fold to a file")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    parser.add_argument(
        "--by-source",
        action="store_true",
        help="only measure, leaving out one source at a time; the blend is that of the weights",
    )
    chosen = parser.parse_args()
    examples = read_examples(chosen.data, limit=chosen.limit)
    print(census(examples), flush=True)
    skip = frozenset(filter(None, chosen.skip.split(",")))
    by_what = by_source(examples, skip) if chosen.by_source else None
    results = list(run(examples, by_what or by_fold(examples, chosen.folds, skip)))
    judged = [one for found, _ in results for one in found]
    blend = shipped().blend if by_what else fit_blend(judged, labels_of(examples, judged))
    scored = measure(examples, judged, blend)
    if chosen.texts:
        write_texts(scored, chosen.texts)
    whole = results[0][1]
    if whole is not None:
        report_grade(scored, chosen.folds)
        store(replace(whole, blend=blend, grade=fit_grade(scored)), chosen.out)


if __name__ == "__main__":
    main()
