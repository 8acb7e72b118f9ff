"""What a page says of itself, gathered before anyone decides what to believe.

What is kept is bounded in number and in length, so deciding is cheap on any page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from webis_mcp.page.tree import BLOCK_TAGS, SEPARATOR, Node, Tree

MAX_CLUES = 40
"""Elements of one sort that are looked at: what a page says of itself stands near its top."""

MAX_WORDS = 500
"""Characters of an element's text that are read: no title, byline or line with a date is longer."""

MAX_LINKED = 2 * 1024 * 1024
"""Characters of JSON-LD that are read, over all scripts; more is data, not a description."""

MAX_CONTENT = 20_000
"""Characters of a `<meta>` that are read."""

_MAX_STRING = 4 * MAX_WORDS
"""Characters of one run of text that are read, white space among them."""

_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "button", "select"})
_BYLINE = re.compile(
    r"(?<![A-Za-z])(?:by-?lines?|authors?(?:-?name)?|writers?|written)(?![a-z])"
    r"|[a-z](?:Byline|Author)(?:s|Name)?(?![a-z])"
)
_DATED = re.compile(
    r"(?<![a-z])(?:(?:pub|post|entry|article|news|story|blog|created)?[-_]*date(?:time)?)(?![a-z])"
    r"|[a-z]Date(?![a-z])"
)
_NAMING = ("property", "name", "itemprop", "http-equiv")
_ITEMS = frozenset({"headline", "author", "datepublished", "datecreated"})
_TEXT_TAGS = frozenset(
    "article main section aside footer p li td blockquote figure figcaption".split()
)
_HEIGHT = 6
"""How far up it is looked whether a `<meta>` stands in a text."""

_DRAWN = frozenset({"svg", "g", "symbol", "path"})


@dataclass(slots=True)
class Clues:
    """The parts of a page that may say what it is, who wrote it and when.

    Attributes:
        tree: the page.
        language: the `lang` of the root element.
        title: the text of `<title>`.
        base: the href of `<base>`.
        meta: contents by name, property or itemprop, in lower case.
        links: hrefs of `<link>` by each word of its `rel`.
        linked: the texts of its JSON-LD.
        headings: its `h1` elements, in document order.
        times: its `time` elements, in document order.
        items: elements with an `itemprop` that matters here, in any order.
        types: the schema types of its microdata.
        bylines: elements whose class or `rel` speaks of an author, in any order.
        dated: elements whose class speaks of a date, in any order.
    """

    tree: Tree
    language: str = ""
    title: str = ""
    base: str = ""
    meta: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    linked: list[str] = field(default_factory=list)
    headings: Sequence[Node] = ()
    times: Sequence[Node] = ()
    items: list[Node] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    bylines: list[Node] = field(default_factory=list)
    dated: list[Node] = field(default_factory=list)

    def said(self, *names: str) -> Iterator[str]:
        """What the head says under these names, in the order of the names; never empty."""
        for name in names:
            yield from self.meta.get(name, ())

    def in_order(self, nodes: Sequence[Node]) -> Sequence[Node]:
        """Some of the page's elements in document order."""
        if len(nodes) < 2:
            return nodes
        wanted = {id(node) for node in nodes}
        found = (node for node in self.tree.root.iter() if id(node) in wanted)
        return list(islice(found, len(wanted)))


def gather(tree: Tree) -> Clues:
    """The clues of a page."""
    clues = Clues(tree)
    for tag, take in _TAKERS.items():
        for node in tree.named.get(tag, ()):
            take(clues, node)
    clues.headings = tree.named.get("h1", ())[:MAX_CLUES]
    clues.times = tree.named.get("time", ())[:MAX_CLUES]
    telling: dict[str, bool] = {"": False}  # pages repeat their classes
    for nodes in tree.named.values():
        for node in nodes:
            attrs = node.attrs
            # For every element of a page: asked inline, since a call would double the time.
            if attrs:
                name = attrs.get("class", "")
                if name not in telling:
                    telling[name] = "uthor" in name or "yline" in name or "date" in name
                if (
                    telling[name]
                    or "itemprop" in attrs
                    or "itemtype" in attrs
                    or attrs.get("rel") == "author"
                ):
                    _take_marked(clues, node)
    return clues


def words(node: Node, limit: int = MAX_WORDS) -> str:
    """The visible text of an element, white space collapsed, elements that break lines parted."""
    return " ".join("".join(_strings(node, limit)).split())


def pieces(node: Node, limit: int = MAX_WORDS) -> list[str]:
    """The visible strings of an element, each collapsed; the empty ones left out."""
    found = (" ".join(string.split()) for string in _strings(node, limit))
    return [piece for piece in found if piece]


