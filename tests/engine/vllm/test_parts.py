"""Views in parts that fit a window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine.vllm.parts import halves, part, rest_of
from webis_mcp.engine.vllm.view import Row, View


def view_of(sizes: list[int], *, whole: bool = True) -> View:
    """Lines of so many blocks each, a heading in front."""
    rows, order = [Row((0,), "h1", "Fares", 0)], 1
    for at, size in enumerate(sizes):
        blocks = tuple(range(order, order + size))
        rows.append(Row(blocks, "p", f"words of line {at}", at // 3, (0,), sure=not at % 2))
        order += size
    return View("Ferry", "courier.example", tuple(rows), {0: (1, "Fares")}, whole)


@given(st.lists(st.integers(1, 4), max_size=40), st.integers(20, 400))
def test_the_parts_together_are_the_view(sizes: list[int], most: int) -> None:
    view = view_of(sizes)
    parts = part(view, most)
    assert [row for one in parts for row in one.rows] == list(view.rows)
    assert tuple(order for one in parts for order in one.orders) == view.asked


def test_a_short_page_is_one_part_without_an_outline() -> None:
    (only,) = part(view_of([1, 1]), 6_000)
    assert only.outline == ()


def test_a_part_of_a_long_page_knows_where_it_stands() -> None:
    parts = part(view_of([1] * 60), 100)
    assert len(parts) > 5
    assert {one.outline for one in parts} == {("h1 Fares",)}
    assert parts[3].under == ("Fares",)


def test_a_part_that_asks_nothing_is_left_out() -> None:
    view = view_of([1] * 60, whole=False)
    sure = tuple(row._replace(sure=True) for row in view.rows)
    assert part(View("", "", sure), 100) == []
    one_in_doubt = (*sure[:40], sure[40]._replace(sure=None), *sure[41:])
    (only,) = part(View("", "", one_in_doubt), 100)
    assert 40 in only.orders


def test_the_rest_of_a_part_begins_with_a_whole_line() -> None:
    (only,) = part(view_of([3, 3]), 6_000)
    assert [row.blocks for row in rest_of(only, 4).rows] == [(4, 5, 6)]
    assert [row.blocks for row in rest_of(only, 2).rows] == [(1, 2, 3), (4, 5, 6)]
    assert rest_of(only, 7).rows == ()


def test_halves_are_the_part() -> None:
    (only,) = part(view_of([1] * 7), 6_000)
    assert [row for half in halves(only) for row in half.rows] == list(only.rows)


def test_of_many_headings_the_upper_ones_are_the_outline() -> None:
    headings = {at: (1 + at % 3, f"heading {at}") for at in range(45)}
    view = View("", "", tuple(Row((at,), "p", "word", at) for at in range(200)), headings, True)
    outline = part(view, 100)[0].outline
    assert len(outline) == 15
    assert all(line.startswith("h1 ") for line in outline)
