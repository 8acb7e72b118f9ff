"""Backslashes before the page's own characters, only where Markdown would take them for marks.

Knows characters, not blocks: whoever writes a line says what stands before and after a text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import lru_cache
from html.entities import html5
from urllib.parse import quote

PAIRED = frozenset("*_~`")
"""Marks that do nothing without a partner."""

_RUN = re.compile(r"(?P<mark>[*_~`])(?P=mark)*")
_ALWAYS = re.compile(
    r"""
      \\ (?= [!-/:-@\[-`{-~] | $ )      # a backslash that would escape what follows
    | & (?= (?P<entity> \#? [0-9A-Za-z]{1,40} ; ) )
    | < (?= [A-Za-z/!?] )               # a tag, a comment, an address
    | \[ (?= \^ )                       # a footnote
    | \] (?= \( )                       # a link
    | \[ (?<= !\[ ) (?= [^\[\]]{0,200} \]\( )  # a picture, which some load without asking
    """,
    re.X,
)
_BRACKET = re.compile(r"[\[\]]")
_LINE_START = re.compile(r"#{1,6}(?=\s|$)|[-+*](?=\s|$)|>")
_FENCE = re.compile(r"`{3,}|~{3,}")
_NUMBERED = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")
_TASK = re.compile(r"\[[ xX]\](?=\s|$)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s\x00-\x20<>|\\`]+")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f<>\\`|\"]")
_PLAIN_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f<>\\`|\"&()]+")
_ENTITY_IN_ADDRESS = re.compile(r"&(?=#?[0-9A-Za-z]{1,40};)")
_PARENTHESIS = re.compile("[()]")
_NOT_A_PLACE = frozenset(
    ["javascript", "vbscript", "livescript", "data", "blob", "filesystem", "file", "about"]
)
"""Schemes of what runs, or is, something, or lies on its author's own machine."""


class Solidity(IntEnum):
    """What a character is to the rule of where `*` may open or close."""

    SPACE = 0
    PUNCTUATION = 1
    SYMBOL = 2
    """Punctuation to CommonMark 0.31, a letter to its forerunners."""
    LETTER = 3


@lru_cache(maxsize=4096)
def solidity(char: str) -> Solidity:
    """The class of a character; no character is space."""
    if not char or char.isspace():
        return Solidity.SPACE
    category = unicodedata.category(char)[0]
    if category == "P" or (category == "S" and char.isascii()):
        return Solidity.PUNCTUATION
    return Solidity.SYMBOL if category == "S" else Solidity.LETTER


def escape(text: str, before: str, after: str, chars: frozenset[str]) -> str:
    """A text with a backslash wherever it would be read as inline markup.

    Args:
        text: the page's.
        before: the character before it in its line, "" at the start.
        after: what is written after it, "" at the end.
        chars: the marks of `PAIRED` that have a partner in the paragraph; "[" where brackets are
            to be escaped too.
    """
    places = [found.start() for found in _ALWAYS.finditer(text) if _is_mark(found)]
    if text.endswith("!") and after.startswith("["):
        places.append(len(text) - 1)
    if "[" in chars:
        places += [found.start() for found in _BRACKET.finditer(text)]
    if not PAIRED.isdisjoint(chars):
        for mark, start, end in _live_runs(text, before, after[:1]):
            if mark in chars:
                places += range(start, end)
    return _with_backslashes(text, sorted(set(places))) if places else text


def _is_mark(found: re.Match[str]) -> bool:
    """Whether what looks like one is: "&T;" is no entity."""
    name = found["entity"]
    return name is None or name[0] == "#" or name in html5


def _with_backslashes(text: str, places: Iterable[int]) -> str:
    parts: list[str] = []
    done = 0
    for place in places:
        parts += text[done:place], "\\"
        done = place
    return "".join(parts) + text[done:]


def _live_runs(text: str, before: str, after: str) -> Iterator[tuple[str, int, int]]:
    """Runs of a paired mark that could open or close something: the mark, its start and end."""
    for match in _RUN.finditer(text):
        start, end = match.span()
        left = solidity(text[start - 1] if start else before)
        right = solidity(text[end] if end < len(text) else after)
        mark = match["mark"]
        if mark != "`" and not (left or right):
            continue
        if mark == "_" and left is right is Solidity.LETTER:
            continue
        yield mark, start, end


class Partners:
    """Finds the marks of a paragraph that could be read as pairs, text by text in order."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._opened: set[str] = set()

    def look(self, text: str, before: str, after: str) -> None:
        """The next text of the paragraph."""
        for mark, start, end in _live_runs(text, before, after):
            left = text[start - 1] if start else before
            right = text[end] if end < len(text) else after
            if mark in self._opened and (mark == "`" or solidity(left)):
                self.found.add(mark)
            if mark == "`" or solidity(right):
                self._opened.add(mark)


def brackets_match(texts: Iterable[str]) -> bool:
    """Whether the brackets in these texts, in order, can stand in a link's words as they are."""
    depth = 0
    for text in texts:
        if "[^" in text or "](" in text:
            return False
        for char in text:
            depth += (char == "[") - (char == "]")
            if depth < 0:
                return False
    return depth == 0


def escape_start(line: str, *, whole: bool) -> str:
    """An escaped line whose start would be read as a heading, an item, a quote, a fence or a rule.

    Args:
        line: it, or its beginning.
        whole: whether that is all of the line.
    """
    if not line:
        return line
    if whole and line[0] in "=-*_|:" and _is_structure(line):
        return line.replace(line[0], "\\" + line[0]) if line[0] in "*_" else "\\" + line
    fence = _FENCE.match(line)
    if fence:  # all of it, for what is left might find a partner
        return "".join("\\" + char for char in fence[0]) + line[fence.end() :]
    if _LINE_START.match(line) or _TASK.match(line):
        return "\\" + line
    return _NUMBERED.sub(r"\1\\", line, count=1) if _NUMBERED.match(line) else line


def _is_structure(line: str) -> bool:
    """Whether a line is an underlining, a rule or the second line of a table."""
    chars = set(line) - {" "}
    if "-" in chars:
        return chars <= {"-", "|", ":"}
    return chars == {"="} or (chars in ({"*"}, {"_"}) and line.count(line[0]) >= 3)


def escape_heading(line: str) -> str:
    """A heading's words; `#` at their end would be taken for the closing of the heading."""
    words = line.rstrip("#")
    closing = len(line) - len(words)
    if closing and (not words or words[-1].isspace()):
        return words + "\\" + "#" * closing
    return line


def leads_somewhere(href: str) -> bool:
    """Whether a link target is an address, not a script, data or nothing."""
    if href.startswith(("http://", "https://")):
        return True
    bare = "".join(char for char in href[:64] if char > " ")
    scheme = _SCHEME.match(bare)
    return bool(bare) and (scheme is None or scheme[0].lower() not in _NOT_A_PLACE)


def is_address(text: str) -> bool:
    """Whether a text can stand as `<text>` and be a link."""
    return _ADDRESS.fullmatch(text) is not None


def write_address(href: str) -> str:
    """A link target that can stand between parentheses."""
    if _PLAIN_ADDRESS.fullmatch(href):
        return href
    href = _UNSAFE_IN_ADDRESS.sub(lambda found: quote(found[0], safe=""), href.strip())
    href = _ENTITY_IN_ADDRESS.sub(r"\\&", href)
    return href if _parentheses_match(href) else href.replace("(", "%28").replace(")", "%29")


def _parentheses_match(href: str) -> bool:
    """Whether they do, and are no deeper than every reader of Markdown follows."""
    depth = 0
    for char in _PARENTHESIS.findall(href):
        depth += (char == "(") - (char == ")")
        if not 0 <= depth <= 3:
            return False
    return depth == 0
