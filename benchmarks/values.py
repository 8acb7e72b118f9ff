"""Values of labelled pages: accuracy, precision and coverage, with structured data and without.

    python -m benchmarks.values ../shared/bench --peers

A page is asked a schema by its kind (`benchmarks/gold.py`, where it also says when an answer is
right), in three states: `as is`; `no JSON-LD`; `bare`: no JSON-LD, microdata, RDFa and `meta`
either. `accuracy` is the share of the labels that are met, `precise` the share of the values
returned, `coverage` the share of the labels for which a value is returned. `ungrounded` counts
values whose quote is not on the page. Peers that are not installed are left out: `extruct`, read
by the same property names, and `recipe-scrapers` without its code for single sites.
"""

from __future__ import annotations

import argparse
import html as entities
import importlib.util
import json
import multiprocessing
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.gold import ASKED, is_exact, is_right, label_of

if TYPE_CHECKING:
    from webis_mcp.page.model import Page

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_PARTS = 20
"""Blocks that the quote of one value may run over."""

Told = Mapping[str, Any]

_LINKED = re.compile(r"<script[^>]+ld\+json.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_META = re.compile(r"<meta\b[^>]*>", re.IGNORECASE)
_MARKS = re.compile(
    r"\s(?:itemprop|itemscope|itemtype|itemid|typeof|property|vocab|resource)"
    r"(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?(?=[\s>/])",
    re.IGNORECASE,
)

STATES: Mapping[str, Callable[[str], str]] = {
    "as is": lambda html: html,
    "no JSON-LD": lambda html: _LINKED.sub("", html),
    "bare": lambda html: _MARKS.sub("", _META.sub("", _LINKED.sub("", html))),
}


@dataclass
class Tally:
    """What was asked of one field, and what came of it."""

    labels: int = 0
    told: int = 0
    exact: int = 0
    right: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.labels + other.labels,
            self.told + other.told,
            self.exact + other.exact,
            self.right + other.right,
        )

    def row(self) -> str:
        labels, told = max(1, self.labels), max(1, self.told)
        return (
            f"{self.labels:7}{self.exact / labels:8.3f}{self.right / labels:10.3f}"
            f"{self.right / told:9.3f}{self.told / labels:10.3f}"
        )


@dataclass
class Result:
    """What one teller got right of pages of one kind."""

    fields: dict[str, Tally] = field(default_factory=dict)
    ambiguous: int = 0
    ungrounded: int = 0

    def whole(self) -> Tally:
        return sum(self.fields.values(), Tally())


def ours(html: str, kind: str, url: str | None) -> tuple[Told, int, int]:
    """The values, how many of them are ambiguous, and how many ungrounded."""
    from webis_mcp import extract
    from webis_mcp.page.reading.reader import read_page
    from webis_mcp.page.value import Match, leaves

    schema = {"type": "object", "properties": ASKED[kind]}
    findings = extract(html, url=url, json_schema=schema).findings
    assert findings is not None
    page = read_page(html, url=url)
    source = flat(entities.unescape(html))
    values: dict[str, Any] = {}
    ambiguous = ungrounded = 0
    for pointer, leaf in leaves(findings.values):
        if leaf.value is None or leaf.place is None:
            continue
        name = pointer.split("/")[1]
        listed = ASKED[kind][name]["type"] == "array"
        values.setdefault(name, []).append(leaf.value) if listed else values.update(
            {name: leaf.value}
        )
        ambiguous += leaf.match is Match.AMBIGUOUS
        order, quote = leaf.place.block, leaf.place.quote
        where = _from_block(page, order) if order is not None else source
        ungrounded += quote not in where and flat(entities.unescape(quote)) not in source
    return values, ambiguous, ungrounded


def _from_block(page: Page, order: int) -> str:
    """The text of a block and of those after it: a record is told in several."""
    blocks = page.blocks[order : order + MAX_PARTS]
    return "\n".join(block.text for block in blocks if block.text and not block.hidden)


