"""Lists that are named: by the class of their items, by that of the list, by the heading above.

A list is believed only where most of it was judged content: menus are named lists too. What its
items are is told by `rows`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from webis_mcp.page.facts.clues import words
from webis_mcp.page.model import Block, Kind, Page
from webis_mcp.page.tree import Node, Tree
from webis_mcp.page.values.lexicon import CONCEPTS, fold
from webis_mcp.page.values.places import MAX_TEXT, Places
from webis_mcp.page.values.rows import distinct, items_among, joined, says, statement
from webis_mcp.page.values.things import Statement

MAX_ITEMS = 500
"""Items of a list that are read."""

FARTHEST = 120
"""Blocks after a label among which its list is looked for."""

LIKELY_SHARE = 0.5
"""Share of the items that must be content."""

UNLIKELY = 0.3
"""What a letter counts that was not judged content, where lists of one name are compared."""

MIN_STEPS = 100
"""Letters of a numbered list that may tell how something is done."""

MAX_BESIDE = 60
"""Letters beside the named part of a list item, at most, for the item to be meant: an amount."""

MAX_LABEL = 60
"""Characters of a label or heading."""

_EVERY_LABEL = frozenset(label for concept in CONCEPTS.values() for label in concept.labels)
_LISTS = frozenset(
    label for name in ("ingredients", "instructions") for label in CONCEPTS[name].labels
)
_ASIDE = re.compile(r"\s*\([^()]*\)|[:\uff1a]\s*$")

_BEFORE = frozenset(
    "recipe cooking baking preparation full the easy our your main all detailed complete".split()
)
"""Words before the name of a list that leave it what it is: "Cooking Instructions"."""

_FOR = frozenset("for serves fur pour para per voor til na dla pro du des de".split())
"""Words after the name of a list that say for whom or of what it is: "Zutaten für 4 Personen"."""


class Foreign(NamedTuple):
    """By the name of their element, what stands within a list and is something else.

    Attributes:
        items: words in the name of an item that is none.
        parts: words in the name of a part of an item.
        blocks: orders of blocks that are known to be of another list.
    """

    items: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    blocks: frozenset[int] = frozenset()


def items_by_class(
    tree: Tree, places: Places, stems: Collection[str], foreign: Foreign
) -> list[Statement]:
    """The elements that repeat under a class or `itemprop` that names them, or a list so named.

    Args:
        stems: what the last word of the name is, singular, as `ingredient`.
    """
    single: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in tree.root.iter():
        if node.attrs:
            name = _naming(node, stems)
            if name is not None and len(single[node.tag, name]) < MAX_ITEMS:
                single[node.tag, name].append(node)
    lists = [_items(_whole(nodes, places), places, foreign) for nodes in single.values()]
    likely = [found for found in lists if len(found) > 1]
    return max(likely, key=len, default=[])


def _whole(nodes: Sequence[Node], places: Places) -> Sequence[Node]:
    """The list items that the elements stand in, where each is one: its amount stands beside."""
    around = [_list_item(node) for node in nodes]
    whole = {id(node): node for node in around if node is not None}
    if not len(whole) == len(nodes) > 2:
        return nodes
    said = sum(len(words(node, MAX_TEXT)) for node in nodes)
    more = sum(len(words(node, MAX_TEXT)) for node in whole.values()) - said
    return list(whole.values()) if more <= MAX_BESIDE * len(nodes) else nodes


def _list_item(node: Node) -> Node | None:
    """The list item that an element is or stands in, a little way up."""
    at: Node | None = node
    for _ in range(4):
        if at is None or at.tag == "li":
            return at
        at = at.parent
    return None


def _items(nodes: Sequence[Node], places: Places, foreign: Foreign) -> list[Statement]:
    """One item an element where the elements repeat, else what is listed in the only one."""
    if len(nodes) > 2 and not _are_containers(nodes, places):
        found = (_item(node, places, foreign) for node in nodes)
        return distinct([said for said in found if said is not None and says(said.text)])
    blocks = {block.order: block for node in nodes for block in places.blocks_in(node)}
    return _among(places, list(blocks.values()), foreign)  # a list may stand within its like


def _among(places: Places, blocks: Sequence[Block], foreign: Foreign) -> list[Statement]:
    kept = _kept(places, blocks, foreign)
    found = items_among(places.page, kept)
    orders = {b.order for b in kept if _is_foreign(b, places, foreign.items)}
    return [said for said in found if said.place.block not in orders]


def _are_containers(nodes: Sequence[Node], places: Places) -> bool:
    listing = [
        sum(b.kind is Kind.LIST_ITEM for b in places.blocks_in(node)) > 1
        and len({b.element for b in places.blocks_in(node)}) > 1
        and node.tag != "li"
        for node in nodes[:20]
    ]
    return sum(listing) * 2 > len(listing)


def _item(node: Node, places: Places, foreign: Foreign) -> Statement | None:
    """What one element says, without parts that are something else."""
    blocks = [block for block in places.blocks_in(node) if block.text and not block.hidden]
    kept = _kept(places, blocks, foreign)
    if blocks and not kept:
        return None
    if len(blocks) > 1 and kept:
        return statement(places.page, joined(places.page, kept))
    said = [one for one in places.shown(node) if one.visible]
    return said[0] if said else None


def _kept(places: Places, blocks: Sequence[Block], foreign: Foreign) -> list[Block]:
    mine = [block for block in blocks if block.order not in foreign.blocks]
    return [block for block in mine if not _is_foreign(block, places, foreign.parts)]


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
    places: Places, labels: frozenset[str], likely: Sequence[bool], foreign: Foreign
) -> list[Statement]:
    """The list that stands under a heading or label of one of these names."""
    page = places.page
    best: list[Statement] = []
    for block in page.blocks:
        if block.hidden or not block.text or len(block.text) > MAX_LABEL:
            continue
        if is_named(block.text, labels):
            items = _among(places, _section(page, block, labels), foreign)
            if not block.level and not are_likely(items, likely):
                continue  # a heading says what is under it; other words may stand anywhere
            if _rank(items, likely) > _rank(best, likely):
                best = items
    return best[:MAX_ITEMS]


def numbered_items(places: Places, likely: Sequence[bool], foreign: Foreign) -> list[Statement]:
    """The items of the only numbered list of the content that has sentences."""
    page = places.page
    lists: dict[int, list[Block]] = defaultdict(list)
    for block in page.blocks:
        if block.kind is Kind.LIST_ITEM and likely[block.order] and not block.hidden:
            around = page.ancestors(block.element)
            own = next((e for e in around if page.elements[e].tag in ("ol", "ul")), -1)
            if own >= 0 and page.elements[own].tag == "ol":
                lists[own].append(block)
    found = [_among(places, blocks, foreign) for blocks in lists.values()]
    long = [items for items in found if sum(len(one.text) for one in items) >= MIN_STEPS]
    return long[0] if len(long) == 1 and len(long[0]) > 1 else []


def is_named(text: str, labels: frozenset[str]) -> bool:
    """Whether a heading is one of these names, or such a name with what it is for."""
    name = fold(_ASIDE.sub("", text))
    if name in labels:
        return True
    words = name.split()
    if len(words) > 1 and words[0] in _BEFORE and " ".join(words[1:]) in labels:
        return True
    for end in range(1, min(len(words), 4)):
        if " ".join(words[:end]) in labels:
            return words[end] in _FOR or words[end][:1].isdecimal()
    return False


def are_likely(items: Sequence[Statement], likely: Sequence[bool]) -> bool:
    """Whether enough of a list was judged content."""
    orders = [item.place.block for item in items if item.place.block is not None]
    return sum(likely[order] for order in orders) >= LIKELY_SHARE * len(orders)


def _rank(items: Sequence[Statement], likely: Sequence[bool]) -> float:
    """How much a list says; what was not judged content counts little."""
    return sum(
        len(item.text) * (1.0 if likely[item.place.block] else UNLIKELY)
        for item in items
        if item.place.block is not None
    )


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
    if len(block.text) > MAX_LABEL:
        return bool(block.level) and (not label.level or block.level <= label.level)
    names_list = is_named(block.text, _LISTS) and not is_named(block.text, labels)
    if block.kind is Kind.HEADING:
        return not label.level or block.level <= label.level or names_list
    if block.kind is Kind.LIST_ITEM:
        return False
    name = fold(_ASIDE.sub("", block.text))
    return names_list or (name in _EVERY_LABEL and name not in labels)
