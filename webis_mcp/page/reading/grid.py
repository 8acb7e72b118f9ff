"""Which tables hold data, and what their cells span. Layout tables are opened like containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from webis_mcp.page.tree import Node

MAX_SPAN = 100
"""Columns that one cell may span; wider is a mistake or an attack (the standard stops at 1,000)."""

MAX_SPREAD = 20_000
"""Cells that a table may spread over when its spans are resolved; past that, spans are ignored."""

MAX_CELL = 1_000
"""Characters of a cell in a table of data. A longer cell is a column of a page."""

_LAYOUT_CONTENT = frozenset(
    "h1 h2 form iframe article section main nav header footer aside".split()
)
_SIGNS = frozenset("th caption thead colgroup tfoot".split())
_PARTS = ("tr", "thead", "tbody", "tfoot")
_NAMES = ("infobox", "wikitable", "datatable", "data-table", "specs", "specification", "sortable")


def _nothing(_: Node) -> bool:
    return False


def is_data_table(table: Node) -> bool:
    """Whether a table is one: rows and columns of short cells, not a frame to lay out a page."""
    if table.attrs.get("role", "").lower() in ("presentation", "none"):
        return False
    rows = [list(own_cells(row)) for row in own_rows(table)]
    if not rows or max(map(len, rows)) < 2 or sum(1 for row in rows if row) < 2:
        return False
    has_sign = False
    for node in table.iter():
        if node is table:
            continue
        if node.tag == "table" or node.tag in _LAYOUT_CONTENT:
            return False
        has_sign = has_sign or node.tag in _SIGNS
    named = table.attrs.get("class", "").lower()
    has_sign = has_sign or any(name in named for name in _NAMES)
    longest, average = _cell_lengths(rows)
    return longest <= MAX_CELL and (has_sign or average <= MAX_CELL / 8)


def _cell_lengths(rows: list[list[Node]]) -> tuple[int, float]:
    lengths = [len(" ".join(cell.text().split())) for row in rows for cell in row]
    filled = [length for length in lengths if length]
    return max(lengths, default=0), sum(filled) / len(filled) if filled else 0.0


def own_rows(table: Node, leave_out: Callable[[Node], bool] = _nothing) -> Iterator[Node]:
    """The rows of a table, not those of tables inside it; nor rows or parts that are left out."""
    for child in table.children:
        if isinstance(child, str) or child.tag not in _PARTS or leave_out(child):
            continue
        if child.tag == "tr":
            yield child
        else:
            rows = (c for c in child.children if not isinstance(c, str) and c.tag == "tr")
            yield from (row for row in rows if not leave_out(row))


def own_cells(row: Node) -> Iterator[Node]:
    """The cells of a row."""
    for child in row.children:
        if not isinstance(child, str) and child.tag in ("td", "th"):
            yield child


def spread_is_sane(table: Node) -> bool:
    """Whether resolving the table's spans stays within `MAX_SPREAD`."""
    spread = sum(
        span(cell, "colspan") * span(cell, "rowspan")
        for row in own_rows(table)
        for cell in own_cells(row)
    )
    return spread <= MAX_SPREAD


def span(cell: Node, which: str) -> int:
    """How many columns or rows a cell spans: 1 where it does not say so in digits."""
    value = cell.attrs.get(which, "").strip()
    return min(max(int(value), 1), MAX_SPAN) if value.isdecimal() and len(value) < 6 else 1
