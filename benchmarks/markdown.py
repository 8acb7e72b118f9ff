"""Our Markdown beside that of other writers: the same content in, compared with what people wrote.

    python -m benchmarks.markdown ../shared/bench/dev.jsonl.zst --pages 300

Every page is first cut down to its labelled content: text whose words the gold has not is taken out
of its markup, and empty elements with it. All writers are given that same markup, so that none is
judged for what it would have kept. `trafilatura, own extraction` is given the whole page instead.

What is compared is what a CommonMark reader sees: headings, list items, table cells, code blocks,
links (where they lead, with their words) and bold text outside headings, each as F1 over the page's
items, a page counting where either side has some; `structure` pools them. `words` is F1 over the
words that are shown, `alike` how alike the two sources are, character by character.
Writers that are not installed are left out. Needs markdown-it-py and rapidfuzz.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin

import turbohtml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rapidfuzz.distance import Indel

from benchmarks.ground import records
from webis_mcp.page.tree import BLOCK_TAGS, SKIPPED

Write = Callable[[str, str | None], str]
KINDS = ("heading", "item", "cell", "code", "link", "bold")
TABLE_PARTS = frozenset(["td", "th", "tr", "tbody", "thead", "tfoot"])
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


# ------------------------------------------------ the writers


def ours() -> Write:
    from webis_mcp.page.reading.reader import read_page
    from webis_mcp.page.writing.writer import write_markdown

    def write(html: str, url: str | None) -> str:
        page = read_page(html, url=url)
        return write_markdown(page, [True] * len(page.blocks))

    return write


def html_to_markdown() -> Write:
    convert = import_module("html_to_markdown").convert
    return lambda html, url: str(convert(html).content)


def trafilatura() -> Write:
    extract = import_module("trafilatura").extract
    chosen = {"include_links": True, "include_formatting": True, "favor_recall": True}
    return lambda html, url: extract(html, url=url, output_format="markdown", **chosen) or ""


def markdownify() -> Write:
    convert = import_module("markdownify").markdownify
    return lambda html, url: str(convert(html, heading_style="ATX"))


def html2text() -> Write:
    writer = import_module("html2text").HTML2Text
    return lambda html, url: str(writer(baseurl=url or "", bodywidth=0).handle(html))


def turbohtml_itself() -> Write:
    return lambda html, url: turbohtml.parse(html).to_markdown()


WRITERS: dict[str, Callable[[], Write]] = {
    "webis-mcp": ours,
    "html-to-markdown": html_to_markdown,
    "trafilatura": trafilatura,
    "trafilatura, own extraction": trafilatura,
    "markdownify": markdownify,
    "html2text": html2text,
    "turbohtml": turbohtml_itself,
}


# ------------------------------------------------ the labelled content of a page


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def content_of(html: str, gold: str) -> str:
    """The markup of a page without the text that is not in the gold."""
    page = turbohtml.parse(html)
    body = page.find("body")
    if body is None:
        return ""
    for name in SKIPPED - {"head"}:
        for element in list(body.find_all(name)):
            element.decompose()
    segments = [segment for segment in segments_of(body) if words(text_of(segment))]
    for segment, kept in zip(segments, in_gold(segments, gold), strict=True):
        for text in () if kept else segment:
            text.extract()
    drop_empty(body)
    return f"<!DOCTYPE html><html><head></head><body>{body.inner_html}</body></html>"


def text_of(segment: Sequence[turbohtml.Text]) -> str:
    return "".join(text.text for text in segment)


def segments_of(body: turbohtml.Element) -> Iterator[list[turbohtml.Text]]:
    """The text nodes of a page, those together that no block-level element parts."""
    segment: list[turbohtml.Text] = []
    for node in edges_and_texts(body):
        if isinstance(node, turbohtml.Text):
            segment.append(node)
        elif segment:
            yield segment
            segment = []
    if segment:
        yield segment


def edges_and_texts(element: turbohtml.Element) -> Iterator[turbohtml.Text | None]:
    for child in element.children:
        if isinstance(child, turbohtml.Text):
            yield child
        elif isinstance(child, turbohtml.Element):
            is_edge = child.tag in BLOCK_TAGS
            if is_edge:
                yield None
            yield from edges_and_texts(child)
            if is_edge:
                yield None


def in_gold(segments: Sequence[Sequence[turbohtml.Text]], gold: str) -> list[bool]:
    """Which segments the gold has: most of their runs of four words, each used once; of the short
    ones, those that it has as they are, where they stand among the others.
    """
    left = {size: Counter(grams(words(gold), size)) for size in (1, 2, 3, 4)}
    found = [words(text_of(segment)) for segment in segments]
    kept = [len(own) >= 4 and takes(left[4], own) for own in found]
    if not any(kept):
        return kept
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    return [
        is_kept or (first - 3 <= index <= last + 3 and len(own) < 4 and takes(left[len(own)], own))
        for index, (own, is_kept) in enumerate(zip(found, kept, strict=True))
    ]


def takes(left: Counter[tuple[str, ...]], own: Sequence[str]) -> bool:
    """Whether most of a segment's runs of words are there to be taken; then they are."""
    runs = Counter(grams(own, min(len(own), 4)))
    there = runs & left
    if there.total() < 0.6 * runs.total():
        return False
    left.subtract(there)
    return True


def grams(of: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(of[i : i + size]) for i in range(len(of) - size + 1))


