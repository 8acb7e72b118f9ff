"""Microdata, RDFa and `meta`: what attributes say of the elements that they stand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from webis_mcp.page.tree import Node, Tree
from webis_mcp.page.values.linked import read_script
from webis_mcp.page.values.places import Places, attribute, path_of
from webis_mcp.page.values.things import MAX_THINGS, Said, Statement, Thing, Things, short_type

MAX_SCRIPTS = 1_000_000
"""Characters of JSON-LD that are read, over all scripts."""

MAX_SAID = 5_000
"""Properties that are read of a page's microdata, and of its RDFa."""

MAX_META = 500
"""`meta` elements that are read."""

_SAYING = {
    "meta": "content",
    "a": "href",
    "area": "href",
    "link": "href",
    "img": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "iframe": "src",
    "embed": "src",
    "object": "data",
    "data": "value",
    "meter": "value",
    "time": "datetime",
}
"""By which attribute an element says the value of a property (HTML standard, 5.2.4)."""

_NAMED_TEXT = frozenset({"name", "headline", "title", "brand", "author", "publisher", "creator"})
"""Properties whose value is what a link is called, never where it leads."""


def read_things(tree: Tree, places: Places) -> Things:
    """All that a page says for machines."""
    top: list[Thing] = []
    room = MAX_SCRIPTS
    for script in tree.named.get("script", ()):
        if "ld+json" in script.attrs.get("type", "").lower() and len(top) < MAX_THINGS and room > 0:
            text = script.text()[:room]
            room -= len(text)
            top += read_script(text, path_of(script))
    linked = Things(top)
    top += _Microdata(places).read(tree.root)
    top += _Rdfa(places).read(tree.root)
    by_id: dict[str, Thing] = {}
    for thing in linked.all():
        if thing.id and (thing.said or thing.id not in by_id):
            known = by_id.get(thing.id)
            by_id[thing.id] = thing if known is None or len(known.said) < len(thing.said) else known
    return Things(top, by_id, _meta(tree))


class _Marked:
    """Walks a tree once; its kinds know by which attributes things and properties are told."""

    source = ""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._said = 0

    def read(self, root: Node) -> list[Thing]:
        """The things that are no part of another."""
        top: list[Thing] = []
        stack: list[tuple[Node, Thing | None]] = [(root, None)]
        count = 0
        while stack:
            node, whole = stack.pop()
            if node.attrs:
                inner = self.thing(node) if count < MAX_THINGS else None
                count += inner is not None
                self._say(node, whole, inner)
                if inner is not None and (whole is None or not self.names(node)):
                    top.append(inner)
                elif inner is not None:
                    inner.shown = list(self._places.shown(node))[:1]
                whole = inner or whole
            below = [(child, whole) for child in node.children if not isinstance(child, str)]
            stack.extend(reversed(below))
        return top

    def thing(self, node: Node) -> Thing | None:
        """The thing that an element begins."""
        raise NotImplementedError

    def names(self, node: Node) -> Sequence[str]:
        """The properties that an element says."""
        raise NotImplementedError

    def _say(self, node: Node, whole: Thing | None, inner: Thing | None) -> None:
        names = self.names(node)
        self._said += len(names)
        if whole is None or not names or self._said > MAX_SAID:
            return
        for name in names:
            said: Iterator[Said] = iter([inner]) if inner else self._values(node, name)
            for one in said:
                whole.say(name, one)

    def _values(self, node: Node, name: str) -> Iterator[Statement]:
        saying = "content" if "content" in node.attrs else _SAYING.get(node.tag)
        if saying == "href" and node.tag == "a" and name in _NAMED_TEXT:
            saying = None
        if saying is not None and saying in node.attrs:
            told = attribute(node, saying)
            if told is not None:
                yield told
        else:
            yield from self._places.shown(node)


class _Microdata(_Marked):
    def thing(self, node: Node) -> Thing | None:
        if "itemscope" not in node.attrs:
            return None
        types = tuple(map(short_type, node.attrs.get("itemtype", "").split()))
        return Thing(types, source="microdata")

    def names(self, node: Node) -> Sequence[str]:
        names = node.attrs.get("itemprop", "")
        return [short_type(name) for name in names.split()[:8]] if names else ()


class _Rdfa(_Marked):
    def thing(self, node: Node) -> Thing | None:
        types = node.attrs.get("typeof", "")
        return Thing(tuple(map(short_type, types.split())), source="rdfa") if types else None

    def names(self, node: Node) -> Sequence[str]:
        names = node.attrs.get("property", "")
        return [short_type(name) for name in names.split()[:8]] if names else ()


def _meta(tree: Tree) -> Mapping[str, Sequence[Statement]]:
    """What `meta` elements say, by name, property or itemprop."""
    said: dict[str, list[Statement]] = {}
    for node in tree.named.get("meta", ())[:MAX_META]:
        told = attribute(node, "content")
        if told is None:
            continue
        for key in ("property", "name", "itemprop"):
            for name in node.attrs.get(key, "").lower().split()[:4]:
                said.setdefault(name, []).append(told)
    return said
