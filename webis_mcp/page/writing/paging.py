"""Content a part at a time: cut where a reader would, and nothing lost between the parts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from webis_mcp.errors import InvalidInput
from webis_mcp.page.model import Kept

_ENDS = (
    re.compile(r"\n[ \t]*\n+"),
    re.compile(r"\n"),
    re.compile(
        r"[.!?\u2026][\"'\u2019\u201d)\]]*\s+|[\u3002\uff01\uff1f][\u201d\u300d\u300f\uff09]*"
    ),
    re.compile(r"\s+"),
)
"""Where a part may end, best first: after a paragraph, a line, a sentence, a word."""

_LOOK_BACK = 64
"""Characters that one visible character may be made of and still not be cut."""

_ZERO_WIDTH_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the content: where it starts, and where the next one does, if there is more."""

    text: str
    start: int
    next_start: int | None


def part_of(content: str, start: int, length: int) -> Part:
    """The part from `start`, at most `length` characters.

    Raises:
        InvalidInput: `start` is past the end, or the length is none.
    """
    _check(start, length, len(content))
    end = start + length
    if end >= len(content):
        return Part(content[start:], start, None)
    end = _end(content, start, end)
    return Part(content[start:end], start, end)


def blocks_part(
    blocks: Sequence[Kept], start: int, length: int
) -> tuple[tuple[Kept, ...], int | None]:
    """The blocks that start within `length` characters from `start`, and where the next one does.

    Positions count the characters of all blocks' text, joined by newlines. At least one block is
    given, so that whoever goes on comes to the end.

    Raises:
        InvalidInput: `start` is past the end, or the length is none.
    """
    starts = list(accumulate((len(block.text) + 1 for block in blocks), initial=0))[: len(blocks)]
    last = starts[-1] if blocks else -1  # it may have no text, and be past all that has
    _check(start, length, max(blocks_length(blocks), last + 1))
    first = sum(position < start for position in starts)
    first = min(first, max(len(blocks) - 1, 0))
    after = max(sum(position < start + length for position in starts), first + 1)
    return tuple(blocks[first:after]), starts[after] if after < len(blocks) else None


def blocks_length(blocks: Sequence[Kept]) -> int:
    """The length of all blocks' text, joined by newlines."""
    return sum(len(block.text) + 1 for block in blocks) - 1 if blocks else 0


def _check(start: int, length: int, total: int) -> None:
    if length < 1:
        raise InvalidInput(
            f"A part of {length} characters was asked for.", hint="Ask for 1 or more characters."
        )
    if start < 0 or (start >= total and start > 0):
        raise InvalidInput(
            f"start_index is {start:,}, but the content has {total:,} characters.",
            hint=f"Start at 0 to {max(total - 1, 0):,}; 0 is the beginning.",
        )


def _end(content: str, start: int, limit: int) -> int:
    """The best place to end a part that may go up to `limit`."""
    earliest = start + (limit - start) * 2 // 3
    for kind in _ENDS:
        end = max((found.end() for found in kind.finditer(content, earliest, limit)), default=0)
        if end > start and not _is_within_character(content, end):
            return end
    return _whole_character(content, start, limit)


def _whole_character(content: str, start: int, limit: int) -> int:
    """The last place up to `limit` that cuts no visible character, if there is one near."""
    for end in range(limit, max(start, limit - _LOOK_BACK), -1):
        if not _is_within_character(content, end):
            return end
    return limit


def _is_within_character(content: str, place: int) -> bool:
    """Whether what stands before and after a place is seen as one character."""
    before, after = content[place - 1], content[place]
    if _extends(after) or before == _ZERO_WIDTH_JOINER or (before, after) == ("\r", "\n"):
        return True
    if unicodedata.combining(before) == 9:  # a virama joins the next consonant to its own
        return unicodedata.category(after) == "Lo"
    return _is_flag_letter(after) and _flag_letters_before(content, place) % 2 == 1


def _extends(char: str) -> bool:
    """Whether a character is part of the one before it."""
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me")
        or char == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags, as of the flags of Scotland and Wales
        or "\u1160" <= char <= "\u11ff"  # the vowel and the end of a Korean syllable
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_letters_before(content: str, place: int) -> int:
    count = 0
    while count < min(place, _LOOK_BACK) and _is_flag_letter(content[place - 1 - count]):
        count += 1
    return count
