"""What a browser would not show, and characters that no reader sees.

Looked at: inline style, the `hidden` attribute, closed dialogs, class names that mean "for screen
readers only", and the simple rules (one class, one id) of the page's own style sheets. Linked style
sheets are not fetched. Hidden is not always junk (of words hidden inline, a quarter belongs to the
main content of the labelled pages): hidden text is set apart and counted, not thrown away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from webis_mcp.page.model import Hidden

if TYPE_CHECKING:  # a process that reads no page may strip text, and does without the parser
    from webis_mcp.page.tree import Node

_NO = Hidden.NO  # looked up once: before Python 3.12 that is a call of a function
_ZERO = r"(?:0++(?:\.0*+)?|\.0++)"
_HIDING = re.compile(
    r"(?<![-\w])(?:"
    rf"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*{_ZERO}(?![\d.])"
    rf"|font-size\s*:\s*{_ZERO}(?:px|em|rem|pt|%)?\s*(?=[;!}}]|$)|content-visibility\s*:\s*hidden"
    r"|(?:left|top|right|text-indent|margin-left|margin-top)\s*:\s*-(?:\d{4,}|\d{3}(?=r?em))"
    r"|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)"
    r"|clip-path\s*:\s*inset\(\s*(?:50|100)%|color\s*:\s*transparent)"
)
"""Declarations, in small letters, after which nothing of an element can be read."""

_INK = re.compile(r"(?<![-\w])color\s*:\s*([^;!]+)", re.IGNORECASE)
_PAPER = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_WHITE = {"white", "#fff", "#ffffff", "rgb(255,255,255)"}
_NO_COLOUR = {"inherit", "initial", "unset", "revert", "revert-layer"}

_SCREEN_READER = frozenset(  # class names, from the common frameworks and the largest shop
    "a11y-hidden element-invisible assistive-text offscreen show-for-sr a-offscreen "
    "aok-offscreen p13n-sc-offscreen".split()
)
_SCREEN_READER_NAME = re.compile(
    r"(?!(?:.*[-:])?not-)(?:.*[-_])?(?:sr-?only|sr-text|visually-?hidden|hidden-?visually"
    r"|screen-?readers?(?:-only|-text)?)(?:__\w+)?",
    re.IGNORECASE,
)
"""The same as class names of their own have it: "wprm-screen-reader-text", "tw-sr-only", and what
bundlers make of it, "utilities_visuallyhidden__5vJWI"."""

_LONGEST_NAME = 100
"""Characters of a class name up to which it is looked at so: a long one could take hours."""

_WORDLESS = frozenset(  # class names
    "mw-editsection "
    "material-icons material-icons-outlined material-icons-round material-icons-sharp "
    "material-icons-two-tone material-symbols-outlined material-symbols-rounded "
    "material-symbols-sharp google-material-icons".split()
)
"""What holds no words of a page: MediaWiki's links beside its headings, by which they are edited,
and Google's icons, whose names ("chevron_right") their font draws as pictures."""

_SIGNS = ("none", "hidden", "collapse", ":0", ": 0", ":-", ": -", "rect", "inset", "transparent")
"""One of them stands in every declaration that hides: a look that is quicker than the pattern."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)  # an open one ends with the style sheet
_SIMPLE = re.compile(r"[a-z]*([.#][\w-]+)", re.IGNORECASE)

_STREAMED = re.compile(r"S:[0-9a-f]+")
"""What React's server calls a part of the page that it sends late: hidden until the inline script
behind it, a few bytes on, has put it in its place."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
    # a joiner joins only letters beyond Latin, and emoji
    "|(?<![\u0590-\u0fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
    "|[\u200c\u200d](?![\u0590-\u0fff\u2190-\u2bff\U0001f000-\U0001faff])"
    # one variation selector after a symbol picks its look; more hide a message
    "|(?<![\\d#*\u00a9\u00ae\u2000-\u33ff\U0001f000-\U0001faff])[\ufe00-\ufe0f]"
)

