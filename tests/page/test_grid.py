"""Tables of data, tables that lay out a page, and what cells span."""

from __future__ import annotations

import pytest

from tests.support import hostile
from webis_mcp.page.reading.grid import (
    MAX_CELL,
    MAX_SPAN,
    is_data_table,
    own_cells,
    own_rows,
    span,
    spread_is_sane,
)
from webis_mcp.page.tree import Node, parse


def table(inner: str, attributes: str = "") -> Node:
    return parse(f"<table {attributes}>{inner}</table>").named["table"][0]


DATA = "<tr><td>a<td>b<tr><td>1<td>2"


@pytest.mark.parametrize(
    "found",
    [
        table(DATA),
        table("<tr><th>Name<th>Age<tr><td>Ada<td>36"),
        table("<thead><tr><th>a<th>b</thead><tbody><tr><td>1<td>2</tbody>"),
        table(f"<caption>c</caption>{DATA}"),
        table(DATA, "class='wikitable sortable'"),
        table("<tr><th>Name<td>Ada<tr><th>Age<td>36", "class=infobox"),
        table(f"<tr><th>a<th>b<tr><td>{'word ' * 150}<td>2"),
        table("<tr><td><ul><li>x<li>y</ul><td><p>p<tr><td><b>1</b><td><a href=x>2</a>"),
    ],
)
def test_rows_and_columns_of_short_cells_are_data(found: Node) -> None:
    assert is_data_table(found)


@pytest.mark.parametrize(
    "found",
    [
        table(""),
        table("<tr><td>only one column<tr><td>of cells"),
        table("<tr><td>only<td>one<td>row"),
        table("<tr><td>a<td>b<tr>"),
        table(DATA, "role=presentation"),
        table(DATA, "role=None"),
        table(f"<tr><td>x<td><table>{DATA}</table><tr><td>y<td>z"),
        table("<tr><td>menu<td><h1>Title</h1><p>text<tr><td>left<td>right"),
        table("<tr><td><nav>x</nav><td>y<tr><td>1<td>2"),
        table("<tr><td>menu<td><form>x</form><tr><td>left<td>right"),
        table(f"<tr><td>menu<td>{'word ' * MAX_CELL}<tr><td>left<td>right"),
        table(f"<tr><td>{'word ' * 60}<td>{'word ' * 60}<tr><td>{'word ' * 60}<td>x"),
    ],
)
def test_a_frame_for_a_page_is_no_data(found: Node) -> None:
    assert not is_data_table(found)


def test_rows_and_cells_of_inner_tables_are_not_those_of_the_outer_one() -> None:
    outer = table(f"<tr><td>a<td><table>{DATA}</table><tbody><tr><td>b</tbody>")
    rows = list(own_rows(outer))
    assert [len(list(own_cells(row))) for row in rows] == [2, 1]


def test_parts_and_rows_may_be_left_out() -> None:
    found = table("<thead><tr><td>a</thead><tr id=x><td>b<tr><td>c<tfoot id=x><tr><td>d</tfoot>")
    rows = own_rows(found, lambda node: "id" in node.attrs)
    assert [row.text() for row in rows] == ["a", "c"]


@pytest.mark.parametrize(
    ("value", "spanned"),
    [("2", 2), (" 3 ", 3), ("0", 1), ("-2", 1), ("x", 1), ("", 1), ("2.5", 1), ("999", MAX_SPAN)],
)
def test_spans_are_whole_numbers_within_bounds(value: str, spanned: int) -> None:
    assert span(Node("td", {"colspan": value}, None), "colspan") == spanned
    assert span(Node("td", {}, None), "colspan") == 1


def test_a_span_of_thousands_of_digits_is_none() -> None:
    assert span(Node("td", {"rowspan": "9" * 10_000}, None), "rowspan") == 1


def test_spans_that_claim_millions_of_cells_are_not_sane() -> None:
    assert spread_is_sane(table("<tr><td colspan=3 rowspan=2>a<tr><td>b"))
    assert not spread_is_sane(parse(hostile.span_bomb(20)).named["table"][0])
