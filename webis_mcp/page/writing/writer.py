"""Kept blocks to content: Markdown as a person would have written it, or plain text.

The words are the page's, in the page's order. What is added is Markdown's own: marks, bullets, and
a backslash where the page's text would otherwise be taken for such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, zip_longest
from typing import NamedTuple

from webis_mcp.page.model import Block, Kind, Mark, Page
from webis_mcp.page.writing.escaping import escape_heading
from webis_mcp.page.writing.inline import Look, write_paragraph, write_runs
from webis_mcp.page.writing.nesting import Nesting, Standing, are_items_of_one_list, blank_line
from webis_mcp.page.writing.notes import find_notes, without_label
from webis_mcp.page.writing.tables import write_table

_BACKTICKS = re.compile("`{3,}")
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_TABLE, _CODE, _HEADING = Kind.TABLE, Kind.CODE, Kind.HEADING
_TERM, _DEFINITION = Kind.TERM, Kind.DEFINITION
"""Before Python 3.12 a member of an enum is looked up by a function: too slow for every block."""

_PAIR = (_TERM, _DEFINITION)
_BULKY = (_CODE, _TABLE, _HEADING)


@dataclass(frozen=True, slots=True)
class Writing:
    """What of the page is written: Markdown's links and images; tables, in any format."""

    links: bool = True
    images: bool = False
    tables: bool = True


DEFAULT = Writing()


def write_text(page: Page, keep: Sequence[bool], how: Writing = DEFAULT) -> str:
    """The kept blocks' text, as it is: items of a list on lines of their own, else parted by blank
    lines.
    """
    parts: list[str] = []
    before: Block | None = None
    for block in _kept(page, keep, how):
        if block.text.strip():
            if before is not None:
                parts.append("\n" if _are_close(before, block) else "\n\n")
            parts.append(block.text)
            before = block
    return "".join(parts)


def write_markdown(page: Page, keep: Sequence[bool], how: Writing = DEFAULT) -> str:
    """The kept blocks as Markdown: CommonMark with GitHub's tables, strikes and footnotes."""
    look = Look(how.links, how.images, page=(page.url or "").partition("#")[0])
    blocks = list(_kept(page, keep, how))
    notes = find_notes(page, blocks, look)
    looks = _looks(replace(look, notes=notes.by_anchor))
    nesting = Nesting(page)
    lines: list[str] = []
    before: _Written | None = None
    for block, following in zip_longest(blocks, blocks[1:]):
        label = notes.by_block.get(block.order, "")
        own = without_label(block, label)
        for body in _paragraphs(own, looks[_kind_beside(block, following)]):
            bare = block.kind is _TABLE or _is_heading_of_bullet(block)
            standing = nesting.stand(block, bare=bare, label=label)
            written = _Written(block, standing, body)
            lines.extend(_lines(before, written))
            before = written
    return "\n".join(lines)


class _Written(NamedTuple):
    """A block that is written, where it stands, and its own lines."""

    block: Block
    standing: Standing
    body: Sequence[str]


def _kept(page: Page, keep: Sequence[bool], how: Writing) -> Iterator[Block]:
    if len(keep) != len(page.blocks):
        raise ValueError(f"{len(keep)} verdicts for {len(page.blocks)} blocks")
    for block in compress(page.blocks, keep):
        if how.tables or block.kind is not _TABLE:
            yield block


def _are_close(before: Block, block: Block) -> bool:
    if before.kind in _PAIR and block.kind is _DEFINITION:
        return True
    return before.place is not None and block.place is not None


def _is_heading_of_bullet(block: Block) -> bool:
    """A heading that opens a bulleted item: a card in a list of cards, which reads as a section."""
    place = block.place
    return block.kind is _HEADING and place is not None and not place.ordered


# ------------------------------------------------ the lines of a block


def _kind_beside(block: Block, following: Block | None) -> Kind:
    """A term is written as one only where what it means follows: many a `dl` has but terms."""
    if block.kind is _TERM and (following is None or following.kind is not _DEFINITION):
        return _DEFINITION
    return block.kind


def _paragraphs(block: Block, look: Look) -> Iterator[list[str]]:
    """What a block becomes: one paragraph, but for a table that is none to Markdown."""
    if block.kind is _TABLE:
        yield from write_table(block.rows, look)
        return
    if block.kind is _CODE:
        lines = _code(block)
    elif block.kind is _HEADING:
        lines = _heading(block, look)
    else:
        lines = write_paragraph(block.runs, look)
    if lines:
        yield lines


def _looks(look: Look) -> dict[Kind, Look]:
    """How each kind of block is written.

    Headings are bold as they are. Captions are in italics. Terms are bold, and share a paragraph
    with what they mean.
    """
    return {
        **dict.fromkeys(Kind, look),
        Kind.HEADING: replace(look, dropped=Mark.STRONG, starts=False),
        Kind.CAPTION: replace(look, added=Mark.EMPHASIS),
        Kind.TERM: replace(look, added=Mark.STRONG, shared=True),
        Kind.DEFINITION: replace(look, shared=True),
    }


def _heading(block: Block, look: Look) -> list[str]:
    words = " ".join(write_runs(block.runs, look))
    level = min(max(block.level, 1), 6)
    return [f"{'#' * level} {escape_heading(words)}"] if words else []


def _code(block: Block) -> list[str]:
    if not block.text.strip():
        return []
    longest = max(map(len, _BACKTICKS.findall(block.text)), default=2)
    fence = "`" * (longest + 1)
    language = block.language if _LANGUAGE.fullmatch(block.language) else ""
    code = block.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return [fence + language, *code.split("\n"), fence]


# ------------------------------------------------ the lines between blocks


def _lines(before: _Written | None, after: _Written) -> Iterator[str]:
    """The lines of a block as they stand in the whole, after what parts it from the one before."""
    start = after.standing.start
    if before is not None:
        if _means(before, after):
            start += ": "
        elif not _is_tight(before, after):
            yield blank_line(before.standing, after.standing)
    rest = after.standing.rest
    for number, line in enumerate(after.body):
        yield (rest if number else start) + line if line else rest.rstrip()


def _means(before: _Written, after: _Written) -> bool:
    """Whether this is the definition of what stands just before.

    `: ` makes it one in the dialects that have definition lists; where a reader has none, it still
    reads as "term : definition", in one paragraph.
    """
    pair = before.block.kind in _PAIR and after.block.kind is _DEFINITION
    return pair and before.standing.within == after.standing.within


def _is_tight(before: _Written, after: _Written) -> bool:
    return before.block.kind not in _BULKY and are_items_of_one_list(
        before.standing, after.standing
    )
