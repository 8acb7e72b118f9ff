"""The lowest quality that is let through: word F1 on 300 labelled pages, always the same ones.

    python -m benchmarks.floors ../shared/bench              checks
    python -m benchmarks.floors ../shared/bench --update     raises what has risen
    ... --update --because "why"                             lowers, and keeps the reason

The pages are judged by the weights that are shipped, which were trained on them: the figures say
nothing of how good the engine is, only whether a change of reading, judging or deciding cost
something. What it is worth is measured out of fold by `python -m training`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ground import scorer_of, shuffled
from webis_mcp.service.pipeline import extract_page
from webis_mcp.service.request import Request

FLOORS = Path(__file__).with_name("floors.json")
PAGES = 300
FEWEST = 8
"""Pages of a group that has a floor of its own."""

SLACK = {"all": 0.001}
GROUP_SLACK = 0.01
"""How far below a figure its floor lies: a page more or less of a small group is no loss."""


def measure(bench: Path) -> dict[str, float]:
    """Mean word F1 on the sample: of all pages, and by source and page type."""
    scorer = scorer_of(bench)
    groups: dict[str, list[float]] = defaultdict(list)
    for record in shuffled(bench / "dev.jsonl.zst", whole_texts=True)[:PAGES]:
        request = Request(format="text")
        text = extract_page(record["html"], url=record["url"] or None, request=request).content
        f1 = scorer.word(text, record["gold_text"])[2]
        for group in ("all", f"source {record['source']}", f"type {record['page_type']}"):
            groups[group].append(f1)
    return {name: sum(f) / len(f) for name, f in groups.items() if len(f) >= FEWEST}


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def below(figures: Mapping[str, float], floors: Mapping[str, float]) -> list[str]:
    """What lies below its floor, in words."""
    return [
        f"{name}: {figures.get(name, 0.0):.4f} is below the floor of {floor:.3f}"
        for name, floor in floors.items()
        if figures.get(name, 0.0) < floor
    ]


def floors_of(figures: Mapping[str, float]) -> dict[str, float]:
    """The floor that goes with each figure."""
    return {
        name: math.floor((figure - SLACK.get(name, GROUP_SLACK)) * 1000) / 1000
        for name, figure in figures.items()
    }


def updated(
    known: Mapping[str, Any], figures: Mapping[str, float], corpus: str, because: str | None
) -> dict[str, Any]:
    """The floors after an update: raised where a figure has risen, lowered only for a reason, and
    only where a figure lies below its floor."""
    old: dict[str, float] = known["floors"] if known.get("corpus") == corpus else {}
    held = {name: floor for name, floor in old.items() if figures.get(name, 0.0) >= floor}
    found = floors_of(figures)
    new = {name: max(floor, held.get(name, floor)) for name, floor in found.items()}
    lowered = {name: [floor, new.get(name)] for name, floor in old.items() if name not in held}
    if lowered and not because:
        raise SystemExit(f'This would lower {", ".join(lowered)}. Say why: --because "..."')
    reasons = [*known.get("lowered", []), *([{"because": because, **lowered}] if lowered else [])]
    return {"corpus": corpus, "pages": PAGES, "floors": new, "lowered": reasons}


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floors", description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst, scorer.py")
    parser.add_argument("--update", action="store_true", help="write what was measured")
    parser.add_argument("--because", help="why a floor may be lowered")
    chosen = parser.parse_args(words)
    corpus = digest_of(chosen.bench / "dev.jsonl.zst")
    known = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    if not chosen.update and known.get("corpus") != corpus:
        sys.exit("The labelled pages are not those that the floors were measured on.")
    figures = measure(chosen.bench)
    for name, figure in figures.items():
        print(f"{name:24} {figure:.4f}")
    if chosen.update:
        found = updated(known, figures, corpus, chosen.because)
        FLOORS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    elif missed := below(figures, known["floors"]):
        sys.exit("\n".join(missed))


if __name__ == "__main__":
    main()
