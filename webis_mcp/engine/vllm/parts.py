"""A view in parts that each fit a model's window, and know where in the page they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from webis_mcp.engine.vllm.tokens import estimate
from webis_mcp.engine.vllm.view import Row, View

LINE = 5
"""Tokens that a line takes besides its words: its number, and the end of the line."""

BREAK_EARLY = 0.7
"""How full a part is before it may end where a run of blocks with one parent does."""

OUTLINE = 20
"""Headings that tell what the rest of a long page is about."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a view.

    Attributes:
        title, address: of the page.
        rows: its lines.
        under: the headings that its first line stands under, outermost first.
        outline: the headings of a page that has more parts than this one.
    """

    title: str
    address: str
    rows: tuple[Row, ...]
    under: tuple[str, ...] = ()
    outline: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """The number of its last block; the first one is 1."""
        return sum(len(row.blocks) for row in self.rows)

    @property
    def orders(self) -> tuple[int, ...]:
        """The orders of its blocks: the one numbered 1 first."""
        return tuple(order for row in self.rows for order in row.blocks)


def part(view: View, most: int) -> list[Part]:
    """The view in parts of at most `most` tokens each; those that ask nothing are left out."""
    groups = list(_groups(view.rows, most))
    outline = _outline(view.headings) if len(groups) > 1 else ()
    return [
        Part(view.title, view.address, tuple(rows), _under(view, rows[0]), outline)
        for rows in groups
        if any(map(view.asks, rows))
    ]


def rest_of(one: Part, after: int) -> Part:
    """The part without its first `after` blocks; a line of which some are left stays whole."""
    rows, seen = [], 0
    for row in one.rows:
        seen += len(row.blocks)
        if seen > after:
            rows.append(row)
    return Part(one.title, one.address, tuple(rows), one.under, one.outline)


def halves(one: Part) -> list[Part]:
    """The part in two."""
    middle = len(one.rows) // 2
    return [
        Part(one.title, one.address, rows, one.under, one.outline)
        for rows in (one.rows[:middle], one.rows[middle:])
    ]


def _groups(rows: Sequence[Row], most: int) -> Iterator[list[Row]]:
    group: list[Row] = []
    size = 0
    for row in rows:
        own = estimate(row.text) + estimate(row.mark) + LINE
        new_run = bool(group) and row.segment != group[-1].segment
        if group and (size + own > most or (new_run and size + own > most * BREAK_EARLY)):
            yield group
            group, size = [], 0
        group.append(row)
        size += own
    if group:
        yield group


def _under(view: View, row: Row) -> tuple[str, ...]:
    return tuple(view.headings[order][1] for order in row.under if order in view.headings)


def _outline(headings: Mapping[int, tuple[int, str]]) -> tuple[str, ...]:
    """The headings, the lower ones left out where there are too many."""
    found = list(headings.values())
    for level in range(6, 0, -1):
        if len(found) <= OUTLINE:
            break
        found = [heading for heading in found if heading[0] < level] or found
    return tuple(f"h{level} {words}" for level, words in found[:OUTLINE])
