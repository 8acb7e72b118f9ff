"""Main content beside trafilatura and others, on labelled pages of sites we were not trained on.

    python -m training ../shared/bench/dev.jsonl.zst --texts out/ours.jsonl
    python -m benchmarks.quality ../shared/bench out/ours.jsonl

The first command writes what we extract of each page with weights that were trained without its
site; the second runs the peers on the same pages and prints one table. Scores are those of the
measuring ground's own scorer. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.speed import records as labelled

Extract = Callable[[str, str | None], str]


def trafilatura(**options: bool) -> Extract:
    from trafilatura import extract

    return lambda html, url: extract(html, url=url, include_comments=False, **options) or ""


def resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, url: str(
        extract_plain_text(html, main_content=True, list_bullets=False, alt_texts=False)
    )


PEERS: dict[str, Callable[[], Extract]] = {
    "trafilatura": trafilatura,
    "trafilatura, recall": lambda: trafilatura(favor_recall=True),
    "resiliparse": resiliparse,
}


def scorer_of(bench: Path) -> ModuleType:
    """The scorer of the measuring ground, as a module."""
    spec = importlib.util.spec_from_file_location("scorer", bench / "scorer.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{bench} has no scorer.py.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_peer(job: tuple[str, list[tuple[str, str | None]]]) -> list[str] | None:
    """What a peer makes of pages, in a process of its own; None where it is not installed."""
    name, pages = job
    try:
        extract = PEERS[name]()
    except ImportError:
        return None
    texts = []
    for page in pages:
        try:
            texts.append(extract(*page))
        except Exception:  # noqa: BLE001 - a peer's failure is an empty answer
            texts.append("")
    return texts


def score(scorer: ModuleType, records: Iterable[dict[str, Any]], texts: Iterable[str]) -> list[Any]:
    """Scores of pages: word, shingle4 and rouge5 F1, with and without shares."""
    metrics = ("word", "shingle4", "rouge5")
    return [scorer.score_page(r, t, metrics) for r, t in zip(records, texts, strict=True)]


def mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst, scorer.py")
    parser.add_argument("ours", type=Path, help="our texts, out of fold: id and text a line")
    parser.add_argument("--pages", type=int, help="only the first so many of our pages")
    chosen = parser.parse_args()
    lines = chosen.ours.read_text(encoding="utf-8").splitlines()[: chosen.pages]
    ours = {row["id"]: row["text"] for row in map(json.loads, lines)}
    records = [r for r in labelled(chosen.bench / "dev.jsonl.zst") if r["id"] in ours]
    pages = [(r["html"], r["url"] or None) for r in records]
    texts: dict[str, list[str]] = {"webis-mcp": [ours[r["id"]] for r in records]}
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in PEERS:
            found = pool.apply(run_peer, ((name, pages),))
            if found is not None:
                texts[name] = found
    scorer = scorer_of(chosen.bench)
    scores = {name: score(scorer, records, found) for name, found in texts.items()}
    tell(records, texts, scores)


def tell(
    records: list[dict[str, Any]], texts: dict[str, list[str]], scores: dict[str, Any]
) -> None:
    """Print the tables: all metrics, then word F1 by source, page type and language."""
    columns = ("word", "word_p", "word_r", "shingle4", "rouge5", "with", "without")
    print(f"{len(records)} pages\n")
    print("| extractor | " + " | ".join(columns) + " | empty |")
    print("|---|" + "---:|" * (len(columns) + 1))
    for name, rows in scores.items():
        empty = sum(not text.strip() for text in texts[name])
        cells = [f"{mean(row.get(column) for row in rows):.3f}" for column in columns]
        print(f"| {name} | " + " | ".join(cells) + f" | {empty} |")
    for key in ("source", "page_type", "lang"):
        groups: dict[str, list[int]] = defaultdict(list)
        for index, record in enumerate(records):
            groups[str(record[key])].append(index)
        shown = {k: v for k, v in groups.items() if len(v) >= 10}
        print(f"\nword F1 by {key}\n")
        print("| extractor | " + " | ".join(f"{k} ({len(v)})" for k, v in shown.items()) + " |")
        print("|---|" + "---:|" * len(shown))
        for name, rows in scores.items():
            cells = [f"{mean(rows[i].get('word') for i in v):.3f}" for v in shown.values()]
            print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
