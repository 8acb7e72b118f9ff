"""Spans of text to lines of Markdown: which marks open and close where, and in which nesting.

CommonMark pairs `*` by what stands around it; a pair that it would not see as meant is left out
here, for the words matter more than their looks. Knows nothing of runs, blocks or pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby
from typing import NamedTuple

from webis_mcp.page.model import Mark
from webis_mcp.page.writing.escaping import (
    PAIRED,
    Partners,
    Solidity,
    brackets_match,
    escape,
    escape_start,
    is_address,
    solidity,
    write_address,
)

CODE = Mark.CODE.value
_WRITTEN = {Mark.STRONG.value: "**", Mark.EMPHASIS.value: "*", Mark.STRIKE.value: "~~"}
EMPHASIS = sum(_WRITTEN)
"""The marks that are written around text. Bits: arithmetic on `Mark` takes ten times as long."""

_DEFINITION = re.compile(r"\[(?:[^\[\]\\]|\\.)*\]:", re.S)
_BACKTICKS = re.compile("`+")


class Span(NamedTuple):
    """Text of one look; `mark` has the bits of `Mark`.

    What is `raw` is Markdown already: an image, a footnote's mark.
    """

    text: str
    mark: int = 0
    href: str | None = None
    raw: bool = False


class _Is(Enum):
    TEXT = auto()
    RAW = auto()
    OPENING = auto()
    CLOSING = auto()


_TEXT, _OPENING, _CLOSING = _Is.TEXT, _Is.OPENING, _Is.CLOSING
"""Before Python 3.12 a member of an enum is looked up by a function: too slow for every piece."""


@dataclass(slots=True)
class _Piece:
    """A part of a line. An opening or closing mark knows its partner and how deep it is nested."""

    kind: _Is
    text: str
    depth: int = 0
    partner: _Piece | None = None
    brackets: bool = True
    left_out: bool = False

    @property
    def is_mark(self) -> bool:
        return self.kind is _OPENING or self.kind is _CLOSING

    @property
    def is_star(self) -> bool:
        return self.is_mark and self.text[0] == "*"


def weave(lines: Sequence[Sequence[Span]], *, shared: bool, starts: bool) -> list[str]:
    """The lines of one paragraph, written.

    Args:
        lines: their spans: no white space at either end of a line or of what is marked.
        shared: whether the paragraph has other text, which may hold partners of marks in this one.
        starts: whether each line begins a line of the Markdown, and so may not look like a block.
    """
    pieces = [_settled(_Weaver().line(spans)) for spans in lines]
    chars = _need_escape(pieces, shared=shared)
    written = [_written(line, chars, starts=starts) for line in pieces]
    if starts and written:
        start = pieces[0][0]
        is_link = start.kind is _Is.RAW and start.text == "["
        if is_link and _DEFINITION.match("\n".join(written)):
            bare = [[span._replace(mark=span.mark & ~CODE) for span in line] for line in lines]
            return weave(bare, shared=shared, starts=starts)  # only code can hide `]:` in a link
        written[0] = _not_a_definition(start, written)
    return written


class _Weaver:
    """Lays the marks of one line; `pieces` is the line so far."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []

    def line(self, spans: Sequence[Span]) -> list[_Piece]:
        units = [list(group) for _, group in groupby(spans, key=_Unit())]
        self._level(units, EMPHASIS, 0)
        return self.pieces

    def _level(self, units: Sequence[Sequence[Span]], wanted: int, depth: int) -> None:
        """Units one by one; those that share a mark, within it, the longest stretch outermost."""
        start = 0
        while start < len(units):
            mark, end = _longest(units, start, wanted)
            if mark and not self._just_closed(mark):
                self._marked(units[start:end], mark, wanted, depth)
            elif mark:
                self._level(units[start:end], wanted & ~mark, depth)
            else:
                end = start + 1
                self._unit(units[start], wanted, depth)
            start = end

    def _marked(self, units: Sequence[Sequence[Span]], mark: int, wanted: int, depth: int) -> None:
        opening = _Piece(_OPENING, _WRITTEN[mark], depth)
        self.pieces.append(opening)
        self._level(units, wanted & ~mark, depth + 1)
        closing = _Piece(_CLOSING, _WRITTEN[mark], depth, opening)
        opening.partner = closing
        self.pieces.append(closing)

    def _just_closed(self, mark: int) -> bool:
        """Whether a mark of the same character ends right here: the two would run together."""
        for piece in reversed(self.pieces):
            if not piece.is_mark:
                return False
            if piece.kind is _CLOSING and piece.text[0] == _WRITTEN[mark][0]:
                return True
        return False

    def _unit(self, unit: Sequence[Span], wanted: int, depth: int) -> None:
        href = unit[0].href
        if href is None:
            for span in unit:
                self._span(span)
        elif len(unit) == 1 and unit[0].text == href and is_address(href):
            self._raw(f"<{href}>")
        else:
            self._raw("[")
            first = len(self.pieces)
            self._level(
                [[Span(span.text, span.mark, None, span.raw)] for span in unit], wanted, depth
            )
            words = [piece for piece in self.pieces[first:] if piece.kind is _TEXT]
            if not brackets_match([piece.text for piece in words]):
                for piece in words:
                    piece.brackets = False
            self._raw(f"]({write_address(href)})")

    def _span(self, span: Span) -> None:
        if span.raw:
            self._raw(span.text)
        elif span.mark & CODE:
            self._raw(write_code(span.text))
        else:
            self.pieces.append(_Piece(_TEXT, span.text))

    def _raw(self, text: str) -> None:
        self.pieces.append(_Piece(_Is.RAW, text))


