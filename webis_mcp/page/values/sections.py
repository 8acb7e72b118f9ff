"""Lists that are named: by the class of their items, by that of the list, by the heading above.

A list is believed only where most of it was judged content: menus are named lists too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from webis_mcp.page.model import Block, Kind, Page
from webis_mcp.page.tree import Node, Tree
from webis_mcp.page.value import Place
from webis_mcp.page.values.lexicon import CONCEPTS, fold
from webis_mcp.page.values.places import Places
from webis_mcp.page.values.things import Statement

MAX_ITEMS = 500
"""Items of a list that are read."""

FARTHEST = 120
"""Blocks after a label among which its list is looked for."""

LIKELY_SHARE = 0.5
"""Share of the items that must be content."""

ALL_LINK = 0.9
"""Share of an item's letters in links from which on it is nothing but a link."""

MAX_LABEL = 60
"""Characters of a label or heading."""

_EVERY_LABEL = frozenset(label for concept in CONCEPTS.values() for label in concept.labels)
_ASIDE = re.compile(r"\s*\([^()]*\)|[:\uff1a]\s*$")
_LETTER = re.compile(r"[^\W\d_]")


def items_by_class(
    tree: Tree, places: Places, stems: Collection[str], foreign: Collection[str]
) -> list[Statement]:
    """The elements that repeat under a class or `itemprop` that names them, or a list so named.

    Args:
        stems: what the last word of the name is, singular, as `ingredient`.
        foreign: words in the name of a part of an item that is something else.
    """
    single: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in tree.root.iter():
        if node.attrs:
            name = _naming(node, stems)
            if name is not None and len(single[node.tag, name]) < MAX_ITEMS:
                single[node.tag, name].append(node)
    lists = [_items(nodes, places, foreign) for nodes in single.values()]
    likely = [found for found in lists if len(found) > 1]
    return max(likely, key=len, default=[])


def _items(nodes: Sequence[Node], places: Places, foreign: Collection[str]) -> list[Statement]:
    """One item an element where the elements repeat, else what is listed in the only one."""
    if len(nodes) > 2 and not _are_containers(nodes, places):
        found = (_item(node, places, foreign) for node in nodes)
        return [said for said in found if said is not None and _says(said.text)]
    blocks = [
        b for node in nodes for b in places.blocks_in(node) if not _is_foreign(b, places, foreign)
    ]
    return [_statement(places.page, block) for block in listed(places.page, blocks)]


def _are_containers(nodes: Sequence[Node], places: Places) -> bool:
    listing = [
        sum(b.kind is Kind.LIST_ITEM for b in places.blocks_in(node)) > 1 for node in nodes[:20]
    ]
    return sum(listing) * 2 > len(listing)


def _item(node: Node, places: Places, foreign: Collection[str]) -> Statement | None:
    """What one element says, without parts that are something else."""
    said = [one for one in places.shown(node) if one.visible]
    if len(said) > 1:
        page = places.page
        said = [
            one
            for one in said
            if one.place.block is None
            or not _is_foreign(page.blocks[one.place.block], places, foreign)
        ]
    return said[0] if said else None


def _is_foreign(block: Block, places: Places, foreign: Collection[str]) -> bool:
    page = places.page
    near = list(page.ancestors(block.element))[:3]
    names = {word for index in near for word in fold(page.elements[index].marks).split()}
    return not names.isdisjoint(foreign)


def _naming(node: Node, stems: Collection[str]) -> str | None:
    """The class or property of an element whose last word is one of the stems."""
    for name in (*node.attrs.get("itemprop", "").split(), *node.attrs.get("class", "").split()):
        last = fold(name).rpartition(" ")[2]
        if last in stems or (last.endswith("s") and last[:-1] in stems):
            return name
    return None


def items_under(
    places: Places, labels: frozenset[str], likely: Sequence[bool], foreign: Collection[str]
) -> list[Statement]:
    """The list that stands under a heading or label of one of these names."""
    page = places.page
    best: list[Block] = []
    for block in page.blocks:
        if block.hidden or not block.text or len(block.text) > MAX_LABEL:
            continue
        if fold(_ASIDE.sub("", block.text)) in labels:
            section = _section(page, block, labels)
            items = listed(page, [b for b in section if not _is_foreign(b, places, foreign)])
            if not block.level and not _mostly(items, likely):
                continue  # a heading says what is under it; other words may stand anywhere
            if _rank(items, likely) > _rank(best, likely):
                best = items
    return [_statement(page, block) for block in best[:MAX_ITEMS]]


def are_likely(items: Sequence[Statement], likely: Sequence[bool]) -> bool:
    """Whether enough of a list was judged content."""
    orders = [item.place.block for item in items if item.place.block is not None]
    return sum(likely[order] for order in orders) >= LIKELY_SHARE * len(orders)


def _mostly(items: Sequence[Block], likely: Sequence[bool]) -> bool:
    return sum(likely[item.order] for item in items) >= LIKELY_SHARE * len(items)


def listed(page: Page, blocks: Sequence[Block]) -> list[Block]:
    """The items among blocks: list items, or else like paragraphs side by side."""
    shown = [block for block in blocks if not block.hidden and _says(block.text)]
    items = [block for block in shown if block.kind is Kind.LIST_ITEM]
    found = items if len(items) > 1 else _like_the_first(page, shown)
    if sum(block.link_share > ALL_LINK for block in found) * 2 > len(found):
        return []  # what leads elsewhere is a menu
    half = len(found) // 2
    texts = [block.text for block in found]
    if len(found) > 3 and texts[:half] == texts[half:]:
        return found[:half]  # the page has it twice, for wide and for narrow windows
    return found


def _says(text: str) -> bool:
    """Whether a text is more than a number or a sign."""
    return len(text) > 2 and bool(_LETTER.search(text))


def _statement(page: Page, block: Block) -> Statement:
    return Statement(
        " ".join(block.text.split()), Place(block.text, page.xpath(block), block.order), True
    )


def _rank(items: Sequence[Block], likely: Sequence[bool]) -> tuple[int, int]:
    return sum(likely[item.order] for item in items), len(items)


def _section(page: Page, label: Block, labels: frozenset[str]) -> list[Block]:
    """The blocks after a label, up to the next heading or label of something else."""
    found: list[Block] = []
    for block in page.blocks[label.order + 1 : label.order + FARTHEST]:
        if block.hidden or not block.text:
            continue
        if _ends(label, block, labels):
            break
        found.append(block)
    return found


def _ends(label: Block, block: Block, labels: frozenset[str]) -> bool:
    """Whether what the label names is over."""
    if block.kind is Kind.HEADING:
        return not label.level or block.level <= label.level
    if len(block.text) > MAX_LABEL or block.kind is Kind.LIST_ITEM:
        return False
    name = fold(_ASIDE.sub("", block.text))
    return name in _EVERY_LABEL and name not in labels


def _like_the_first(page: Page, blocks: Sequence[Block]) -> list[Block]:
    """The paragraphs, from the first on, that stand side by side in one element."""
    plain = [block for block in blocks if block.kind is Kind.PARAGRAPH]
    found = [block for block in plain if _shape(page, block) == _shape(page, plain[0])]
    return found if len(found) > 1 and found == plain[: len(found)] else []


def _shape(page: Page, block: Block) -> tuple[str, int]:
    """The tag of a block's element, and what it stands in."""
    if block.element < 0:
        return "", -1
    element = page.elements[block.element]
    return element.tag, element.parent
