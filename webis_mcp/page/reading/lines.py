"""A line of text as it is gathered, and where its links and pictures lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from urllib.parse import urljoin, urlsplit

from webis_mcp.page.model import Image, Mark, Run
from webis_mcp.page.reading.hiding import strip_invisible
from webis_mcp.page.tree import Node

_WHOLE = ("http://", "https://", "#", "mailto:", "tel:")
_NOWHERE = ("javascript:", "data:", "vbscript:", "about:blank")
_PLAIN, _CODE = Mark.PLAIN, Mark.CODE
"""Looked up once: before Python 3.12 that is a call of a function."""

_EDGES = "".join(map(chr, range(0x21)))
_BREAKS = str.maketrans("", "", "\t\r\n")
"""What a browser strips from either end of an address, and what it takes out of its middle."""

_SOURCES = ("data-src", "data-original", "data-lazy-src", "src")
"""Where a picture lies: before a script has run, `src` may be a placeholder."""


_LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\uffff\U00020000-\U0003ffff"
_SPACELESS = re.compile(f"[{_LETTERS}]")
"""A letter of a script without spaces: Thai, Lao, Burmese, Khmer, those of East Asia."""

_ENDS_A_WORD = re.compile(rf"[^\W{_LETTERS}][)!?:%\u2026\u201d\u2019\xbb]*$")
"""A letter or digit, and marks that a further word does not follow without a space. A stop is none
of them: `functools.` and `cache`."""

_LIFTED = ("sub", "sup")

_ICON = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]+")
"""Characters of private use: a word of nothing else is a picture of the site's own font. Within a
word they are letters that a code of before had and Unicode had not yet."""


class _Seam(Enum):
    """What touches without white space, where a style sheet may set it apart (decision 0017): two
    elements of different classes, or links of one; two that are alike; or one that has a class, and
    an element or text that has none."""

    FIRM = auto()
    ALIKE = auto()
    LONE = auto()


def _seam_of(before: Node | str, after: Node | str) -> _Seam | None:
    """The seam between what touches; none between text and text, and at what is raised or lowered:
    a power, a note."""
    one, name = ("", "") if isinstance(before, str) else _tag_and_class(before)
    other, next_name = ("", "") if isinstance(after, str) else _tag_and_class(after)
    if one in _LIFTED or other in _LIFTED:
        return None
    are_links = one == other == "a"
    if name and next_name:
        return _Seam.FIRM if are_links or name != next_name else _Seam.ALIKE
    if name or next_name:
        return _Seam.LONE
    return _Seam.ALIKE if are_links else None


def _words(text: str) -> list[str]:
    words = strip_invisible(text).split()
    return [word for word in words if not _ICON.fullmatch(word)] if _ICON.search(text) else words


def _tag_and_class(node: Node) -> tuple[str, str]:
    return node.tag, node.attrs.get("class", "")


class Line:
    """Text gathered for one block, white space collapsed as it comes.

    `pieces` is what it has: empty, there is nothing to end.
    """

    __slots__ = ("_seam", "_space", "pieces")

    def __init__(self) -> None:
        self.pieces: list[tuple[str, Mark, str | None, Image | None]] = []
        self._space = True  # nothing yet, or white space last: no more is wanted
        self._seam: _Seam | None = None

    def touch(self, before: Node | str, after: Node | str, mark: Mark) -> bool:
        """What comes next touches what was before; whether a style sheet may set them apart."""
        if self._space or (seam := _seam_of(before, after)) is None or _CODE in mark:
            return False
        self._seam = seam
        return True

    def leave(self) -> None:
        """What comes next touches nothing."""
        self._seam = None

    def add(self, text: str, mark: Mark, href: str | None) -> None:
        """Text as it stands in the source."""
        words = text.split() if text.isascii() else _words(text)
        if self._seam and words:
            if not (self._space or text[0].isspace()) and self._are_two(self._seam, words[0]):
                _, last_mark, last_href, _ = self.pieces[-1]
                both = last_href if last_href == href else None
                self.pieces.append((" ", mark & last_mark, both, None))
            self._seam = None
        if not words:
            if text and not self._space and text[0].isspace():
                self.pieces.append((" ", _PLAIN, href, None))
                self._space = True
            return
        joined = words[0] if len(words) == 1 else " ".join(words)
        if not self._space and text[0].isspace():
            joined = " " + joined
        self._space = text[-1].isspace()
        self.pieces.append((joined + " " if self._space else joined, mark, href, None))

    def add_image(self, image: Image, href: str | None) -> None:
        self.pieces.append(("", _PLAIN, href, image))

    def end_line(self) -> bool:
        """Break the line; True where it had been broken just before (an empty line)."""
        while self.pieces and self.pieces[-1][0].isspace() and self.pieces[-1][0] != "\n":
            self.pieces.pop()
        if not self.pieces:
            return False
        text, mark, href, image = self.pieces[-1]
        if text == "\n":
            return True
        self.pieces[-1] = (text.rstrip(), mark, href, image)
        self.pieces.append(("\n", _PLAIN, None, None))
        self._space = True
        return False

    def runs(self) -> tuple[Run, ...]:
        """The runs: neighbours of one look joined, no white space at either end."""
        if len(self.pieces) == 1:
            text, mark, href, image = self.pieces[0]
            text = text.rstrip()
            return (Run(text, mark, href, image),) if text or image else ()
        found = list(self._joined())
        while found and not found[-1].image and not found[-1].text.strip():
            found.pop()
        if found and not found[-1].image:
            found[-1] = found[-1]._replace(text=found[-1].text.rstrip())
        return tuple(found)

    def clear(self) -> None:
        """Begin anew."""
        self.pieces = []
        self._space = True
        self._seam = None

    def _are_two(self, seam: _Seam, word: str) -> bool:
        """Whether the last word and the next, which touch at a seam, are two."""
        last = (self.pieces[-1][0].split() or [""])[-1]
        if not _ENDS_A_WORD.search(last) or not word[0].isalnum() or _SPACELESS.match(word):
            return False
        if "/" in last or (last[-2:-1].isdigit() and last[-1] == ":" and word[0].isdigit()):
            return False  # an address, the time of day
        is_small, is_lone = word[0].islower(), seam is _Seam.LONE
        if len(last) == 1 and last.isalpha() and (len(word) == 1 or is_small or is_lone):
            return False  # an initial, or letters that move one by one
        if seam is _Seam.FIRM:
            return True
        return not is_small and not (is_lone and (last + word[0])[-2:].isdigit())

    def _joined(self) -> Iterator[Run]:
        texts: list[str] = []
        look: tuple[Mark, str | None] = (_PLAIN, None)
        for text, mark, href, image in self.pieces:
            if image or text == "\n" or (mark, href) != look:
                if texts:
                    yield Run("".join(texts), *look)
                    texts = []
                look = (mark, href)
            if image or text == "\n":
                yield Run(text, _PLAIN, href if image else None, image)
            else:
                texts.append(text)
        if texts:
            yield Run("".join(texts), *look)


class Links:
    """Resolves links against the base, without parsing the many that need none."""

    def __init__(self, base: str | None) -> None:
        try:
            parts = urlsplit(base or "")
        except ValueError:  # malformed: nothing can be relative to it
            base, parts = "", urlsplit("")
        self._base = base or ""
        self._origin = f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""

    def resolve(self, href: str) -> str | None:
        """Where a link goes; `None` for nowhere. A place on the same page stays `#name`."""
        href = href.strip(_EDGES)
        if "\n" in href or "\t" in href or "\r" in href:
            href = href.translate(_BREAKS)
        if href.startswith(_WHOLE) or not href:
            return href or None
        if href.lower().startswith(_NOWHERE):
            return None
        if not self._base:
            return href
        if self._origin and href[0] == "/" and href[:2] not in ("//", "/.") and "/../" not in href:
            return self._origin + href
        try:
            return urljoin(self._base, href)
        except ValueError:  # a malformed host or port: what the page says is all there is
            return href

    def image(self, node: Node) -> Image | None:
        """The picture of an `img`; `None` for a placeholder or a counting pixel."""
        attrs = node.attrs
        if attrs.get("width") in ("0", "1") or attrs.get("height") in ("0", "1"):
            return None
        for name in _SOURCES:
            src = self.resolve(attrs.get(name, ""))
            if src and not src.startswith("#"):
                return Image(src, " ".join(strip_invisible(attrs.get("alt", "")).split()))
        return None