def following(node: Node) -> Iterator[str]:
    """The visible strings after an element, nearest first, each collapsed."""
    while node.parent is not None:
        siblings = node.parent.children
        for child in islice(siblings, siblings.index(node) + 1, None):
            yield from _near_strings(child, backwards=False)
        node = node.parent


def preceding(node: Node) -> Iterator[str]:
    """The visible strings before an element, nearest first, each collapsed."""
    while node.parent is not None:
        siblings = node.parent.children
        for child in reversed(siblings[: siblings.index(node)]):
            yield from _near_strings(child, backwards=True)
        node = node.parent


def has_property(node: Node, name: str) -> bool:
    """Whether an element bears a property of microdata, given in lower case."""
    return name in node.attrs.get("itemprop", "").lower().split()


def _near_strings(child: Node | str, *, backwards: bool) -> Iterator[str]:
    stack = [child]
    while stack:
        item = stack.pop()
        if not isinstance(item, str):
            if item.tag not in _SILENT:
                stack.extend(item.children if backwards else reversed(item.children))
        elif item != SEPARATOR and (piece := " ".join(item[:_MAX_STRING].split())):
            yield piece


def _strings(node: Node, limit: int) -> Iterator[str]:
    """Text as it stands, a space where an element breaks the line, up to so many characters.

    An element counts as one, so that a million empty ones come to an end too.
    """
    stack: list[Node | str] = [node]
    while stack and limit > 0:
        child = stack.pop()
        limit -= 1
        if isinstance(child, str):
            limit -= len(child.strip())
            yield " " if child == SEPARATOR else child[:_MAX_STRING]
        elif child.tag not in _SILENT:
            breaks = child.tag in BLOCK_TAGS or child.tag == "br"
            if breaks:
                stack.append(" ")
            stack.extend(reversed(child.children))
            if breaks:
                yield " "


def _take_root(clues: Clues, node: Node) -> None:
    clues.language = node.attrs.get("lang") or node.attrs.get("xml:lang") or ""


def _take_title(clues: Clues, node: Node) -> None:
    if not clues.title and node.parent is not None and node.parent.tag not in _DRAWN:
        clues.title = words(node)


def _is_in_text(node: Node) -> bool:
    """Whether a `<meta>` stands where only microdata belongs: comments and posts can hold one."""
    at = node.parent
    for _ in range(_HEIGHT):
        if at is None:
            return False
        if at.tag in _TEXT_TAGS:
            return True
        at = at.parent
    return False


def _take_meta(clues: Clues, node: Node) -> None:
    attrs = node.attrs
    content = " ".join(attrs.get("content", "")[:MAX_CONTENT].split())
    if content:
        keys = ("itemprop",) if _is_in_text(node) else _NAMING
        for key in keys:
            if name := attrs.get(key):
                known = clues.meta.setdefault(name.strip().lower(), [])
                if len(known) < MAX_CLUES:
                    known.append(content)


def _take_link(clues: Clues, node: Node) -> None:
    for word in node.attrs.get("rel", "").lower().split()[:4]:
        clues.links.setdefault(word, node.attrs.get("href", "").strip())


def _take_base(clues: Clues, node: Node) -> None:
    clues.base = clues.base or node.attrs.get("href", "").strip()


def _take_script(clues: Clues, node: Node) -> None:
    if "ld+json" in node.attrs.get("type", "").lower() and len(clues.linked) < MAX_CLUES:
        text = node.text()
        if sum(map(len, clues.linked)) + len(text) <= MAX_LINKED:
            clues.linked.append(text)


_TAKERS: dict[str, Callable[[Clues, Node], None]] = {
    "html": _take_root,
    "title": _take_title,
    "meta": _take_meta,
    "link": _take_link,
    "base": _take_base,
    "script": _take_script,
}


def _take_marked(clues: Clues, node: Node) -> None:
    """Takes what an element's attributes say, whatever its tag."""
    attrs = node.attrs
    if "itemtype" in attrs and len(clues.types) < MAX_CLUES:
        clues.types.append(attrs["itemtype"].rstrip("/").rpartition("/")[2])
    name = attrs.get("class", "")
    if not _ITEMS.isdisjoint(attrs.get("itemprop", "").lower().split()):
        kind = clues.items
    elif _BYLINE.search(name) or attrs.get("rel") == "author":
        kind = clues.bylines
    elif _DATED.search(name):
        kind = clues.dated
    else:
        return
    if len(kind) < MAX_CLUES:
        kind.append(node)
