"""Title, author and date of labelled pages, beside trafilatura's on the same pages.

    python -m benchmarks.facts ../shared/bench/dev.jsonl.zst --limit 500

A fact is right when it is the label's but for case, white space and the form of quotation marks; a
date, when it is of the same day. `right` is the share of the pages with a label, `precise` that of
the pages for which a fact was given. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ground import records

Told = Mapping[str, str | None]
Tell = Callable[[str, str | None], Told]

FACTS = ("title", "author", "date")
QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def ours() -> Tell:
    from webis_mcp.page.facts.facts import read_facts
    from webis_mcp.page.tree import parse

    def tell(html: str, url: str | None) -> Told:
        facts = read_facts(parse(html), url=url)
        return {"title": facts.title, "author": facts.author, "date": facts.published}

    return tell


def trafilatura() -> Tell:
    from trafilatura.metadata import extract_metadata

    def tell(html: str, url: str | None) -> Told:
        facts = extract_metadata(html, default_url=url)
        author = facts.author and facts.author.replace("; ", ", ")
        return {"title": facts.title, "author": author, "date": facts.date}

    return tell


PEERS = {"trafilatura": trafilatura}


@dataclass
class Tally:
    """What one reader of facts got right."""

    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FACTS, 0))
    given: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FACTS, 0))
    milliseconds: list[float] = field(default_factory=list)


def folded(fact: str, text: str) -> str:
    """What is compared: the day of a date, the words of a text."""
    if fact == "date":
        return text[:10]
    return " ".join(unicodedata.normalize("NFKC", text).translate(QUOTES).casefold().split())


def measure(tell: Tell, pages: Iterable[Mapping[str, Any]]) -> Tally:
    """Reads the facts of each page and compares those that it has labels for."""
    tally = Tally()
    for page in pages:
        started = time.process_time()
        told = tell(page["html"], page["url"])
        tally.milliseconds.append((time.process_time() - started) * 1000)
        for fact in FACTS:
            label, text = page[fact], told[fact]
            if label and text:
                tally.given[fact] += 1
                tally.right[fact] += folded(fact, text) == folded(fact, label)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path, help="labelled pages, JSON lines packed with zstandard")
    parser.add_argument("--limit", type=int, default=2000, help="labelled pages to read")
    options = parser.parse_args()

    labelled = (page for page in records(options.pages) if any(page[fact] for fact in FACTS))
    pages = [page for page, _ in zip(labelled, range(options.limit), strict=False)]
    labels = {fact: sum(bool(page[fact]) for page in pages) for fact in FACTS}
    print(f"{len(pages)} pages, CPU time with parsing")
    print(f"{'':14}{'ms p50':>8}" + "".join(f"{fact:>12} precise" for fact in FACTS))
    installed = {name: make for name, make in PEERS.items() if importlib.util.find_spec(name)}
    for name, make in {"webis-mcp": ours, **installed}.items():
        tally = measure(make(), pages)
        row = f"{name:14}{statistics.median(tally.milliseconds):8.1f}"
        for fact in FACTS:
            right, given = tally.right[fact], tally.given[fact]
            row += f"{right / max(1, labels[fact]):12.3f}{right / max(1, given):8.3f}"
        print(row)


if __name__ == "__main__":
    main()