class _Unit:
    """The key that keeps the spans of one link together and all others apart."""

    def __init__(self) -> None:
        self._count = 0
        self._href: str | None = None

    def __call__(self, span: Span) -> int:
        if span.href is None or span.href != self._href:
            self._count += 1
        self._href = span.href
        return self._count


def _longest(units: Sequence[Sequence[Span]], start: int, wanted: int) -> tuple[int, int]:
    """The mark that goes on longest from here, and where it ends; none where none is wanted here.

    The marks of a link alone stand within it, where brackets keep them from the text around.
    """
    best = (0, start)
    if _is_space(units[start]):
        return best
    shared = wanted & _mark_of(units[start])
    for mark in _WRITTEN if shared else ():
        end = start
        while end < len(units) and mark & shared & _mark_of(units[end]):
            end += 1
        while end > start and _is_space(units[end - 1]):
            end -= 1
        alone = end == start + 1 and units[start][0].href is not None
        if end > best[1] and not alone:
            best = (mark, end)
    return best


def _mark_of(unit: Sequence[Span]) -> int:
    """The marks that all of a unit has."""
    mark = unit[0].mark
    for span in unit:
        mark &= span.mark
    return mark


def _is_space(unit: Sequence[Span]) -> bool:
    """Whether a unit is white space, which no mark may begin or end with."""
    return unit[0].text.isspace()


def write_code(text: str) -> str:
    """Code within a line: more backticks around it than it has itself."""
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


# ------------------------------------------------ marks that a reader would not pair as meant


