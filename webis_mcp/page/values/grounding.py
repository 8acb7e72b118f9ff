"""Finds a text on the page again: as it is, or with only its form differing.

What counts as the same form, and why it is safe: white space, for a browser collapses it; case,
marks of quotation and kinds of dashes, for they carry no fact; compatibility forms of Unicode
(full-width digits, ligatures), for they are the same characters in another width. Nothing is ever
found that is merely alike.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from webis_mcp.page.reading.hiding import strip_invisible
from webis_mcp.page.value import Match, Passage, Place

_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc`\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    "\u2044": "/",
}
MAX_LENGTH = 5_000
"""Characters of a text that is looked for."""

MAX_PLACES = 50
"""Places of one text that are told; a page says "the" more often."""


class Hit(NamedTuple):
    """Where a text was found in a passage, and how well it agrees."""

    passage: Passage
    start: int
    end: int
    match: Match

    @property
    def place(self) -> Place:
        """Its place, quoted as it stands."""
        passage = self.passage
        return Place(passage.text[self.start : self.end], passage.xpath, passage.block)


class Ground:
    """The passages of a page, to find texts in; safe to ask often, for it is prepared once."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._starts: list[int] = []
        at = 0
        for passage in passages:
            self._starts.append(at)
            at += len(passage.text) + 1
        self._text = "\n".join(passage.text for passage in passages)
        self._folded: tuple[str, list[int]] | None = None

    def find(self, value: str) -> list[Hit]:
        """Where a value stands as a whole: word for word, or else in another form."""
        wanted = " ".join(value.split())[:MAX_LENGTH]
        if not wanted:
            return []
        exact = [self._hit(at, at + len(wanted), Match.EXACT) for at in _whole(wanted, self._text)]
        return exact or list(self._alike(wanted))

    def _hit(self, start: int, end: int, match: Match) -> Hit:
        number = bisect_right(self._starts, start) - 1
        first = self._starts[number]
        return Hit(self._passages[number], start - first, end - first, match)

    def _alike(self, wanted: str) -> Iterator[Hit]:
        form = folded(wanted)[0].strip()
        if not form:
            return
        if self._folded is None:
            self._folded = folded(self._text)
        shape, origins = self._folded
        for at in _whole(form, shape):
            hit = self._hit(origins[at], origins[at + len(form) - 1] + 1, Match.NORMALIZED)
            if hit.end <= len(hit.passage.text):  # else it goes on into the next passage
                yield hit


def folded(text: str) -> tuple[str, list[int]]:
    """A text in the form in which texts are compared, and where each of its letters came from."""
    letters: list[str] = []
    origins: list[int] = []
    for at, letter in enumerate(text):
        same = _SAME.get(letter)
        if same is None:
            same = letter.casefold() if letter.isascii() else _compatible(letter)
        if not same.strip():
            if letters and letters[-1] == " ":
                continue
            same = " " if letter.isspace() else ""
        for part in same:
            letters.append(part)
            origins.append(at)
    return "".join(letters), origins


def _compatible(letter: str) -> str:
    same = unicodedata.normalize("NFKC", letter).casefold()
    same = "".join(_SAME.get(part, part) for part in same)
    return strip_invisible(same) if same.strip() else same


def _whole(wanted: str, text: str) -> Iterator[int]:
    """Where a text stands in another and is no part of a longer word or number."""
    start, found = text.find(wanted), 0
    while start >= 0 and found < MAX_PLACES:
        end = start + len(wanted)
        before, after = text[max(0, start - 2) : start][::-1], text[end : end + 2]
        if not _goes_on(wanted, wanted[0], before) and not _goes_on(wanted, wanted[-1], after):
            found += 1
            yield start
        start = text.find(wanted, start + 1)


def _goes_on(wanted: str, edge: str, beside: str) -> bool:
    """Whether what stands beside the edge of a text makes it part of a longer word or number."""
    if edge.isdecimal() and len(beside) == 2 and beside[0] in ".,'" and beside[1].isdecimal():
        return True
    near = beside[:1]
    if not (near.isalnum() and edge.isalnum() and is_spaced(near) and is_spaced(edge)):
        return False
    return near.isdecimal() == edge.isdecimal() or not (wanted.isalpha() or wanted.isdecimal())


def is_spaced(letter: str) -> bool:
    """Whether a letter is of a script that parts its words by spaces."""
    code = ord(letter)
    return not (
        0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
        or 0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0x20000 <= code <= 0x3FFFF
    )
