"""Record sets: structures that repeat, in tables, lists and cards, and lists under a heading.

A record is a run of blocks (or a row of a table). What its parts mean is not known here; they can
be asked for by the names on their elements, by the head of their column, and by their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from webis_mcp.page.model import Block, Kind, Page
from webis_mcp.page.tree import Node, Tree
from webis_mcp.page.value import Place
from webis_mcp.page.values.lexicon import fold
from webis_mcp.page.values.places import Places, attribute
from webis_mcp.page.values.things import Statement

MAX_RECORDS = 500
"""Records of a set that are read."""

MAX_SETS = 60
"""Sets that are kept, those with the most words first: a page's menus are sets too."""

MAX_NODES = 60_000
"""Elements that are looked at for records, outermost first: a page has some thousands."""

FEWEST = 2
"""Records that make a set."""


class Part(NamedTuple):
    """A statement of a record, with what its column or its element is called, folded."""

    said: Statement
    names: tuple[str, ...]
    is_link: bool = False
    is_heading: bool = False
    href: Statement | None = None


class RecordSet(NamedTuple):
    """Records of one shape, in the page's order; what the set stands under, folded."""

    records: Sequence[Sequence[Part]]
    heading: str
    first: int
    is_table: bool


def read_record_sets(page: Page, tree: Tree, places: Places) -> list[RecordSet]:
    """The structures of a page that repeat."""
    found = [*_tables(page), *_repeated(page, tree, places)]
    return sorted(found, key=_size, reverse=True)[:MAX_SETS]


def _size(found: RecordSet) -> int:
    """How much a set says, the same for all: records, and letters up to a page's worth."""
    letters = sum(len(part.said.text) for record in found.records for part in record)
    return len(found.records) * 20 + min(letters, 20_000)


def heading_of(page: Page, block: Block) -> str:
    """What stands above a block as its nearest heading, folded."""
    return fold(page.blocks[block.heading_path[-1]].text) if block.heading_path else ""


# ------------------------------------------------------------------ tables


def _tables(page: Page) -> Iterator[RecordSet]:
    for block in page.blocks:
        if block.kind is not Kind.TABLE or block.hidden:
            continue
        rows = list(_cells(page, block))
        heads = _heads(block)
        body = rows[1:] if heads else rows
        wide = [row for row in body if len(row) > 1]
        if len(wide) < FEWEST or (not heads and max(map(len, wide)) < 3):
            continue
        records = [
            [
                Part(said, (heads[at],) if at < len(heads) else ())
                for at, said in enumerate(row)
                if said.text
            ]
            for row in wide[:MAX_RECORDS]
        ]
        yield RecordSet(records, heading_of(page, block), block.order, True)


def _cells(page: Page, block: Block) -> Iterator[list[Statement]]:
    """The cells of a table as they stand in its text, row by row."""
    xpath = page.xpath(block)
    for line in block.text.split("\n"):
        yield [
            Statement(cell.strip(), Place(cell.strip(), xpath, block.order), True)
            for cell in line.split("\t")
        ]


def _heads(block: Block) -> list[str]:
    """What the columns of a table are called, where its first row says so."""
    if len(block.rows) < 2:
        return []
    first, second = block.rows[0], block.rows[1]
    is_head = all(cell.header for cell in first) and not all(cell.header for cell in second)
    spans = any(cell.colspan > 1 for cell in first)
    return [] if spans or not is_head else [fold(cell.text) for cell in first]


# ------------------------------------------------------------------ lists and cards


def _repeated(page: Page, tree: Tree, places: Places) -> Iterator[RecordSet]:
    """Siblings of one tag and one class, each with words."""
    shown = {block.element for block in page.blocks if block.text and not block.hidden}
    speaking = {index for element in shown for index in page.ancestors(element)}
    groups: dict[tuple[int, str, str], list[Node]] = defaultdict(list)
    for node in tree.root.iter():
        if node.index in speaking and node.parent is not None and node.tag not in ("td", "th"):
            groups[id(node.parent), node.tag, _look(node)].append(node)
    room = MAX_NODES
    for nodes in groups.values():
        if len(nodes) >= FEWEST and room > 0:
            room -= sum(1 for node in nodes[:MAX_RECORDS] for _ in node.iter())
            yield from _set_of(page, nodes[:MAX_RECORDS], places)


def _look(node: Node) -> str:
    """By what siblings of one kind are told: the first word of their class, or their type."""
    kind = node.attrs.get("itemtype", "")
    return kind or next(iter(node.attrs.get("class", "").split()), "").rstrip("0123456789-_")


def _set_of(page: Page, nodes: Sequence[Node], places: Places) -> Iterator[RecordSet]:
    records = [parts for node in nodes if (parts := _parts(node, places))]
    if len(records) >= FEWEST:
        first = min(part.said.place.block or 0 for part in records[0])
        yield RecordSet(records, heading_of(page, page.blocks[first]), first, False)


def _parts(record: Node, places: Places) -> list[Part]:
    """What a record says: the parts with names of their own first, then its blocks."""
    found: list[Part] = []
    for node in record.iter():
        names = _names(node)
        if not names and node.tag not in ("a", "time"):
            continue
        is_link, href = node.tag == "a", _href(node)
        found += [Part(said, names, is_link, href=href) for said in _said(node, places)]
    links = {link.text: link.href for block in places.blocks_in(record) for link in block.links}
    for block in places.blocks_in(record):
        if block.text and not block.hidden:
            said = places.statement(block, block.text)
            is_link = block.text in links
            found.append(Part(said, (), is_link, block.kind is Kind.HEADING))
    return found


def _said(node: Node, places: Places) -> Iterator[Statement]:
    for name in ("content", "datetime"):
        if node.attrs.get(name):
            told = attribute(node, name)
            if told is not None:
                yield told
            return
    found = list(places.shown(node))
    if len(found) == 1:
        yield found[0]


def _href(node: Node) -> Statement | None:
    return attribute(node, "href") if node.tag == "a" else None


def _names(node: Node) -> tuple[str, ...]:
    """What an element is called by its author: `itemprop` first, then the words of its class."""
    attrs = node.attrs
    if not attrs:
        return ()
    said = (*attrs.get("itemprop", "").split(), *attrs.get("class", "").split()[:4])
    return tuple(filter(None, map(fold, said)))
