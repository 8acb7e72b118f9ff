"""Dates as pages write them: what they are in ISO 8601, and which are not read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.page.facts.dates import date_in_path, days_apart, find_date, parse_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-03-17", "2024-03-17"),
        ("2024-03-17 10:30", "2024-03-17T10:30"),
        ("2024-03-17T10:30:59.123Z", "2024-03-17T10:30:59Z"),
        ("2024-03-17T10:30-05", "2024-03-17T10:30-05"),
        ("2024-03", "2024-03"),
        ("2024", "2024"),
        ("20240317", "2024-03-17"),
        ("1710669600", "2024-03-17T10:00:00Z"),
        ("1710669600000", "2024-03-17T10:00:00Z"),
        ("Sun Mar 17 2024 10:00:00 GMT+0000", "2024-03-17"),
        ("2024-02-30", None),
        ("2024-13-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_field_with_a_date_is_read_as_exactly_as_it_is(text: str, date: str | None) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "March 17, 2024",
        "Posted on Mar. 17th, 2024 by Ada",
        "17 March 2024, 10:22am",
        "17. März 2024",
        "17 mars 2024",
        "17 de marzo de 2024",
        "17 de março de 2024",
        "17 marzo 2024",
        "17 maart 2024",
        "17 marca 2024",
        "17 марта 2024, 10:22",
        "17 mars 2024 kl. 10",
        "2024年3月17日",
        "2024년 3월 17일",
        "2024/3/17",
        "17.03.2024",
        "17/03/2024",
        "03/17/2024",
    ],
)
def test_a_date_in_a_line_is_read_in_many_languages(text: str) -> None:
    assert find_date(text) == "2024-03-17"


def test_a_date_that_can_be_read_two_ways_needs_the_country() -> None:
    assert find_date("3/4/2024") is None
    assert find_date("3/4/2024", month_first=True) == "2024-03-04"
    assert find_date("3/4/2024", month_first=False) == "2024-04-03"


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("/2024/03/17/bridge", "2024-03-17"),
        ("/news/2024-03-17-bridge", "2024-03-17"),
        ("/news/2024/mar/17/bridge", "2024-03-17"),
        ("/news/20240317/bridge", "2024-03-17"),
        ("/2024/03/", None),
        ("/1024/03/17/", None),
        ("/id/2024031712", None),
    ],
)
def test_a_date_in_an_address_is_a_whole_one(path: str, date: str | None) -> None:
    assert date_in_path(path) == date


def test_days_apart_are_counted_between_full_dates_only() -> None:
    assert days_apart("2024-03-01T23:00Z", "2024-02-29") == 1
    assert days_apart("2024-03", "2024-03-01") is None


DATES = st.dates(min_value=date(1994, 1, 1), max_value=date(2099, 12, 31))


@given(DATES, st.sampled_from(["%B %d, %Y", "%d %b %Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y"]))
def test_a_date_is_read_as_it_was_written(day: date, form: str) -> None:
    assert find_date(f"Posted {day.strftime(form)} by Ada") == day.isoformat()


@given(st.text(alphabet="0123456789/.-: ,年月日MarTZ+²", max_size=40))
def test_nothing_makes_it_fail(text: str) -> None:
    for found in (parse_date(text), find_date(text), date_in_path(text)):
        assert found is None or found[:4].isdigit()