def _settled(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces without the marks that would not be read as meant, neighbouring texts joined."""
    if not any(piece.is_mark for piece in pieces):
        return _joined(pieces)
    around = _Around(pieces)
    for index, piece in enumerate(pieces):
        if piece.is_mark and piece.partner and not around.can_stand(index):
            piece.left_out = piece.partner.left_out = True
    stars = [index for index, piece in enumerate(pieces) if piece.is_star]
    crowded = any(pieces[index].depth for index in stars)
    if crowded and any(around.has_two_sides(index) for index in stars):
        for index in stars:  # beside letters, three stars in a row are anyone's guess
            pieces[index].left_out |= pieces[index].depth > 0
    return _joined(piece for piece in pieces if not piece.left_out)


class _Around:
    """What stands left and right of the marks of a line.

    Stars beside stars run together, so they are looked through. Of the other marks it is not
    settled yet whether they will stand: what is asked has to hold with and without them.
    """

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self._pieces = pieces
        self._left = list(_sides(pieces, step=1))
        self._right = list(_sides(pieces[::-1], step=-1))[::-1]

    def can_stand(self, index: int) -> bool:
        """Whether a mark here would be seen to open (or close) what it should."""
        opens = self._pieces[index].kind is _Is.OPENING
        outer = (self._left if opens else self._right)[index]
        if outer in (Solidity.SPACE, Solidity.PUNCTUATION):
            return True
        return self._beside(index, step=1 if opens else -1) is Solidity.LETTER

    def has_two_sides(self, index: int) -> bool:
        """Whether a mark here could both open and close."""
        bare = {self._left[index], self._right[index]}
        marked = {self._beside(index, step=-1), self._beside(index, step=1)}
        return any(
            Solidity.SPACE not in sides and sides != {Solidity.LETTER, Solidity.PUNCTUATION}
            for sides in (bare, marked)
        )

    def _beside(self, index: int, *, step: int) -> Solidity:
        """The class of what is beside a mark, other marks being punctuation."""
        char = self._pieces[index].text[0]
        beside = index
        while 0 <= beside < len(self._pieces):
            piece = self._pieces[beside]
            if not (piece.is_mark and piece.text[0] == char):
                return solidity(piece.text[0 if step > 0 else -1])
            beside += step
        return Solidity.SPACE


def _sides(pieces: Sequence[_Piece], *, step: int) -> Iterator[Solidity]:
    """For each piece the class of the nearest character before it that is not a mark of ours."""
    beside = Solidity.SPACE
    for piece in pieces:
        yield beside
        if not piece.is_mark:
            beside = solidity(piece.text[-1] if step > 0 else piece.text[0])


def _joined(pieces: Iterable[_Piece]) -> list[_Piece]:
    """The pieces, neighbouring texts made one."""
    found: list[_Piece] = []
    for (is_text, _), group in groupby(pieces, key=lambda p: (p.kind is _TEXT, p.brackets)):
        first, *others = group
        if is_text and others:
            first.text += "".join([piece.text for piece in others])
            others = []
        found += first, *others
    return found


# ------------------------------------------------ from pieces to characters


def _need_escape(lines: Sequence[Sequence[_Piece]], *, shared: bool) -> frozenset[str]:
    """The paired marks that the page's own text may not hold bare in this paragraph."""
    if shared:
        return PAIRED
    partners = Partners()
    ours: set[str] = set()
    for line in lines:
        for index, piece in enumerate(line):
            if piece.kind is _TEXT:
                partners.look(piece.text, *_neighbours(line, index))
            elif piece.text[0] in PAIRED:
                ours.add(piece.text[0])
    return frozenset(partners.found | ours)


def _neighbours(line: Sequence[_Piece], index: int) -> tuple[str, str]:
    before = line[index - 1].text[-1] if index else ""
    after = line[index + 1].text[:1] if index + 1 < len(line) else ""
    return before, after


def _written(line: Sequence[_Piece], chars: frozenset[str], *, starts: bool) -> str:
    parts: list[str] = []
    for index, piece in enumerate(line):
        text = piece.text
        if piece.kind is _TEXT:
            needed = chars if piece.brackets else chars | {"["}
            text = escape(text, *_neighbours(line, index), needed)
            if starts and not index:
                text = escape_start(text, whole=len(line) == 1)
        parts.append(text)
    return "".join(parts)


def _not_a_definition(start: _Piece, written: Sequence[str]) -> str:
    """The first line of a paragraph; `[name]:` there would be hidden, as the target of links."""
    first = written[0]
    if start.kind is _Is.TEXT and first.startswith("[") and any("]:" in line for line in written):
        return "\\" + first
    if start.text.startswith("[^") and first.startswith(start.text + ":"):
        return first.replace(":", "\\:", 1)
    return first
