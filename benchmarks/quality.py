"""Main content beside the peers', on labelled pages of sites we were not trained on.

    python -m training ../shared/bench/dev.jsonl.zst --texts out/ours.jsonl
    python -m benchmarks.quality ../shared/bench out/ours.jsonl

The first command writes what we extract of each page with weights that were trained without its
site; the second runs the peers on the same pages, each in a process of its own, and prints tables:
quality, then word F1 by source, page type and language, each with how far we are from the best peer
there; and on pages whose labels are strings that must and must not be there, which taught nothing,
the shares of these. Scores are those of the measuring ground's own scorer. Our time and memory are
those of the shipped weights. Peers that are not installed are left out (`benchmarks/peers.py` names
them).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.ground import records as labelled
from benchmarks.ground import scorer_of, shuffle
from benchmarks.peers import PEERS, Ran, run_one
from webis_mcp.service.pipeline import extract_page
from webis_mcp.service.request import Request

OURS = "webis-mcp"
COLUMNS = ("word", "word_p", "word_r", "shingle4", "rouge5", "with", "without")
FEWEST = 10
"""Pages of a group that is shown."""

SAME = 0.005
"""Two word F1 of a page no further apart than this count as alike."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An extractor: what it made of each page, how that scores, and what it cost."""

    texts: Sequence[str]
    scores: Sequence[Mapping[str, float | None]]
    milliseconds: Sequence[float]
    megabytes: float


def score(
    scorer: ModuleType, records: Iterable[dict[str, Any]], texts: Iterable[str]
) -> list[dict[str, float | None]]:
    """Scores of pages: word, shingle4 and rouge5 F1, with and without shares."""
    metrics = ("word", "shingle4", "rouge5")
    return [scorer.score_page(r, t, metrics) for r, t in zip(records, texts, strict=True)]


def mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else float("nan")


def pages_of(
    bench: Path, ours: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The pages of which there are texts of ours, and those with strings for labels, of sites that
    taught nothing."""
    every = list(labelled(bench / "dev.jsonl.zst"))
    taught = {r["site"] for r in every if r["gold_kind"] == "text"}
    others = [r for r in every if r["gold_kind"] == "segments" and r["site"] not in taught]
    return [r for r in every if r["id"] in ours], others


def measure(
    bench: Path, records: Sequence[dict[str, Any]], ours: Mapping[str, str]
) -> dict[str, Entry]:
    """An entry for each extractor that is installed; ours is of the texts where there are any,
    else of the shipped weights."""
    pages = [(r["html"], r["url"] or None) for r in records]
    scorer = scorer_of(bench)
    entries = {}
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in a reader; before a process has loaded numpy
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in PEERS:
            ran: Ran | None = pool.apply(run_one, (name, pages))
            if ran is not None:
                texts = ran.texts
                if name == OURS:
                    texts = [ours[r["id"]] if ours else plain(r) for r in records]
                scores = score(scorer, records, texts)
                entries[name] = Entry(texts, scores, ran.milliseconds, ran.megabytes)
    return entries


def plain(record: Mapping[str, Any]) -> str:
    """A page as the shipped weights have it, as text: marks of Markdown are no words."""
    request = Request(format="text")
    return extract_page(record["html"], url=record["url"] or None, request=request).content


def tell_all(entries: Mapping[str, Entry]) -> None:
    """Print all figures of each extractor."""
    print("| extractor | " + " | ".join(COLUMNS) + " | empty | CPU ms p50 | p95 | peak MB |")
    print("|---|" + "---:|" * (len(COLUMNS) + 4))
    for name, entry in entries.items():
        empty = sum(not text.strip() for text in entry.texts)
        cells = [f"{mean(row.get(column) for row in entry.scores):.3f}" for column in COLUMNS]
        middle = statistics.median(entry.milliseconds)
        late = sorted(entry.milliseconds)[int(len(entry.milliseconds) * 0.95)]
        cost = f"{middle:.1f} | {late:.1f} | {entry.megabytes:.0f}"
        print(f"| {name} | " + " | ".join(cells) + f" | {empty} | {cost} |")


def groups_of(key: str, records: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Which pages are of each source, page type or language; small groups are left out."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        groups[str(record[key])].append(index)
    return {name: rows for name, rows in groups.items() if len(rows) >= FEWEST}


def tell_by(key: str, records: Sequence[Mapping[str, Any]], entries: Mapping[str, Entry]) -> None:
    """Print word F1 for each source, page type or language."""
    shown = groups_of(key, records)
    print(f"\nword F1 by {key}\n")
    print("| extractor | " + " | ".join(f"{k} ({len(v)})" for k, v in shown.items()) + " |")
    print("|---|" + "---:|" * len(shown))
    for name, entry in entries.items():
        cells = [f"{mean(entry.scores[i].get('word') for i in v):.3f}" for v in shown.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


def tell_beside(
    key: str, records: Sequence[Mapping[str, Any]], entries: Mapping[str, Entry]
) -> None:
    """Print how far above the best peer of each group we are, with the error of that mean, and on
    how many pages we are better and worse."""
    words = {name: [row.get("word") or 0.0 for row in e.scores] for name, e in entries.items()}
    ours = words.pop(OURS)
    if not words:
        return
    print(f"\nword F1 above the best peer by {key}\n")
    print("| | best peer | above it | better on | worse on |")
    print("|---|---|---:|---:|---:|")
    for group, rows in groups_of(key, records).items():
        best = max(words, key=lambda name: mean(words[name][i] for i in rows))
        apart = [ours[i] - words[best][i] for i in rows]
        error = statistics.stdev(apart) / len(apart) ** 0.5
        better, worse = (sum(sign * one > SAME for one in apart) for sign in (1, -1))
        print(f"| {group} | {best} | {mean(apart):+.3f} ± {error:.3f} | {better} | {worse} |")


def tell_strings(pages: int, entries: Mapping[str, Entry]) -> None:
    """Print what of the strings that must, and must not, be in a text is there."""
    print(f"\nstrings that must and must not be there, {pages} pages\n")
    print("| extractor | with | without | empty |")
    print("|---|---:|---:|---:|")
    for name, entry in entries.items():
        shares = [f"{mean(row.get(c) for row in entry.scores):.3f}" for c in ("with", "without")]
        empty = sum(not text.strip() for text in entry.texts)
        print(f"| {name} | " + " | ".join(shares) + f" | {empty} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst, scorer.py")
    parser.add_argument("ours", type=Path, help="our texts, out of fold: id and text a line")
    parser.add_argument("--pages", type=int, help="only so many of each kind, always the same ones")
    chosen = parser.parse_args()
    lines = chosen.ours.read_text(encoding="utf-8").splitlines()
    ours = {row["id"]: row["text"] for row in map(json.loads, lines)}
    whole, others = pages_of(chosen.bench, ours)
    if chosen.pages:
        whole, others = (shuffle(found)[: chosen.pages] for found in (whole, others))
    entries = measure(chosen.bench, whole, ours)
    print(f"{len(whole)} pages\n")
    tell_all(entries)
    for key in ("source", "page_type", "lang"):
        tell_by(key, whole, entries)
        tell_beside(key, whole, entries)
    tell_strings(len(others), measure(chosen.bench, others, {}))


if __name__ == "__main__":
    main()
