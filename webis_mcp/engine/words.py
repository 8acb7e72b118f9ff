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
from webis_mcp.page.model import Element, Page

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
_LANDMARKS = {tag: 2 << number for number, tag in enumerate(_AROUND)}
_NAME = re.compile(r"[a-z]+|[^\W\d_a-z]+")
_SMALL = bytes(code if chr(code).islower() else 0x20 for code in bytes(range(128)).lower()) * 2
"""Letters of ASCII to small ones, all else to spaces: ten times as quick as a pattern."""

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
    def of(cls, bags: Sequence[Sequence[bytes]]) -> Bags:
        """The buckets of words."""
        counts = np.array(list(map(len, bags)), dtype=np.int64)
        hashes = map(zlib.crc32, chain.from_iterable(bags))
        return cls(np.fromiter(hashes, np.int64, int(counts.sum())) & (BUCKETS - 1), counts)

    def means(self, table: Floats) -> Floats:
        """The mean of a table's rows for each bag; zeros for an empty one."""
        means = np.zeros((len(self.counts), table.shape[1]), dtype=np.float32)
        some = np.flatnonzero(self.counts)
        if len(some):
            starts = (np.cumsum(self.counts) - self.counts)[some]
            sums = np.add.reduceat(table.take(self.flat, axis=0), starts)
            means[some] = sums / self.counts[some, None]
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
        own = [known.setdefault((tag, marks), len(known)) for tag, _, _, marks, _ in elements]
        names = Bags.of([*(names_of(tag, marks) for tag, marks in known), []])
        return cls(list(known), names, np.array([*own, len(known)], dtype=np.int64))


def bucket(word: bytes) -> int:
    """The hash bucket of a word or a name."""
    return zlib.crc32(word) & (BUCKETS - 1)


def words_of(text: str) -> list[bytes]:
    """The words of a block that are looked up: lower-cased, in UTF-8; pairs of characters where a
    script has no spaces."""
    if len(text) <= 2 * _END:
        found = every_word(text)
        if len(found) <= WORDS_READ:
            return found
        return found[: WORDS_READ // 2] + found[-WORDS_READ // 2 :]
    return every_word(text[:_END])[: WORDS_READ // 2] + every_word(text[-_END:])[-WORDS_READ // 2 :]


def every_word(text: str) -> list[bytes]:
    """All words of a text, as `words_of` has them."""
    if text.isascii():
        return text.encode().translate(_SMALL).split()
    found = _WORD.findall(text.lower())
    if _NO_SPACES.search(text):
        found = [piece for word in found for piece in _pairs(word)]
    return " ".join(found).encode("utf-8", "replace").split()  # one by one takes twice as long


def _pairs(word: str) -> list[str]:
    if len(word) > 2 and _NO_SPACES.match(word):
        return [word[at : at + 2] for at in range(len(word) - 1)]
    return [word]


def word_columns(page: Page, texts: Sequence[str], words: Bags, odds: Odds) -> Floats:
    """What the words say: their odds, and how many stand in the page's title and description."""
    heads = [text[:200] for text in texts]
    repeated = Counter(heads)
    columns = np.zeros((len(texts), 7), dtype=np.float32)
    some = np.flatnonzero(words.counts)
    if len(some):
        known = odds.words.take(words.flat)
        starts = (np.cumsum(words.counts) - words.counts)[some]
        size = words.counts[some]
        columns[some, 0] = np.add.reduceat(known, starts) / size
        columns[some, 1] = np.maximum.reduceat(known, starts)
        columns[some, 2] = np.minimum.reduceat(known, starts)
        columns[some, 3] = known[starts]
        for column, told in ((4, page.facts.title), (5, page.facts.description)):
            columns[some, column] = np.add.reduceat(_stand_in(told, words), starts) / size
    columns[:, 6] = list(map(repeated.__getitem__, heads))
    return columns


def _stand_in(text: str | None, words: Bags) -> Floats:
    """For each word 1 where it stands in a text, else 0."""
    is_there = np.zeros(BUCKETS, dtype=np.bool_)
    is_there[[bucket(word) for word in words_of(text or "")]] = True
    return is_there.take(words.flat).astype(np.float32)


def names_of(tag: str, marks: str) -> list[bytes]:
    """An element's tag, and the words in its class, id, role and itemprop."""
    own = ("<" + tag).encode("utf-8", "replace")
    if not marks:
        return [own]
    if marks.isascii():
        return [own, *[w for w in marks.encode().translate(_SMALL).split()[:12] if 2 < len(w) < 25]]
    words = [word for word in _NAME.findall(marks.lower())[:12] if 2 < len(word) < 25]
    return [own, *[word.encode("utf-8", "replace") for word in words]]


def name_columns(looks: Looks, around: Ints, odds: Odds) -> Floats:
    """What the names around a block say, and which landmarks it stands in."""
    near = _look_columns(looks, odds).take(looks.of_elements.take(around[:, :LEVELS_READ]), axis=0)
    mean = near[:, :, 0].sum(1) / np.maximum(near[:, :, 1].sum(1), 1)
    named = [mean, near[:, :, 2].max(1), near[:, :, 3].min(1), *(near[:, at, 0] for at in range(3))]
    depth = (around >= 0).sum(1)
    own = np.array([*(_landmark(tag, marks) for tag, marks in looks.pairs), 0], dtype=np.int64)
    within = np.bitwise_or.reduce(own.take(looks.of_elements).take(around[:, 1:]), axis=1)
    landmarks = within[:, None] >> np.arange(len(_AROUND) + 1) & 1
    return np.concatenate([np.stack([*named, depth], axis=1), landmarks], axis=1).astype(np.float32)


def _landmark(tag: str, marks: str) -> int:
    """A bit for the landmark that an element is, and one for what is hidden from listeners."""
    return _LANDMARKS.get(tag, 0) | ("aria-hidden" in marks)


def _look_columns(looks: Looks, odds: Odds) -> Floats:
    """For each look: sum, number, highest and lowest odds of its names."""
    known = odds.names.take(looks.names.flat)
    counts = looks.names.counts[:-1]  # each has its tag at least; the last look is none
    starts = np.cumsum(counts) - counts
    columns = np.zeros((len(counts) + 1, 4), dtype=np.float32)
    columns[-1, 2:4] = (-9, 9)
    if len(counts):
        columns[:-1, 0] = np.add.reduceat(known, starts)
        columns[:-1, 1] = counts
        columns[:-1, 2] = np.maximum.reduceat(known, starts)
        columns[:-1, 3] = np.minimum.reduceat(known, starts)
    return columns