def labelled(path: Path) -> Iterator[dict[str, Any]]:
    """The labelled pages of the measuring ground."""
    with zstd.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def flat(text: str) -> str:
    return " ".join(text.split())


def measure(tell: Any, pages: Iterable[Mapping[str, Any]], strip: Callable[[str], str]) -> Result:
    """Asks each page and compares what is told with its labels."""
    result = Result()
    for page in pages:
        told = tell(strip(page["html"]), page["kind"], page["url"])
        if isinstance(told, tuple):
            told, ambiguous, ungrounded = told
            result.ambiguous += ambiguous
            result.ungrounded += ungrounded
        for name in ASKED[page["kind"]]:
            label = label_of(page, name)
            if label is None:
                continue
            tally = result.fields.setdefault(name, Tally())
            tally.labels += 1
            value = told.get(name)
            if value not in (None, "", []):
                tally.told += 1
                tally.exact += is_exact(value, label)
                tally.right += is_right(name, value, label)
    return result


# ------------------------------------------------------------------ peers

_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "title": ("name", "headline", "og:title"),
    "ingredients": ("recipeIngredient", "ingredients"),
    "steps": ("recipeInstructions",),
    "author": ("author.name", "author"),
    "description": ("description", "og:description"),
    "yields": ("recipeYield",),
    "total_time": ("totalTime",),
    "prep_time": ("prepTime",),
    "cook_time": ("cookTime",),
    "category": ("recipeCategory",),
    "cuisine": ("recipeCuisine",),
    "rating": ("aggregateRating.ratingValue",),
    "site_name": ("og:site_name", "publisher.name"),
    "language": ("inLanguage", "og:locale"),
    "price": ("offers.price", "offers.lowPrice", "product:price:amount", "og:price:amount"),
    "currency": ("offers.priceCurrency", "product:price:currency", "og:price:currency"),
    "sku": ("sku", "productID"),
    "brand": ("brand.name", "brand", "product:brand"),
    "mpn": ("mpn",),
    "gtin": ("gtin13", "gtin", "gtin8", "gtin12", "gtin14"),
    "availability": ("offers.availability", "product:availability"),
    "isbn": ("isbn", "book:isbn"),
    "publisher": ("publisher.name", "publisher"),
    "publication_date": ("datePublished", "book:release_date"),
}
_TYPES = {"recipe": ("Recipe",), "product": ("Product",), "book": ("Book", "Product")}


def by_extruct(html: str, kind: str, url: str | None) -> Told:
    """What extruct reads, looked up by the names of the properties, in the unit that is asked."""
    import extruct

    data = extruct.extract(
        html,
        base_url=url,
        syntaxes=["json-ld", "microdata", "opengraph", "rdfa"],
        uniform=True,
        errors="ignore",
    )
    things = list(_entities([data[s] for s in ("json-ld", "microdata", "rdfa")]))
    main = [t for t in things if set(_list(t.get("@type"))) & set(_TYPES[kind])][:1]
    graph = data["opengraph"][:1]
    told: dict[str, Any] = {}
    for name, asked in ASKED[kind].items():
        found = [v for t in main + graph for path in _PROPERTIES[name] for v in _at(t, path)]
        if asked["type"] == "array":
            told[name] = found
        elif found:
            told[name] = _in_form(name, str(found[0]))
    return told


