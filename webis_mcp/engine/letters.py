"""What the characters of blocks say: lengths, links, and shares of the classes of characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from webis_mcp.page.model import Cell, Mark, Run

Floats = npt.NDArray[np.float32]

SPACELESS_RANGES = (
    (0x0E00, 0x0E7F),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
)

LETTER, DIGIT, UPPER, COMMA, STOP, MARK, SPACE, SPACELESS, BAR, COPYRIGHT = (
    1 << bit for bit in range(10)
)
_STRONG, _PLAIN = Mark.STRONG.value, Mark.PLAIN

_BY_CATEGORY = {"L": LETTER, "M": LETTER, "P": MARK, "S": MARK, "Z": SPACE, "Nd": DIGIT}


def _class(character: str) -> int:
    category = unicodedata.category(character)
    own = UPPER if category == "Lu" else SPACE if character in "\t\n\r" else 0
    return own | _BY_CATEGORY.get(category, _BY_CATEGORY.get(category[0], 0))


class _Classes(NamedTuple):
    """Classes of characters.

    Attributes:
        of: the class of every character of the basic plane, by number; others count as letters.
        bits: what the class with each number is.
        counted: how much a class counts for each column, (classes, columns).
        is_word: 1 where a class is of letters and digits that stand together as words.
    """

    of: npt.NDArray[np.uint8]
    bits: npt.NDArray[np.uint16]
    counted: Floats
    is_word: npt.NDArray[np.uint8]


@cache
def _classes() -> _Classes:
    table = np.array([*map(_class, map(chr, range(0x10000))), LETTER], dtype=np.uint16)
    for first, last in SPACELESS_RANGES:
        table[first : last + 1] |= np.where(table[first : last + 1] & LETTER, SPACELESS, 0).astype(
            np.uint16
        )
    for codes, bit in ((",;，、；،", COMMA), (".!?。！？…؟।", STOP), ("|»", BAR), ("©", COPYRIGHT)):
        for character in codes:
            table[ord(character)] |= bit
    bits, numbers = np.unique(table, return_inverse=True)
    weights = dict.fromkeys((SPACELESS, COMMA, STOP, DIGIT, UPPER, MARK, BAR), 1) | {COPYRIGHT: 10}
    counted = [np.where(bits & bit, weight, 0) for bit, weight in weights.items()]
    is_word = (bits & (LETTER | DIGIT) > 0) & (bits & SPACELESS == 0)
    return _Classes(
        numbers.astype(np.uint8),
        bits,
        np.stack(counted, axis=1).astype(np.float32),
        is_word.astype(np.uint8),
    )


def text_columns(
    texts: Sequence[str],
    runs: Sequence[Sequence[Run]],
    rows: Sequence[Sequence[Sequence[Cell]]],
) -> Floats:
    """Lengths and shares of the kinds of characters, of the texts of blocks with their runs, or
    the rows of a table; see the names at the end for the order."""
    known = _classes()
    codes = np.frombuffer(("\n".join(texts) + "\n").encode("utf-32-le", "replace"), np.uint32)
    classes = known.of.take(codes, mode="clip")
    characters = np.array(list(map(len, texts)), dtype=np.int64)
    ends = np.cumsum(characters + 1) - 1  # each is a line
    block = np.repeat(np.arange(len(texts)), characters + 1)

    kinds = len(known.bits)
    found = np.bincount(block * kinds + classes, minlength=len(texts) * kinds)
    counts = found.reshape(-1, kinds).astype(np.float32) @ known.counted
    spaceless, commas, stops, digits, uppers, marks, bars, copyrights = counts.T
    is_word = known.is_word.take(classes)
    begins = is_word[1:] > is_word[:-1]
    words = np.bincount(block[1:], begins, len(texts)).astype(np.float32) + spaceless
    words[0] += is_word[0]
    last = known.bits.take(classes.take(ends - 1))
    linked, links, strong = np.array(list(map(_looks, runs, rows)), dtype=np.float32).T
    characters = characters.astype(np.float32)
    per = np.maximum(characters, 1)
    return np.stack(
        [
            words,
            np.log1p(words),
            characters,
            np.log1p(characters),
            linked,
            np.minimum(linked / per, 1),
            np.minimum(links, 50),
            strong / per,
            characters / np.maximum(words, 1),
            commas,
            stops,
            last & STOP > 0,
            last & MARK > 0,
            digits / per,
            uppers / per,
            marks / per,
            spaceless / per,
            bars + copyrights,
        ],
        axis=1,
        dtype=np.float32,
    )


def _looks(runs: Sequence[Run], rows: Sequence[Sequence[Cell]]) -> tuple[int, int, int]:
    """Characters in links, runs that are links, characters of its own text that are strong."""
    linked = links = strong = 0
    every = chain(runs, _of_cells(rows)) if rows else runs
    for text, mark, href, _ in every:
        if href is not None:
            linked += len(text)
            links += 1
        if mark is not _PLAIN and not rows and mark.value & _STRONG:
            strong += len(text)
    return linked, links, strong


def _of_cells(rows: Sequence[Sequence[Cell]]) -> Iterator[Run]:
    return (run for row in rows for cell in row for run in cell.runs)
