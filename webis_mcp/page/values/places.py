"""From elements of the tree to the blocks that hold their words, and to their paths.

A page's blocks remember the nearest block-level element only; here one asks in the other direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from webis_mcp.page.facts.clues import words
from webis_mcp.page.model import Block, Page, step_of
from webis_mcp.page.reading.hiding import strip_invisible
from webis_mcp.page.tree import Node
from webis_mcp.page.value import Place
from webis_mcp.page.values.linked import cleaned
from webis_mcp.page.values.things import Statement

MAX_TEXT = 5_000
"""Characters of one element's text that are a value; what is longer is content."""

MAX_PARTS = 300
"""Blocks of one element that are looked at."""


class Places:
    """Says where the elements of a page stand, and which blocks hold their words."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._on_one_line: dict[int, str] = {}
        self._blocks: dict[int, list[Block]] = {}
        for block in page.blocks:
            self._blocks.setdefault(block.element, []).append(block)

    def block(self, block: Block, quote: str) -> Place:
        """The place of a quote in a block."""
        return Place(quote, self.page.xpath(block), block.order)

    def blocks_in(self, node: Node) -> Sequence[Block]:
        """The blocks of an element, or the block that it is a part of."""
        found: list[Block] = []
        for inner in node.iter():
            if inner.index >= 0:
                found += self._blocks.get(inner.index, ())
                if len(found) >= MAX_PARTS:
                    break
        if found or node.index >= 0:
            return sorted(found, key=lambda block: block.order)
        at: Node | None = node
        while at is not None and not (at.index >= 0 and at.index in self._blocks):
            at = at.parent
        return self._blocks[at.index] if at is not None else ()

    def shown(self, node: Node) -> Iterator[Statement]:
        """What a reader sees of an element: its part of a block, or the blocks in it."""
        blocks = self.blocks_in(node)
        text = strip_invisible(words(node, MAX_TEXT))
        whole = [block for block in blocks if text and text in self._flat(block)]
        if whole:
            yield self.statement(whole[0], text)
        elif node.index >= 0 and text:
            yield from (self.statement(block, block.text) for block in blocks if block.text)

    def _flat(self, block: Block) -> str:
        """A block's text on one line; kept, for a long one may be asked for by all its parts."""
        known = self._on_one_line.get(block.order)
        if known is None:
            known = self._on_one_line[block.order] = " ".join(block.text.split())
        return known

    def statement(self, block: Block, text: str) -> Statement:
        """A text that stands in a block."""
        quote = text if text in block.text else block.text
        return Statement(" ".join(text.split()), self.block(block, quote), not block.hidden)


def path_of(node: Node) -> str:
    """The path from the root to an element, as an XPath."""
    steps: list[str] = []
    while node.parent is not None:
        if not node.position:
            _number(node.parent)
        steps.append(step_of(node.tag, node.position))
        node = node.parent
    return "".join(reversed(steps)) or "/"


def attribute(node: Node, name: str) -> Statement | None:
    """What an attribute of an element says."""
    value = node.attrs.get(name, "")
    text = cleaned(value[:MAX_TEXT]) if "<" in value else " ".join(value[:MAX_TEXT].split())
    return Statement(text, Place(value[:MAX_TEXT], f"{path_of(node)}/@{name}")) if text else None


def _number(parent: Node) -> None:
    """Give each child its number among those of its tag."""
    counts: dict[str, int] = {}
    for child in parent.children:
        if not isinstance(child, str):
            counts[child.tag] = child.position = counts.get(child.tag, 0) + 1
