"""What the words of blocks and the names around them say, by the odds learned for their hashes."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from webis_mcp.engine.letters import SPACELESS_RANGES, Floats
from webis_mcp.page.model import Block, Element, Page

Ints = npt.NDArray[np.int64]

BUCKETS = 1 << 15
"""Hash buckets for words and for names."""

WORDS_READ = 32
"""Words of a block that are looked up; half from its start, half from its end."""

_AROUND = (
    "nav header footer aside main article form table ul ol section figure button dialog blockquote "
    "dl details pre center address"
).split()
_NAME = re.compile(r"[a-z]+|[^\W\d_a-z]+")
_WORD = re.compile(r"[^\W\d_]+")
_NO_SPACES = re.compile("[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in SPACELESS_RANGES) + "]")


@dataclass(frozen=True, slots=True)
class Odds:
    """Log-odds of content by hash bucket, learned: for words of text and for names in markup."""

    words: Floats
    names: Floats


def bucket(word: str) -> int:
    """The hash bucket of a word or a name."""
    return zlib.crc32(word.encode("utf-8", "replace")) & (BUCKETS - 1)


def words_of(text: str) -> list[str]:
    """The words of a block that are looked up: lower-cased; pairs of characters where a script has
    no spaces."""
    found = _WORD.findall(text[:2000].lower())
    if not text.isascii() and _NO_SPACES.search(text):
        found = [piece for word in found for piece in _pairs(word)]
    if len(found) > WORDS_READ:
        found = found[: WORDS_READ // 2] + found[-WORDS_READ // 2 :]
    return found


def _pairs(word: str) -> list[str]:
    if len(word) > 2 and _NO_SPACES.match(word):
        return [word[at : at + 2] for at in range(min(len(word) - 1, WORDS_READ))]
    return [word]


class _Buckets:
    """Buckets of words, hashed once a page."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def of(self, words: Sequence[str]) -> list[int]:
        known = self._known
        for word in words:
            if word not in known:
                known[word] = bucket(word)
        return [known[word] for word in words]


def word_columns(page: Page, blocks: Sequence[Block], odds: Odds) -> Floats:
    """What the words say: their odds, and how many stand in the page's title and description."""
    buckets = _Buckets()
    in_title, in_description = np.zeros((2, BUCKETS), dtype=np.float32)
    in_title[buckets.of(words_of(page.facts.title or ""))] = 1
    in_description[buckets.of(words_of(page.facts.description or ""))] = 1
    flat: list[int] = []
    counts = np.zeros(len(blocks), dtype=np.int64)
    for row, block in enumerate(blocks):
        found = buckets.of(words_of(block.text))
        counts[row] = len(found)
        flat += found
    known = odds.words[flat]
    heads = [block.text[:200] for block in blocks]
    repeated = Counter(heads)
    columns = np.zeros((len(blocks), 7), dtype=np.float32)
    some = np.flatnonzero(counts)
    if len(some):
        starts = (np.cumsum(counts) - counts)[some]
        size = counts[some]
        columns[some, 0] = np.add.reduceat(known, starts) / size
        columns[some, 1] = np.maximum.reduceat(known, starts)
        columns[some, 2] = np.minimum.reduceat(known, starts)
        columns[some, 3] = known[starts]
        columns[some, 4] = np.add.reduceat(in_title[flat], starts) / size
        columns[some, 5] = np.add.reduceat(in_description[flat], starts) / size
    columns[:, 6] = [repeated[head] for head in heads]
    return columns


def names_of(tag: str, marks: str) -> list[str]:
    """An element's tag, and the words in its class, id, role and itemprop."""
    words = _NAME.findall(marks.lower()) if marks else []
    return ["<" + tag, *(word for word in words[:12] if 2 < len(word) < 25)]


def name_columns(elements: Sequence[Element], around: Ints, odds: Odds) -> Floats:
    """What the names around a block say, and which landmarks it stands in."""
    looks: dict[tuple[str, str], int] = {}
    look = [looks.setdefault((e.tag, e.marks), len(looks)) for e in elements]
    own = _look_columns(looks, odds)[[*look, -1]]  # the last row is for "no container"
    near = own[around[:, :6]]
    mean = near[:, :, 0].sum(1) / np.maximum(near[:, :, 1].sum(1), 1)
    named = [mean, near[:, :, 2].max(1), near[:, :, 3].min(1), *(near[:, at, 0] for at in range(3))]
    depth = (around >= 0).sum(1)
    landmarks = own[around[:, 1:], 4:].max(1)
    return np.concatenate([np.stack([*named, depth], axis=1), landmarks], axis=1).astype(np.float32)


def _look_columns(looks: Mapping[tuple[str, str], int], odds: Odds) -> Floats:
    """For each distinct tag and names: sum, number, highest and lowest odds; then its landmark.

    One more row, of neutral values, comes last.
    """
    names = [names_of(tag, marks) for tag, marks in looks]
    buckets = _Buckets()
    known = odds.names[[number for own in names for number in buckets.of(own)]]
    counts = np.array([len(own) for own in names], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    columns = np.zeros((len(looks) + 1, 5 + len(_AROUND)), dtype=np.float32)
    columns[-1, 2:4] = (-9, 9)
    columns[:-1, 0] = np.add.reduceat(known, starts)
    columns[:-1, 1] = counts
    columns[:-1, 2] = np.maximum.reduceat(known, starts)
    columns[:-1, 3] = np.minimum.reduceat(known, starts)
    landmarks = {tag: number for number, tag in enumerate(_AROUND)}
    for row, (tag, marks) in enumerate(looks):
        columns[row, 4] = "aria-hidden" in marks
        if tag in landmarks:
            columns[row, 5 + landmarks[tag]] = 1
    return columns
