"""Tables of a page as tables of Markdown, or as what reads better where they are none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from webis_mcp.page.model import Block, Cell, Kind, Mark, Page, Run
from webis_mcp.page.writing.writer import write_markdown


def cell(text: str, *, head: bool = False, columns: int = 1, rows: int = 1) -> Cell:
    runs = [Run(line) for line in text.split("\n")]
    broken = [part for run in runs for part in (Run("\n"), run)][1:]
    return Cell(tuple(run for run in broken if run.text), head, columns, rows)


def head(text: str) -> Cell:
    return cell(text, head=True)


def written(*rows: Sequence[Cell | str]) -> str:
    cells = tuple(tuple(cell(c) if isinstance(c, str) else c for c in row) for row in rows)
    table = Block(0, Kind.TABLE, "table", -1, 0, rows=cells)
    return write_markdown(Page(None, (table,), ()), [True])


def test_a_header_row_heads_the_table() -> None:
    assert written([head("Name"), head("Age")], ["Ada", "36"]) == (
        "| Name | Age |\n| --- | --- |\n| Ada | 36 |"
    )


def test_an_empty_corner_does_not_make_a_header_row_less_of_one() -> None:
    assert written(["", head("2023"), head("2024")], [head("Rain"), "1", "2"]) == (
        "|  | 2023 | 2024 |\n| --- | --- | --- |\n| Rain | 1 | 2 |"
    )


def test_a_table_without_a_header_row_has_an_empty_one() -> None:
    assert written([head("Name"), "Ada"], [head("Age"), "36"]) == (
        "|  |  |\n| --- | --- |\n| Name | Ada |\n| Age | 36 |"
    )


def test_a_cell_that_spans_columns_is_written_once() -> None:
    wide = cell("Both", columns=2)
    assert written([head("a"), head("b"), head("c")], [wide, "x"], ["1", "2", "3"]) == (
        "| a | b | c |\n| --- | --- | --- |\n| Both |  | x |\n| 1 | 2 | 3 |"
    )


def test_a_cell_that_spans_rows_is_written_once_and_keeps_its_column() -> None:
    tall = cell("All", rows=2)
    assert written([head("a"), head("b"), head("c")], ["1", tall, "2"], ["3", "4"]) == (
        "| a | b | c |\n| --- | --- | --- |\n| 1 | All | 2 |\n| 3 |  | 4 |"
    )


def test_every_row_has_as_many_cells() -> None:
    assert written([head("a"), head("b")], ["1"], ["2", "3", "4"]) == (
        "| a | b |  |\n| --- | --- | --- |\n| 1 |  |  |\n| 2 | 3 | 4 |"
    )


def test_rows_and_columns_without_words_are_left_out() -> None:
    assert written([head("a"), "", head("b")], ["", "", ""], ["1", "", "2"]) == (
        "| a | b |\n| --- | --- |\n| 1 | 2 |"
    )


def test_lines_within_a_cell_are_kept() -> None:
    assert written([head("a"), head("b")], ["1\n2", "3"]) == (
        "| a | b |\n| --- | --- |\n| 1<br>2 | 3 |"
    )


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    code = Cell((Run("x|y", Mark.CODE),))
    assert written([head("a|b"), head("c")], [code, "\\|"]) == (
        "| a\\|b | c |\n| --- | --- |\n| `x\\|y` | \\\\\\| |"
    )


def test_a_backslash_before_a_bar_in_code_is_written_as_text() -> None:
    code = Cell((Run("a\\|b", Mark.CODE),))
    assert written([head("a"), head("b")], [code, "1"]).endswith("| a\\\\\\|b | 1 |")


def test_header_cells_are_not_bold_twice() -> None:
    strong = Cell((Run("Name", Mark.STRONG),), header=True)
    assert written([strong, head("Age")], ["Ada", "36"]).startswith("| Name | Age |")


def test_text_in_a_cell_is_not_taken_for_the_start_of_a_block() -> None:
    assert written([head("a"), head("b")], ["# 1", "- 2"]).endswith("| # 1 | - 2 |")


def test_a_single_column_is_paragraphs() -> None:
    assert written([head("Names")], ["Ada"], ["Grace\nHopper"]) == (
        "**Names**\n\nAda\n\nGrace  \nHopper"
    )


def test_a_single_short_row_is_a_row() -> None:
    assert written([head("Price"), "12 €"]) == "| Price | 12 € |\n| --- | --- |"


def test_a_single_row_of_long_texts_is_paragraphs() -> None:
    left, right = "left " * 30, "right " * 30
    assert written([left, right]) == f"{left.strip()}\n\n{right.strip()}"


def test_an_empty_table_is_not_written() -> None:
    assert written(["", ""], ["", ""]) == ""


@pytest.mark.parametrize("span", [1_000, 1_000_000_000])
def test_spans_that_no_table_needs_are_ignored(span: int) -> None:
    row = [cell("a", columns=span, rows=span), cell("b")]
    markdown = written(*[row] * 500)
    assert markdown.count("| a | b |") == 500


def test_a_ragged_table_is_not_filled_up_beyond_its_own_size() -> None:
    wide = [f"{number}" for number in range(2_000)]
    markdown = written(wide, *([["x"]] * 2_000))
    assert len(markdown) < 50_000
    assert markdown.endswith("| x |")