_MAY_BE_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
"""Has every character of the pattern above, which takes ten times as long to find none of them."""


def strip_invisible(text: str) -> str:
    """The text without characters that show nothing: they only carry what nobody reads."""
    if text.isascii() or not _MAY_BE_INVISIBLE.search(text):
        return text
    return _INVISIBLE.sub("", text)


def is_wordless(node: Node) -> bool:
    """Whether an element that is not shown as text holds no words of the page, either."""
    return not _WORDLESS.isdisjoint(node.attrs.get("class", "").split())


def _is_for_screen_readers(name: str) -> bool:
    if len(name) > _LONGEST_NAME:
        return False
    return name in _SCREEN_READER or bool(_SCREEN_READER_NAME.fullmatch(name))


class Hiding:
    """Says of an element why a browser would not show it, were its ancestors shown.

    Args:
        styles: the page's own style sheets. Of these, the top-level rules with one class or one id
            as selector count; those in `@media` do not, for most hide things from print only.
    """

    def __init__(self, styles: Iterable[str] = ()) -> None:
        self._names = _hidden_names(styles)
        self._known: dict[tuple[str, str], Hidden] = {}  # pages repeat their classes and styles

    def of(self, node: Node) -> Hidden:
        """Why a browser would not show this element."""
        hidden = node.hidden
        if hidden is None:
            hidden = node.hidden = self._of(node.tag, node.attrs)
        return hidden

    def _of(self, tag: str, attrs: Mapping[str, str]) -> Hidden:
        if not attrs and tag != "dialog":
            return _NO
        if "hidden" in attrs or (tag == "dialog" and "open" not in attrs):
            return Hidden.NO if _STREAMED.fullmatch(attrs.get("id", "")) else Hidden.ATTRIBUTE
        if self._names and "id" in attrs and "#" + attrs["id"] in self._names:
            return Hidden.CSS
        look = (attrs.get("class", ""), attrs.get("style", ""))
        known = self._known.get(look)
        if known is None:
            known = self._known[look] = self._judge(*look)
        return known

    def _judge(self, classes: str, style: str) -> Hidden:
        if style and (_HIDING.search(style.lower()) or _is_ink_on_same_paper(style)):
            return Hidden.CSS
        names = classes.split()
        if not _WORDLESS.isdisjoint(names) or any(map(_is_for_screen_readers, names)):
            return Hidden.SCREEN_READER
        if self._names and any("." + name in self._names for name in names):
            return Hidden.CSS
        return Hidden.NO


def _hidden_names(styles: Iterable[str]) -> frozenset[str]:
    """The `.class` and `#id` selectors that style sheets hide."""
    names: set[str] = set()
    for style in styles:
        for selectors, body in _rules(_COMMENT.sub("", style) if "/*" in style else style):
            small = body.lower()  # quicker than a pattern that takes both cases
            if any(map(small.__contains__, _SIGNS)) and _HIDING.search(small):
                found = (_SIMPLE.fullmatch(s.strip()) for s in selectors.split(","))
                names.update(match[1] for match in found if match)
    return frozenset(names)


def _rules(style: str) -> Iterator[tuple[str, str]]:
    """Top-level (selectors, declarations) pairs; what stands in nested blocks is passed over."""
    depth = 0
    for chunk in style.split("}"):
        before, opened, body = chunk.partition("{")
        if not opened:
            depth = max(0, depth - 1)
        elif "{" in body:
            depth += body.count("{")
        elif depth == 0:
            selectors = before.rpartition(";")[2]  # what ends so is an @import or the like
            if "@" not in selectors:
                yield selectors, body


def _is_ink_on_same_paper(style: str) -> bool:
    ink, paper = _INK.search(style), _PAPER.search(style)
    if not (ink and paper):
        return False
    first, second = (re.sub(r"\s", "", m[1]).lower() for m in (ink, paper))
    same = first == second and first not in _NO_COLOUR
    return same or (first in _WHITE and second in _WHITE)
