"""A table's rows as a Markdown table: a header row, as many cells in each row, spans resolved.

What is no table to a reader (one column, or one long row) is written as paragraphs. A cell that
spans others is written once, where it starts: nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from webis_mcp.page.model import Cell, Mark
from webis_mcp.page.writing.inline import Look, write_paragraph, write_runs

MAX_SPREAD = 4
"""Cells written for one that the page has, at most; beyond it spans and the empty cells at the end
of a row are a mistake or an attack, and left out (Markdown takes a short row as it is)."""

MAX_ROW = 200
"""Characters of a single row that still reads as a row; a longer one is columns of prose."""

Rows = Sequence[Sequence[Cell]]


class _Place(NamedTuple):
    """A cell, and where its spans put it."""

    row: int
    column: int
    cell: Cell


def write_table(rows: Rows, look: Look) -> list[list[str]]:
    """The paragraphs that a table becomes, as lines; one where Markdown can say the table."""
    grid, header = _grid(rows, replace(look, starts=False, in_cell=True))
    width = max(map(len, grid), default=0)
    if width < 2 or (len(grid) == 1 and not _reads_as_row(grid[0])):
        return list(_paragraphs(rows, look))
    if not header and len(grid) > 1:
        grid.insert(0, [])
    filled = width if len(grid) * width <= MAX_SPREAD * sum(map(len, rows)) + 1000 else 0
    others = [_line(row, filled) for row in grid[1:]]
    return [[_line(grid[0], width), "|" + " --- |" * width, *others]]


def _reads_as_row(row: Sequence[str]) -> bool:
    return sum(map(len, row)) <= MAX_ROW and not any("<br>" in cell for cell in row)


def _line(row: Sequence[str], width: int) -> str:
    cells = [*row, *[""] * (width - len(row))]
    return "| " + " | ".join(cells) + " |"


def _paragraphs(rows: Rows, look: Look) -> Iterator[list[str]]:
    """Every cell a paragraph, header cells bold."""
    heads = replace(look, added=Mark.STRONG)
    for row in rows:
        for cell in row:
            lines = write_paragraph(cell.runs, heads if cell.header else look)
            if lines:
                yield lines


def _grid(rows: Rows, look: Look) -> tuple[list[list[str]], bool]:
    """The cells as written, without empty rows and columns; whether the first row is a header."""
    places = list(_places(rows))
    heads = replace(look, dropped=Mark.STRONG)  # header cells are bold as they are
    written = [_written(place.cell, heads if place.cell.header else look) for place in places]
    columns = sorted({place.column for place, text in zip(places, written, strict=True) if text})
    number = {column: index for index, column in enumerate(columns)}
    lines: dict[int, dict[int, str]] = {}
    headers: dict[int, bool] = {}
    for place, text in zip(places, written, strict=True):
        if text:
            lines.setdefault(place.row, {})[number[place.column]] = text
            headers[place.row] = headers.get(place.row, True) and place.cell.header
    grid = [[line.get(index, "") for index in range(max(line) + 1)] for line in lines.values()]
    return grid, bool(headers) and next(iter(headers.values()))


def _written(cell: Cell, look: Look) -> str:
    """A cell in one line."""
    return "".join(write_runs(cell.runs, look)).replace("|", "\\|")


def _places(rows: Rows) -> Iterator[_Place]:
    """Every cell with its row and column, past the cells that others span."""
    spread = sum(cell.colspan * cell.rowspan for row in rows for cell in row)
    count = sum(map(len, rows))
    spans = spread <= MAX_SPREAD * count + 1000
    taken: dict[int, int] = {}
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while taken.get(column, 0) > number:
                column += 1
            yield _Place(number, column, cell)
            width, height = (cell.colspan, cell.rowspan) if spans else (1, 1)
            for _ in range(width):
                taken[column] = number + height
                column += 1
