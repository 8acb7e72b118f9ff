"""HTML text to a tree of light nodes: the only place that touches the HTML parser.

The parser (turbohtml, decision 0002) builds the tree that the HTML standard prescribes and tells it
to us as events, in linear time on every hostile page we know. What we keep of it is bounded here,
so that nothing after this has to fear a page: depth, attributes of a tag, elements. What lies
deeper is flattened, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from turbohtml.saxparse import SaxHandler, sax_parse

from webis_mcp.page.model import Hidden

MAX_DEPTH = 200
"""Elements nested deeper are flattened into the one at this depth. No page of 2,977 labelled ones
nests deeper than 138. It bounds what path names and ancestor walks cost; reading takes up to
three frames of Python's stack an element, of 1,000 by default."""

MAX_ATTRIBUTES = 256
"""Attributes of one tag that we look at."""

MAX_VALUE = 65_536
"""Characters of one attribute's value that are kept; longer ones are data, not places or names."""

MAX_DATA = 2_000_000
"""The same where an attribute is there for data: what a page hands to its script."""

MAX_ELEMENTS = 150_000
"""Elements that are kept as such; the text of further ones is kept, in the last container. The
largest labelled page has 13,116; a paragraph of this many links takes seconds to write."""

BLOCK_TAGS = frozenset(
    "address article aside blockquote body button canvas caption center col colgroup dd details "
    "dialog dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head "
    "header hgroup hr html iframe legend li listing main menu nav noscript object ol optgroup "
    "option p plaintext pre search section select summary table tbody td template textarea tfoot "
    "th thead title tr ul video audio xmp".split()
)
"""Elements that a browser sets apart from the text around them (HTML standard, section 15.3), and
those that we treat so."""

SKIPPED = frozenset(
    "script style template noscript head title svg iframe select textarea datalist object embed "
    "applet audio video canvas noembed noframes input".split()
)
"""Elements whose text a reader does not see as text of the page. The head is read by `facts`."""

SEPARATOR = "\x00"
"""Stands among children where a flattened element would have set its text apart."""

SHADOW = "data-shadowroot"
"""The attribute of a template that a browser shows in the place of its parent's children, which
stand in slots of it (HTML standard, declarative shadow roots)."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_SHADOW_TAG = re.compile(r"(<template\b[^<>]{0,400}?\s)shadowroot(?:mode)?(?=\s*=)", re.IGNORECASE)


class Node:
    """An element: its tag, attributes (without value: ""), and children, text among them."""

    __slots__ = ("attrs", "children", "hidden", "index", "parent", "position", "tag")

    def __init__(self, tag: str, attrs: dict[str, str], parent: Node | None) -> None:
        self.tag = tag
        self.attrs = attrs
        self.parent = parent
        self.children: list[Node | str] = []
        self.index = -1  # its place in the page's elements, once it has one
        self.hidden: Hidden | None = None  # why a browser would not show it, once asked for
        self.position = 0  # its number among siblings of its tag, once asked for

    def iter(self) -> Iterator[Node]:
        """The node and all elements below it, in document order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(c for c in reversed(node.children) if not isinstance(c, str))

    def text(self) -> str:
        """All text below it, as it stands."""
        parts: list[str] = []
        stack: list[Node | str] = [self]
        while stack:
            child = stack.pop()
            if isinstance(child, str):
                parts.append(" " if child == SEPARATOR else child)
            else:
                stack.extend(reversed(child.children))
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed document.

    Attributes:
        root: a nameless node above `html`.
        named: the elements of each tag, in document order.
        warnings: what had to be flattened.
    """

    root: Node
    named: Mapping[str, Sequence[Node]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def parse(html: str) -> Tree:
    """The tree of a document or fragment; never fails.

    Lone surrogates and NUL, which no text can hold, become U+FFFD, as the standard has it.
    """
    builder = _Builder()
    sax_parse(_opened(_closed(_scalar(html).replace(SEPARATOR, "\ufffd"))), builder)
    return Tree(builder.root, builder.named, tuple(builder.warnings()))


def _scalar(html: str) -> str:
    """The text with lone surrogates replaced. Encoding is a hundred times quicker than looking."""
    try:
        html.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", html)
    return html


def _closed(html: str) -> str:
    """The document, a frame that is opened within a `noscript` also closed there.

    The parser reads what is for readers without scripts as markup; a browser with scripts does not,
    and the frame (often a counter of visits, written `<iframe ... />`) does not swallow the page.
    """
    if "<noscript" not in html or "<iframe" not in html:
        return html
    parts, done, start = [], 0, html.find("<noscript")
    while start >= 0 and (end := html.find("</noscript", start)) >= 0:
        if html.find("<iframe", start, end) >= 0 and html.find("</iframe", start, end) < 0:
            parts += [html[done:end], "</iframe>"]
            done = end
        start = html.find("<noscript", end)
    return "".join([*parts, html[done:]]) if parts else html


def _opened(html: str) -> str:
    """The document, its shadow roots under a name of ours: the parser keeps them to itself."""
    return _SHADOW_TAG.sub(rf"\1{SHADOW}", html) if "shadowroot" in html else html


class _Builder(SaxHandler):
    """Takes the parser's events and keeps the tree within its bounds."""

    def __init__(self) -> None:
        self.root = Node("", {}, None)
        self.open = self.root
        self.depth = 0
        self.deepest = 0
        self.kept = 0
        self.over: list[str] = []
        self.unread = 0
        self.named: dict[str, list[Node]] = {}

    def start_element(self, tag: str, attrs: tuple[tuple[str, str | None], ...]) -> None:
        # Called for every element of a page: what is asked here costs more than it looks.
        self.depth = depth = self.depth + 1
        if depth > MAX_DEPTH or self.kept >= MAX_ELEMENTS or self.over:
            self._flatten(tag)
            return
        self.kept += 1
        outer = self.open
        self.open = node = Node(tag, _known(attrs) if attrs else {}, outer)
        outer.children.append(node)
        same = self.named.get(tag)
        if same is None:
            self.named[tag] = [node]
        else:
            same.append(node)

    def end_element(self, tag: str) -> None:
        self.depth -= 1
        if self.over:
            self.unread -= self.over.pop() in SKIPPED
            self._separate(tag)
        elif self.open.parent is not None:
            self.open = self.open.parent

    def characters(self, data: str) -> None:
        if not self.unread:
            self.open.children.append(data)

    def warnings(self) -> Iterator[str]:
        """What was flattened, said once."""
        if self.deepest > MAX_DEPTH:
            yield f"Elements nested deeper than {MAX_DEPTH} were flattened; their text is kept."
        if self.kept >= MAX_ELEMENTS:
            yield f"More than {MAX_ELEMENTS:,} elements: the rest was read as plain text."

    def _flatten(self, tag: str) -> None:
        self.over.append(tag)
        self.unread += tag in SKIPPED
        self.deepest = max(self.deepest, self.depth)
        self._separate(tag)

    def _separate(self, tag: str) -> None:
        children = self.open.children
        if (tag in BLOCK_TAGS or tag == "br") and not (children and children[-1] == SEPARATOR):
            children.append(SEPARATOR)


def _known(attrs: tuple[tuple[str, str | None], ...]) -> dict[str, str]:
    """The attributes of a tag, within their bounds."""
    return {
        name: (value if len(value) <= MAX_VALUE else _cut(name, value)) if value else ""
        for name, value in attrs[:MAX_ATTRIBUTES]
    }


def _cut(name: str, value: str) -> str:
    return value[: MAX_DATA if name.startswith("data-") else MAX_VALUE]
