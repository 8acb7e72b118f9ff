"""What the characters of blocks say: lengths, links, and shares of the classes of characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from webis_mcp.page.model import Block, Mark

Floats = npt.NDArray[np.float32]

SPACELESS_RANGES = (
    (0x0E00, 0x0E7F),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
)

LETTER, DIGIT, UPPER, COMMA, STOP, MARK, SPACE, SPACELESS = (1 << bit for bit in range(8))


_BY_CATEGORY = {"L": LETTER, "M": LETTER, "P": MARK, "S": MARK, "Z": SPACE, "Nd": DIGIT}


def _class(character: str) -> int:
    category = unicodedata.category(character)
    own = UPPER if category == "Lu" else SPACE if character in "\t\n\r" else 0
    return own | _BY_CATEGORY.get(category, _BY_CATEGORY.get(category[0], 0))


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """The class of every character of the basic plane; others count as letters."""
    table = np.array([*map(_class, map(chr, range(0x10000))), LETTER], dtype=np.uint8)
    for first, last in SPACELESS_RANGES:
        table[first : last + 1] |= np.where(table[first : last + 1] & LETTER, SPACELESS, 0).astype(
            np.uint8
        )
    for codes, bit in ((",;，、；،", COMMA), (".!?。！？…؟।", STOP)):
        for character in codes:
            table[ord(character)] |= bit
    return table


def text_columns(blocks: Sequence[Block]) -> Floats:
    """Lengths and shares of the kinds of characters; see the names at the end for the order."""
    joined = "\n".join(block.text for block in blocks) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    classes = _classes()[np.minimum(codes, 0x10000)]
    lengths = np.array([len(block.text) for block in blocks], dtype=np.int64) + 1
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])

    def count(what: npt.NDArray[np.bool_]) -> Floats:
        return np.add.reduceat(what.astype(np.float32), starts)

    wordly = (classes & (LETTER | DIGIT)) > 0
    spaceless = (classes & SPACELESS) > 0
    begins = wordly & ~spaceless
    begins[1:] &= ~(wordly[:-1] & ~spaceless[:-1])
    words = count(begins) + count(spaceless)
    characters = (lengths - 1).astype(np.float32)
    per = np.maximum(characters, 1)
    looks = np.array([_looks(block) for block in blocks], dtype=np.float32)
    linked, links, strong = looks[:, 0], looks[:, 1], looks[:, 2]
    last = classes[np.minimum(starts + lengths - 2, len(classes) - 1)]
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
            count((classes & COMMA) > 0),
            count((classes & STOP) > 0),
            ((last & STOP) > 0).astype(np.float32),
            ((last & MARK) > 0).astype(np.float32),
            count((classes & DIGIT) > 0) / per,
            count((classes & UPPER) > 0) / per,
            count((classes & MARK) > 0) / per,
            count(spaceless) / per,
            count(codes == ord("|")) + count(codes == ord("»")) + count(codes == ord("©")) * 10,
        ],
        axis=1,
    )


def _looks(block: Block) -> tuple[int, int, int]:
    """Characters in links, runs that are links, characters of its own text that are strong."""
    linked = links = strong = 0
    for text, mark, href, _ in block.all_runs() if block.rows else block.runs:
        if href is not None:
            linked += len(text)
            links += 1
        if mark is not Mark.PLAIN and not block.rows and Mark.STRONG in mark:
            strong += len(text)
    return linked, links, strong
