"""What the words of blocks and the names around them are: hash buckets, and the odds learned for
them. Knows no language and no word."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from webis_mcp.engine.letters import SPACELESS_RANGES, Floats
from webis_mcp.page.model import Block, Element, Page

Ints = npt.NDArray[np.int64]

BUCKETS = 1 << 15
"""Hash buckets for words and for names."""

WORDS_READ = 32
"""Words of a block that are looked up; half from its start, half from its end."""

LEVELS_READ = 6
"""Elements above a block whose names are looked up, nearest first."""

_END = 240
"""Characters at either end of a long text that half of `WORDS_READ` is taken from."""

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


@dataclass(frozen=True, slots=True)
class Bags:
    """Bags of hash buckets, one after the other.

    Attributes:
        flat: the buckets of all bags.
        counts: how many each bag has.
    """

    flat: Ints
    counts: Ints

    @classmethod
    def of(cls, bags: Sequence[Sequence[str]]) -> Bags:
        """The buckets of words, each word hashed once."""
        known = {word: bucket(word) for word in set(chain.from_iterable(bags))}
        counts = np.array([len(words) for words in bags], dtype=np.int64)
        every = map(known.__getitem__, chain.from_iterable(bags))
        return cls(np.fromiter(every, np.int64, int(counts.sum())), counts)

    def means(self, table: Floats) -> Floats:
        """The mean of a table's rows for each bag; zeros for an empty one."""
        means = np.zeros((len(self.counts), table.shape[1]), dtype=np.float32)
        some = np.flatnonzero(self.counts)
        if len(some):
            starts = (np.cumsum(self.counts) - self.counts)[some]
            means[some] = np.add.reduceat(table[self.flat], starts) / self.counts[some, None]
        return means


@dataclass(frozen=True, slots=True)
class Looks:
    """What elements look like: each distinct pair of tag and names once.

    Attributes:
        pairs: tag and names of each.
        names: their hash buckets; one more bag, empty, is for "no element".
        of_elements: the look of each element; the last is for "no element", whose index is -1.
    """

    pairs: Sequence[tuple[str, str]]
    names: Bags
    of_elements: Ints

    @classmethod
    def of(cls, elements: Sequence[Element]) -> Looks:
        known: dict[tuple[str, str], int] = {}
        own = [known.setdefault((e.tag, e.marks), len(known)) for e in elements]
        names = Bags.of([*(names_of(tag, marks) for tag, marks in known), []])
        return cls(list(known), names, np.array([*own, len(known)], dtype=np.int64))


def bucket(word: str) -> int:
    """The hash bucket of a word or a name."""
    return zlib.crc32(word.encode("utf-8", "replace")) & (BUCKETS - 1)


def words_of(text: str) -> list[str]:
    """The words of a block that are looked up: lower-cased; pairs of characters where a script has
    no spaces."""
    if len(text) <= 2 * _END:
        found = every_word(text)
        if len(found) <= WORDS_READ:
            return found
        return found[: WORDS_READ // 2] + found[-WORDS_READ // 2 :]
    return every_word(text[:_END])[: WORDS_READ // 2] + every_word(text[-_END:])[-WORDS_READ // 2 :]


def every_word(text: str) -> list[str]:
    """All words of a text, as `words_of` has them."""
    found = _WORD.findall(text.lower())
    if not text.isascii() and _NO_SPACES.search(text):
        return [piece for word in found for piece in _pairs(word)]
    return found


def _pairs(word: str) -> list[str]:
    if len(word) > 2 and _NO_SPACES.match(word):
        return [word[at : at + 2] for at in range(len(word) - 1)]
    return [word]


def word_columns(page: Page, blocks: Sequence[Block], words: Bags, odds: Odds) -> Floats:
    """What the words say: their odds, and how many stand in the page's title and description."""
    in_title, in_description = np.zeros((2, BUCKETS), dtype=np.float32)
    in_title[[bucket(word) for word in words_of(page.facts.title or "")]] = 1
    in_description[[bucket(word) for word in words_of(page.facts.description or "")]] = 1
    heads = [block.text[:200] for block in blocks]
    repeated = Counter(heads)
    columns = np.zeros((len(blocks), 7), dtype=np.float32)
    some = np.flatnonzero(words.counts)
    if len(some):
        known = odds.words[words.flat]
        starts = (np.cumsum(words.counts) - words.counts)[some]
        size = words.counts[some]
        columns[some, 0] = np.add.reduceat(known, starts) / size
        columns[some, 1] = np.maximum.reduceat(known, starts)
        columns[some, 2] = np.minimum.reduceat(known, starts)
        columns[some, 3] = known[starts]
        columns[some, 4] = np.add.reduceat(in_title[words.flat], starts) / size
        columns[some, 5] = np.add.reduceat(in_description[words.flat], starts) / size
    columns[:, 6] = [repeated[head] for head in heads]
    return columns


def names_of(tag: str, marks: str) -> list[str]:
    """An element's tag, and the words in its class, id, role and itemprop."""
    words = _NAME.findall(marks.lower()) if marks else []
    return ["<" + tag, *(word for word in words[:12] if 2 < len(word) < 25)]


def name_columns(looks: Looks, around: Ints, odds: Odds) -> Floats:
    """What the names around a block say, and which landmarks it stands in."""
    own = _look_columns(looks, odds)[looks.of_elements]
    near = own[around[:, :LEVELS_READ]]
    mean = near[:, :, 0].sum(1) / np.maximum(near[:, :, 1].sum(1), 1)
    named = [mean, near[:, :, 2].max(1), near[:, :, 3].min(1), *(near[:, at, 0] for at in range(3))]
    depth = (around >= 0).sum(1)
    landmarks = own[around[:, 1:], 4:].max(1)
    return np.concatenate([np.stack([*named, depth], axis=1), landmarks], axis=1).astype(np.float32)


def _look_columns(looks: Looks, odds: Odds) -> Floats:
    """For each look: sum, number, highest and lowest odds of its names; then its landmark."""
    known = odds.names[looks.names.flat]
    counts = looks.names.counts[:-1]  # each has its tag at least; the last look is none
    starts = np.cumsum(counts) - counts
    columns = np.zeros((len(counts) + 1, 5 + len(_AROUND)), dtype=np.float32)
    columns[-1, 2:4] = (-9, 9)
    if len(counts):
        columns[:-1, 0] = np.add.reduceat(known, starts)
        columns[:-1, 1] = counts
        columns[:-1, 2] = np.maximum.reduceat(known, starts)
        columns[:-1, 3] = np.minimum.reduceat(known, starts)
    landmarks = {tag: number for number, tag in enumerate(_AROUND)}
    for row, (tag, marks) in enumerate(looks.pairs):
        columns[row, 4] = "aria-hidden" in marks
        if tag in landmarks:
            columns[row, 5 + landmarks[tag]] = 1
    return columns
