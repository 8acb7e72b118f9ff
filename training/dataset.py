"""Labelled pages as the engine sees them, from the files of the measuring ground."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.ground import records, shuffled
from training.alignment import align, tokens
from webis_mcp.engine.features import Seen, see
from webis_mcp.engine.words import Odds, bucket, names_of, words_of
from webis_mcp.page.model import Page
from webis_mcp.page.reading.reader import read_page


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled page.

    Attributes:
        id, site, source, page_type, language: as the file has them.
        page: what was read of it.
        texts: the text of every block that has one, in order.
        labels: whether each of these is content.
        gold: the gold text.
        words, names: hash buckets of the words of each text, and of the names around it.
    """

    id: str
    site: str
    source: str
    page_type: str
    language: str
    page: Page
    texts: tuple[str, ...]
    labels: npt.NDArray[np.bool_]
    gold: str
    words: tuple[npt.NDArray[np.int64], ...]
    names: tuple[npt.NDArray[np.int64], ...]

    def fold(self, folds: int) -> int:
        """Which fold the page's site is in: pages of one site look alike."""
        return fold_of(self.site, folds)

    def seen(self, odds: Odds) -> Seen:
        """The page as the engine sees it."""
        return see(self.page, odds)


def fold_of(site: str, folds: int) -> int:
    """The fold of a site, by its name's hash, so that it never changes."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % folds


def read_examples(path: Path, *, limit: int | None = None) -> list[Example]:
    """The labelled pages of a file; with a limit, so many of them in a fixed shuffled order."""
    found: Iterable[dict[str, Any]] = (r for r in records(path) if r["gold_kind"] == "text")
    if limit is not None:
        found = shuffled(path, whole_texts=True)[:limit]
    examples = (_example(record) for record in found)
    return [example for example in examples if example.texts]


def _example(record: dict[str, Any]) -> Example:
    page = read_page(record["html"], url=record["url"] or None)
    blocks = [block for block in page.blocks if block.text]
    texts = tuple(block.text for block in blocks)
    return Example(
        id=record["id"],
        site=record["site"],
        source=record["source"],
        page_type=record["page_type"],
        language=record["lang"],
        page=page,
        texts=texts,
        labels=np.array(align(texts, record["gold_text"]), dtype=np.bool_),
        gold=record["gold_text"],
        words=tuple(_buckets(words_of(text)) for text in texts),
        names=tuple(_buckets(_names_around(page, block.element)) for block in blocks),
    )


def _names_around(page: Page, element: int) -> Iterator[bytes]:
    for level, index in enumerate(page.ancestors(element)):
        if level == 6:
            return
        yield from names_of(page.elements[index].tag, page.elements[index].marks)


def _buckets(names: Iterable[bytes]) -> npt.NDArray[np.int64]:
    return np.unique(np.array([bucket(name) for name in names], dtype=np.int64))


def weights_of(example: Example) -> npt.NDArray[np.float64]:
    """How much each block teaches: every page the same, blocks by the root of their length."""
    lengths = np.array([len(tokens(text)) for text in example.texts], dtype=np.float64)
    roots = np.sqrt(lengths + 1)
    weights: npt.NDArray[np.float64] = roots / roots.sum() * 100
    return weights


def census(examples: Sequence[Example]) -> str:
    """What a set is made of, in one line."""
    sources = Counter(example.source for example in examples)
    blocks = sum(len(example.texts) for example in examples)
    return f"{len(examples)} pages, {blocks} blocks: {dict(sources.most_common())}"