def _entities(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _entities(item)
    elif isinstance(value, dict):
        yield value
        yield from _entities([value.get("@graph"), value.get("mainEntity")])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _at(value: Any, path: str) -> list[str]:
    for step in path.split("."):
        value = [one[step] for one in _flat(value) if isinstance(one, dict) and step in one]
    return [text for one in _flat(value) for text in _texts(one)]


def _flat(value: Any) -> Iterator[Any]:
    for one in _list(value):
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "itemListElement" in value:
            for one in _flat(value["itemListElement"]):
                yield from _texts(one)
        elif value.get("text") or value.get("name") or value.get("@value"):
            yield str(value.get("text") or value.get("name") or value.get("@value"))
    elif value is not None:
        yield str(value)


def _in_form(name: str, text: str) -> Any:
    from webis_mcp.page.values.typed.times import minutes_of

    if name.endswith("_time"):
        return minutes_of(text)
    return text.rpartition("/")[2] if name == "availability" else text


def by_recipe_scrapers(html: str, kind: str, url: str | None) -> Told:
    """Its path for sites that it has no code for; recipes only."""
    from recipe_scrapers import scrape_html

    told: dict[str, Any] = {}
    if kind != "recipe":
        return told
    calls = {"steps": "instructions_list", "rating": "ratings"}
    try:
        scraper = scrape_html(html, org_url="https://site.example/", supported_only=False)
    except Exception:  # noqa: BLE001 - it fails in many ways where there is no schema
        return told
    for name in ASKED[kind]:
        try:
            told[name] = getattr(scraper, calls.get(name, name))()
        except Exception:  # noqa: BLE001 - each field fails on its own
            continue
    return told


TELLERS: Mapping[str, Any] = {
    "webis-mcp": ours,
    "extruct": by_extruct,
    "recipe_scrapers": by_recipe_scrapers,
}


# ------------------------------------------------------------------ the tables


def fold_of(page: Mapping[str, Any]) -> int:
    """Half of the sites: what was looked at while rules were written is fold 0."""
    return zlib.crc32(str(page["site"]).encode()) % 2


def chosen(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The pages that are measured."""
    pages = [p for p in labelled(options.data / "structured-dev.jsonl.zst") if p["kind"] in ASKED]
    if options.kind:
        pages = [page for page in pages if page["kind"] == options.kind]
    if options.fold is not None:
        pages = [page for page in pages if fold_of(page) == options.fold]
    return pages[:: options.every]


def row_of(job: tuple[str, str, str, list[dict[str, Any]]]) -> tuple[str, str, str, Result]:
    """One teller on the pages of one kind in one state."""
    name, kind, state, pages = job
    return name, kind, state, measure(TELLERS[name], pages, STATES[state])


def show(kind: str, state: str, results: Mapping[str, Result]) -> None:
    """The tables of one kind in one state."""
    print(f"\n## {kind}, {state}")
    head = f"{'':18}{'labels':>7}{'exact':>8}{'accuracy':>10}{'precise':>9}{'coverage':>10}"
    for name, result in results.items():
        note = f"  {result.ambiguous} ambiguous, {result.ungrounded} ungrounded"
        print(f"\n{name}{note if name == 'webis-mcp' else ''}\n{head}")
        for asked, tally in result.fields.items():
            print(f"{asked:18}{tally.row()}")
        print(f"{'all':18}{result.whole().row()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--kind", choices=list(ASKED))
    parser.add_argument("--state", choices=list(STATES))
    parser.add_argument("--fold", type=int, choices=[0, 1], help="half of the sites")
    parser.add_argument("--every", type=int, default=1, help="of the pages only every n-th")
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    pages = chosen(options)
    names = [
        name
        for name in TELLERS
        if name == "webis-mcp" or (options.peers and importlib.util.find_spec(name))
    ]
    jobs = [
        (name, kind, state, [page for page in pages if page["kind"] == kind])
        for kind in ASKED
        for state in STATES
        for name in names
        if options.state in (None, state) and (name != "recipe_scrapers" or kind == "recipe")
    ]
    jobs = [job for job in jobs if job[3]]
    shown: dict[tuple[str, str], dict[str, Result]] = {}
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for name, kind, state, result in pool.imap(row_of, jobs):
            shown.setdefault((kind, state), {})[name] = result
    print(f"{len(pages)} pages of {len({page['site'] for page in pages})} sites")
    for (kind, state), results in shown.items():
        show(kind, state, results)


if __name__ == "__main__":
    main()
