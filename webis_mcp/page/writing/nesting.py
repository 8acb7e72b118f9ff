"""Which quotes and list items are open, block after block, and what each line begins with.

A page says how deep a block stands; Markdown says it by what its lines begin with. Blocks that were
not kept leave no trace: what stood in them is written as deep as what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from webis_mcp.page.model import Block, Kind, ListPlace, Page

_QUOTE = Kind.QUOTE  # looked up once: before Python 3.12 that is a call of a function

MAX_QUOTES = 6
MAX_ITEMS = 8
"""Deeper quotes and items are written at this depth, as no reader tells them apart. It bounds what
a line can begin with, and so what a hostile page can make of a few bytes."""

MAX_NUMBER = 999_999_999
"""The largest number of an item that CommonMark knows."""


class Quote(NamedTuple):
    """An open quote, known by its depth and its element (-1 where the page does not say)."""

    depth: int
    element: int
    start: str = "> "
    rest: str = "> "


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An open list item.

    Attributes:
        depth: of its list, on the page.
        quotes: how many quotes it stands in.
        element: the `li`, -1 where the page does not say.
        around: the list that it is in, -1 where the page does not say.
        number: its number, `None` in a list of bullets.
        start: what its first line begins with; "" for one that is written without a bullet.
        rest: what its other lines begin with.
    """

    depth: int
    quotes: int
    element: int
    around: int
    number: int | None
    start: str
    rest: str


Container = Quote | Item


class Standing(NamedTuple):
    """Where a block is written: in what, and which item among these it opens, if any."""

    within: tuple[Container, ...]
    opened: Item | None = None

    @property
    def start(self) -> str:
        """What its first line begins with."""
        return "".join([c.start if c is self.opened else c.rest for c in self.within])

    @property
    def rest(self) -> str:
        """What its other lines begin with."""
        return _indent(self.within)


_PLAIN = Standing(())


def blank_line(before: Standing, after: Standing) -> str:
    """The line that parts two blocks: the marks of the quotes that both stand in."""
    return _indent(_common(before.within, after.within)).rstrip()


def are_items_of_one_list(before: Standing, after: Standing) -> bool:
    """Whether two blocks are items that need no blank line between them to be read as such."""
    item = after.opened
    if item is None or before.opened is None or not (item.start and before.opened.start):
        return False
    if after.within[-1] is not item or before.within[-1] is not before.opened:
        return False
    common = _common(before.within, after.within)
    if len(common) < len(after.within) - 1:
        return False
    if len(before.within) == len(common):  # within the item before
        return item.number in (None, 1)
    sibling = before.within[len(common)]
    return sibling.start[-2:] == item.start[-2:]


def _indent(within: Sequence[Container]) -> str:
    return "".join([container.rest for container in within])


def _common(left: tuple[Container, ...], right: tuple[Container, ...]) -> tuple[Container, ...]:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return left[:count]


class _Above(NamedTuple):
    """What an element stands in, outermost first.

    `quotes_around` are the quotes around its nearest `li`, `-1` where it stands in none.
    """

    items: tuple[int, ...] = ()
    quotes: tuple[int, ...] = ()
    quotes_around: int = -1
    around: int = -1


class Nesting:
    """Follows the blocks that are written, in order."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._items: list[Item] = []
        self._before: tuple[Container, ...] = ()
        self._above = {-1: _Above()}

    def stand(self, block: Block, *, bare: bool = False, label: str = "") -> Standing:
        """Where the next block is written.

        Args:
            block: it.
            bare: whether an item that it opens is written without its bullet.
            label: of the footnote that it defines; "" for none.
        """
        if not (block.place or block.quote_depth or label or block.kind is _QUOTE):
            self._items, self._before = [], ()
            return _PLAIN
        above = self._look_above(block.element)
        quotes = min(max(block.quote_depth, block.kind is _QUOTE), MAX_QUOTES)
        place = block.place or (ListPlace(0, ordered=False, number=0) if label else None)
        self._items = self._still_open(place, quotes, above)
        item = None
        if place and not (self._items and self._items[-1].depth == place.depth):
            del self._items[MAX_ITEMS - 1 :]
            around = min(quotes, above.quotes_around) if above.quotes_around >= 0 else quotes
            marker = "" if bare else self._marker(place, above, around, label)
            item = _item(place, above, around, marker)
            self._items.append(item)
        standing = Standing(_within(self._items, quotes, above), item)
        self._before = standing.within
        return standing

    def _still_open(self, place: ListPlace | None, quotes: int, above: _Above) -> list[Item]:
        """The open items that a block with this place stands in."""
        count = 0
        while place and count < len(self._items):
            item = self._items[count]
            if item.quotes > quotes or item.depth > place.depth - place.first:
                break
            if item.element >= 0 and item.element not in above.items:
                break
            count += 1
        path = _common(_within(self._items[:count], quotes, above), self._before)
        return [item for item in self._items[:count] if item in path]

    def _marker(self, place: ListPlace, above: _Above, around: int, label: str) -> str:
        """What the first line of an item begins with."""
        if label:
            return f"[^{label}]: "
        if not place.ordered or not 0 <= place.number <= MAX_NUMBER:
            return "- "
        outer = _within(self._items, around, above)
        sibling = self._before[len(outer)] if len(self._before) > len(outer) else None
        if not isinstance(sibling, Item) or sibling.number is None:
            return f"{place.number}. "
        dot = sibling.start[-2]
        if sibling.around != above.around and place.number <= sibling.number:
            dot = ")" if dot == "." else "."  # or this list would go on with the last one's numbers
        return f"{place.number}{dot} "

    def _look_above(self, element: int) -> _Above:
        """What an element stands in; looked up once an element."""
        unknown: list[int] = []
        while element not in self._above:
            unknown.append(element)
            element = self._page.elements[element].parent
        found = self._above[element]
        for below in reversed(unknown):
            found = _below(found, below, self._page.elements[below].tag)
            self._above[below] = found
        return found


def _below(above: _Above, element: int, tag: str) -> _Above:
    """What stands in an element."""
    if tag == "li":
        items = (*above.items, element)[-4 * MAX_ITEMS :]
        return above._replace(items=items, quotes_around=len(above.quotes))
    if tag == "blockquote":
        return above._replace(quotes=(*above.quotes, element)[:MAX_QUOTES])
    if tag in ("ul", "ol", "menu", "dir"):
        return above._replace(around=element)
    return above


def _item(place: ListPlace, above: _Above, quotes: int, marker: str) -> Item:
    return Item(
        depth=place.depth,
        quotes=quotes,
        element=above.items[-1] if above.items else -1,
        around=above.around,
        number=place.number if marker[:1].isdigit() else None,
        start=marker,
        rest=" " * (4 if marker[:1] == "[" else len(marker)),
    )


def _within(items: Sequence[Item], quotes: int, above: _Above) -> tuple[Container, ...]:
    """The items and the quotes that a block stands in, outermost first."""
    within: list[Container] = []
    depth = 0
    for around, item in (*((item.quotes, item) for item in items), (quotes, None)):
        while depth < around:
            element = above.quotes[depth] if depth < len(above.quotes) else -1
            within.append(Quote(depth, element))
            depth += 1
        if item is not None:
            within.append(item)
    return tuple(within)
