"""Footnotes: which blocks are notes, and by which labels the text calls them.

A note is one only where Markdown can say both ends of it: a raised link to a place on the page, and
a written block at that place. All else stays the text that it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from types import MappingProxyType
from typing import NamedTuple

from webis_mcp.page.model import Block, Kind, Mark, Page, Run
from webis_mcp.page.writing.inline import Look

_LABEL = re.compile(r"\[?(\w{1,12})\]?")
_NOTE_TAGS = frozenset(["li", "p", "div", "dd", "aside"])
_NOTE_KINDS = (Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.DEFINITION, Kind.OTHER)
_SUPERSCRIPT = Mark.SUPERSCRIPT.value
_CLIMB = 3
"""Elements above a block that may carry the anchor of its note."""


class Notes(NamedTuple):
    """Labels of footnotes: by the anchor that leads to each, by the order of the block it is."""

    by_anchor: MappingProxyType[str, str]
    by_block: MappingProxyType[int, str]


class _Call(NamedTuple):
    """A raised link: the label it shows, and the order of the block it stands in."""

    label: str
    order: int


def find_notes(page: Page, blocks: Sequence[Block], look: Look) -> Notes:
    """The footnotes among the blocks that are written."""
    calls = _calls(blocks, look)
    notes = _blocks_at(page, blocks, calls) if calls else {}
    shared = Counter(notes.values())
    labels = {
        anchor: calls[anchor].label
        for anchor, order in notes.items()
        if order > calls[anchor].order and shared[order] == 1
    }
    counts = Counter(labels.values())
    by_anchor = {anchor: label for anchor, label in labels.items() if counts[label] == 1}
    by_block = {notes[anchor]: label for anchor, label in by_anchor.items()}
    return Notes(MappingProxyType(by_anchor), MappingProxyType(by_block))


def without_label(block: Block, label: str) -> Block:
    """A note without the label that it begins with on the page, as it is written before it."""
    first, *others = block.runs or (Run(""),)
    if label and others and first.text.strip("[]. ") == label:
        return block._replace(runs=tuple(others))
    return block


def _calls(blocks: Sequence[Block], look: Look) -> dict[str, _Call]:
    """The first raised link to each anchor within the page, where all of them show one label."""
    calls: dict[str, _Call] = {}
    mixed: set[str] = set()
    for block in blocks:
        for run in block.all_runs():
            if run.href is None or not run.mark.value & _SUPERSCRIPT:
                continue
            anchor = look.anchor(run.href)
            label = _LABEL.fullmatch(run.text.strip())
            if not anchor or not label:
                continue
            if calls.setdefault(anchor, _Call(label[1], block.order)).label != label[1]:
                mixed.add(anchor)
    return {anchor: call for anchor, call in calls.items() if anchor not in mixed}


def _blocks_at(page: Page, blocks: Sequence[Block], anchors: Container[str]) -> dict[str, int]:
    """Orders of the blocks that anchors lead to, where the block can be written as a footnote."""
    found: dict[str, int] = {}
    seen: set[int] = set()
    for block in blocks:
        for name in _new_names(page, block, seen):
            if name in anchors and _is_note(block):
                found.setdefault(name, block.order)
    return found


def _new_names(page: Page, block: Block, seen: set[int]) -> Iterator[str]:
    """The names of the elements that begin with this block."""
    for _, index in zip(range(_CLIMB), page.ancestors(block.element), strict=False):
        if index in seen:
            return
        seen.add(index)
        if page.elements[index].tag in _NOTE_TAGS:
            yield from page.elements[index].marks.split()


def _is_note(block: Block) -> bool:
    """Whether a block can be written as a footnote where it stands."""
    in_list = block.place is None or (block.place.depth == 0 and block.place.first)
    return block.kind in _NOTE_KINDS and in_list and not block.quote_depth
