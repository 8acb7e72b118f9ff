"""How much of a recipe stands in what is extracted, beside the peers: pages that taught nothing.

    python -m benchmarks.recipes ../shared/bench

Of each recipe of the measuring ground whose site is not learned from, the ingredients and steps of
its gold are looked for in the text of each extractor. A string is there where 7 of 10 pairs of
neighbouring words of it are (recipes write "1 tbsp" and "1 tablespoon"), and counts where it
stands in the page at all. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.ground import records as labelled
from benchmarks.peers import PEERS, Ran, run_one
from benchmarks.quality import OURS, plain
from webis_mcp.page.reading.reader import read_page

ENOUGH = 0.7
"""Share of the pairs of words of a string from which it counts as there."""

_WORD = re.compile(r"\w+")


class Recipe(NamedTuple):
    """A page with the ingredients and the steps that stand in it."""

    html: str
    url: str | None
    ingredients: Sequence[str]
    steps: Sequence[str]


class Found(NamedTuple):
    """Shares of a recipe's ingredients and steps in a text, and the words of that."""

    ingredients: float
    steps: float
    words: int


def pairs_of(text: str) -> set[tuple[str, ...]]:
    """The pairs of neighbouring words of a text; of a single word that word."""
    words = _WORD.findall(text.lower())
    return set(pairwise(words)) if len(words) > 1 else {(word,) for word in words}


def those_in(strings: Iterable[str], text: str) -> list[str]:
    """The strings that are in a text."""
    there = pairs_of(text) | {(word,) for word in _WORD.findall(text.lower())}
    pairs = ((string, pairs_of(string)) for string in strings)
    return [s for s, wanted in pairs if wanted and len(wanted & there) >= ENOUGH * len(wanted)]


def recipes_of(bench: Path) -> list[Recipe]:
    """The recipes of sites that are not learned from, of which ingredients and steps are shown."""
    taught = {r["site"] for r in labelled(bench / "dev.jsonl.zst") if r["gold_kind"] == "text"}
    found = []
    for record in labelled(bench / "structured-dev.jsonl.zst"):
        if record["kind"] == "recipe" and record["site"] not in taught:
            recipe = _recipe(record)
            if recipe.ingredients and recipe.steps:
                found.append(recipe)
    return found


def _recipe(record: dict[str, Any]) -> Recipe:
    html, url, gold = record["html"], record["url"] or None, record["gold"]
    shown = "\n".join(block.text for block in read_page(html, url=url).blocks)
    parts = (gold.get(key) or () for key in ("ingredients", "instructions_list"))
    return Recipe(html, url, *(those_in(strings, shown) for strings in parts))


def score(recipe: Recipe, text: str) -> Found:
    """What of a recipe stands in a text."""
    wanted = (recipe.ingredients, recipe.steps)
    shares = [len(those_in(strings, text)) / len(strings) for strings in wanted]
    return Found(shares[0], shares[1], len(_WORD.findall(text)))


def tell(name: str, found: Sequence[Found]) -> None:
    """Print an extractor's row."""
    whole = sum(one.ingredients == 1 for one in found)
    none = sum(one.ingredients == 0 for one in found)
    means = (
        statistics.mean(getattr(one, part) for one in found) for part in ("ingredients", "steps")
    )
    counts = (whole, len(found) - whole - none, none, statistics.median(one.words for one in found))
    print(f"| {name} | " + " | ".join([*(f"{m:.3f}" for m in means), *map(str, counts)]) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground")
    recipes = recipes_of(parser.parse_args().bench)
    print(f"{len(recipes)} recipes\n")
    print("| extractor | ingredients | steps | all ingredients | some | none | words, median |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    pages = [(recipe.html, recipe.url) for recipe in recipes]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in PEERS:
            ran: Ran | None = pool.apply(run_one, (name, pages))
            if ran is not None:
                texts = [plain(r._asdict()) for r in recipes] if name == OURS else ran.texts
                tell(name, [score(r, text) for r, text in zip(recipes, texts, strict=True)])


if __name__ == "__main__":
    main()
