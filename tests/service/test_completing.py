"""What belongs to what is kept: what each rule adds, and what it does not."""

from __future__ import annotations

import pytest

from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.completing import completed

SURE, MAYBE, DOUBTFUL, NOT = 0.9, 0.5, 0.2, 0.01


def added(html: str, *chances: float, least: float = 0.4) -> list[str]:
    """The texts that are added to those whose probability reaches the least."""
    page = read_page(html)
    assert len(page.blocks) == len(chances), [block.text for block in page.blocks]
    keep = [p >= least for p in chances]
    whole = completed(page, keep, chances)
    assert all(after for before, after in zip(keep, whole, strict=True) if before)
    triples = zip(page.blocks, keep, whole, strict=True)
    return [block.text for block, before, after in triples if after and not before]


# ------------------------------------------------------------ headings


def test_the_heading_of_a_section_that_is_kept_is_kept_with_it() -> None:
    html = "<p>Boats go daily.</p><h2>Winter</h2><p>In January they do not.</p>"
    assert added(html, SURE, DOUBTFUL, SURE) == ["Winter"]


@pytest.mark.parametrize(
    ("above", "heading", "below"),
    [
        (NOT, DOUBTFUL, SURE),  # above it is no content: it may be of something else
        (SURE, DOUBTFUL, NOT),  # it heads what is left out
        (SURE, NOT, SURE),  # it is surely none
    ],
)
def test_a_heading_that_need_not_belong_to_what_is_kept_is_left_out(
    above: float, heading: float, below: float
) -> None:
    html = "<p>Boats go daily.</p><h2>Newsletter</h2><p>In January they do not.</p>"
    assert added(html, above, heading, below) == []


def test_a_heading_above_a_lesser_one_is_kept_whether_that_was_or_not() -> None:
    html = "<p>Boats go daily.</p><h2>Winter</h2><h3>January</h3><p>They do not.</p>"
    assert added(html, SURE, DOUBTFUL, SURE, SURE) == ["Winter"]
    assert added(html, SURE, DOUBTFUL, DOUBTFUL, SURE) == ["Winter", "January"]


def test_a_heading_above_one_that_is_no_less_heads_nothing() -> None:
    html = "<p>Boats go daily.</p><h2>Related</h2><h2>January</h2><p>They do not.</p>"
    assert added(html, SURE, DOUBTFUL, SURE, SURE) == []
    assert added(html, SURE, DOUBTFUL, DOUBTFUL, SURE) == ["January"]


def test_a_picture_does_not_part_a_heading_from_its_text() -> None:
    html = "<p>Daily.</p><img src=a.png alt=Boat><h2>Winter</h2><img src=b.png alt=Ice><p>No.</p>"
    order = [block.text for block in read_page(html).blocks]
    chances = {"Daily.": SURE, "Winter": DOUBTFUL, "No.": SURE}
    assert added(html, *[chances.get(text, 0.0) for text in order]) == ["Winter"]


# ------------------------------------------------------------ labels


def items(*labels: str) -> str:
    rows = (f"<li><b>Boat {at}</b><p class=fare>{word}</p></li>" for at, word in enumerate(labels))
    return f"<ul>{''.join(rows)}</ul>"


def fares(*chances: float) -> list[float]:
    return [p for chance in chances for p in (SURE, chance)]


def test_of_labels_in_like_markup_no_single_one_is_left_out() -> None:
    html = items("7.40", "8.10", "6.90", "9.20")
    assert added(html, *fares(MAYBE, MAYBE, 0.3, MAYBE)) == ["6.90"]


@pytest.mark.parametrize(
    "chances",
    [
        (MAYBE, MAYBE, DOUBTFUL, MAYBE),  # half as likely as the rest
        (MAYBE, 0.3, 0.3, MAYBE),  # as many are left out as are kept
        (MAYBE, MAYBE, NOT, NOT),  # it counts only who may be content: two are no set
        (0.3, 0.3, 0.3, 0.3),  # none is kept
    ],
)
def test_labels_that_are_not_mostly_kept_are_left_as_they_are(chances: tuple[float, ...]) -> None:
    assert added(items("7.40", "8.10", "6.90", "9.20"), *fares(*chances)) == []


def test_labels_in_other_markup_are_not_of_the_set() -> None:
    html = items("7.40", "8.10", "6.90").replace("<p class=fare>6.90", "<p class=share>Share")
    assert added(html, *fares(MAYBE, MAYBE, 0.3)) == []


def test_text_that_is_more_than_a_label_is_not_of_a_set() -> None:
    long = "No boats on Sundays in winter"
    assert added(items(long, long, long, long), *fares(MAYBE, MAYBE, 0.3, MAYBE)) == []


def test_headings_of_any_length_are() -> None:
    html = "".join(f"<h3>Boat number {at} of the fleet, in its order</h3>" for at in range(4))
    assert added(html, MAYBE, MAYBE, MAYBE, 0.3) == ["Boat number 3 of the fleet, in its order"]
    assert added(html, SURE, SURE, SURE, 0.3) == []


# ------------------------------------------------------------ tables

TABLE = "<table><tr><th>Departs<th>Fare</tr><tr><td>07:00<td>9.40</tr></table>"
CAPTION = "<caption>Winter</caption>"


def test_a_table_between_kept_blocks_is_kept_with_its_caption() -> None:
    html = f"<p>before</p>{TABLE.replace('<tr>', CAPTION + '<tr>', 1)}<p>after</p>"
    assert added(html, SURE, NOT, DOUBTFUL, SURE) == ["Winter", "Departs\tFare\n07:00\t9.40"]


def test_a_table_at_the_end_or_that_is_surely_noise_is_left_as_it_is() -> None:
    html = f"<p>before</p>{TABLE}<p>after</p>"
    assert added(html, SURE, DOUBTFUL, NOT) == []
    assert added(html, SURE, NOT, SURE) == []


def test_nothing_is_added_where_the_probability_is_none() -> None:
    html = f"<p>before</p>{TABLE.replace('<tr>', CAPTION + '<tr>', 1)}<p>after</p>"
    assert added(html, SURE, 0.0, DOUBTFUL, SURE) == ["Departs\tFare\n07:00\t9.40"]
    assert added(items("7.40", "8.10", "6.90", "9.20"), *fares(MAYBE, MAYBE, 0.0, MAYBE)) == []