def drop_empty(element: turbohtml.Element) -> None:
    """Take out what has no text left; the cells of a table that has some stay where they are."""
    for child in list(element.children):
        if isinstance(child, turbohtml.Element) and child.tag != "br":
            drop_empty(child)
            if child.tag not in TABLE_PARTS and not child.text.strip():
                child.extract()


# ------------------------------------------------ what a reader of Markdown sees


class Seen(NamedTuple):
    """The items of a Markdown text, as (kind, words), and all the words that it shows."""

    items: Counter[tuple[str, str]]
    shown: Counter[str]


def seen(markdown: str, url: str | None) -> Seen:
    found = Seen(Counter(), Counter())
    context: list[str] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        if token.nesting > 0:
            context.append(token.type.removesuffix("_open"))
        elif token.nesting < 0:
            context.pop()
        elif token.type in ("fence", "code_block"):
            add(found, "code", token.content)
        elif token.type == "inline":
            kind = kind_of(context)
            add(found, kind, line_of(token.children or []))
            found.items.update(within(token.children or [], url, bold=kind != "heading"))
    return found


def add(found: Seen, kind: str, text: str) -> None:
    own = words(text)
    found.shown.update(own)
    if kind and own:
        found.items[kind, " ".join(own)] += 1


def kind_of(context: Sequence[str]) -> str:
    if "heading" in context:
        return "heading"
    if "td" in context or "th" in context:
        return "cell"
    return "item" if "list_item" in context else ""


def line_of(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or token.content.startswith("<br"):
            parts.append(" ")
    return "".join(parts)


def within(tokens: Sequence[Token], url: str | None, *, bold: bool) -> Iterator[tuple[str, str]]:
    """The links and the bold texts of a line. In a heading, bold says nothing."""
    opened: list[tuple[str, int]] = []
    for index, token in enumerate(tokens):
        if token.type == "link_open":
            opened.append((resolved(str(token.attrs["href"]), url) + " ", index))
        elif token.type == "strong_open":
            opened.append(("", index))
        elif token.type in ("link_close", "strong_close") and opened:
            where, start = opened.pop()
            text = " ".join(words(line_of(tokens[start:index])))
            if text and where:
                yield "link", where + text
            elif text and bold:
                yield "bold", text


def resolved(href: str, url: str | None) -> str:
    try:
        return urljoin(url or "", href).rstrip("/")
    except ValueError:
        return href


# ------------------------------------------------ scores


def f1(found: Counter[Any], gold: Counter[Any]) -> float | None:
    """F1 of two bags; `None` where both are empty."""
    if not found and not gold:
        return None
    return 2 * (found & gold).total() / (found.total() + gold.total())


def scores(markdown: str, gold: str, url: str | None) -> dict[str, float | None]:
    got, wanted = seen(markdown, url), seen(gold, url)
    row = {kind: f1(of_kind(got, kind), of_kind(wanted, kind)) for kind in KINDS}
    row["structure"] = f1(got.items, wanted.items)
    row["words"] = f1(got.shown, wanted.shown)
    row["alike"] = Indel.normalized_similarity(markdown, gold)
    return row


def of_kind(what: Seen, kind: str) -> Counter[tuple[str, str]]:
    return Counter({item: count for item, count in what.items.items() if item[0] == kind})


def mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.3f}" if known else "-"


class Job(NamedTuple):
    """A page to write: whole, and its labelled content; and what people wrote."""

    id: str
    html: str
    content: str
    url: str | None
    gold: str


def jobs(path: Path, pages: int) -> list[Job]:
    """Labelled pages that have gold Markdown, spread over the set."""
    labelled = [record for record in records(path) if record.get("gold_markdown")]
    step = max(len(labelled) // pages, 1)
    return [
        Job(
            r["id"],
            r["html"],
            content_of(r["html"], r["gold_markdown"]),
            r["url"] or None,
            r["gold_markdown"],
        )
        for r in labelled[::step][:pages]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="labelled pages: dev.jsonl.zst")
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="a folder for what each writer wrote")
    chosen = parser.parse_args()
    pages = jobs(chosen.data, chosen.pages)
    columns = ("structure", *KINDS, "words", "alike")
    print(f"{len(pages)} pages\n\n| writer | {' | '.join(columns)} | CPU ms |")
    print("|---|" + "---:|" * (len(columns) + 1))
    for name, make in WRITERS.items():
        try:
            write = make()
        except ImportError:
            continue
        rows, spent = run(name, write, pages, chosen.keep)
        cells = [mean([row[column] for row in rows]) for column in columns]
        print(f"| {name} | {' | '.join(cells)} | {spent / len(pages) * 1000:.1f} |", flush=True)


def run(
    name: str, write: Write, pages: Sequence[Job], keep: Path | None
) -> tuple[list[dict[str, float | None]], float]:
    """Scores of a writer page by page, and the CPU seconds that it took for all."""
    rows, spent = [], 0.0
    for page in pages:
        html = page.html if name.endswith("own extraction") else page.content
        start = time.process_time()
        try:
            markdown = write(html, page.url)
        except Exception as error:  # noqa: BLE001 - a writer that fails has written nothing
            print(f"{name} failed on {page.id}: {error!r}")
            markdown = ""
        spent += time.process_time() - start
        rows.append(scores(markdown, page.gold, page.url))
        if keep:
            folder = keep / page.id.replace("/", "-")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.md").write_text(markdown, encoding="utf-8")
            (folder / "gold.md").write_text(page.gold, encoding="utf-8")
            (folder / "content.html").write_text(page.content, encoding="utf-8")
    return rows, spent


if __name__ == "__main__":
    main()
