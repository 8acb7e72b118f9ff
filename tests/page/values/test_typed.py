"""Words that show by their form what they are, and those that only look so."""

from __future__ import annotations

import pytest

from webis_mcp.page.values.typed import Span
from webis_mcp.page.values.typed.addresses import find_addresses, find_postal_codes, find_towns
from webis_mcp.page.values.typed.amounts import currency_in, find_prices, number_of
from webis_mcp.page.values.typed.codes import find_gtins, find_isbns
from webis_mcp.page.values.typed.contacts import find_emails, find_phones, find_urls, region_of
from webis_mcp.page.values.typed.people import find_person
from webis_mcp.page.values.typed.times import find_dates, find_durations, minutes_of


def values(spans: object) -> list[str]:
    assert hasattr(spans, "__iter__")
    return [span.value for span in spans if isinstance(span, Span)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€ 20,97", "20.97 EUR"),
        ("1.234,56 €", "1234.56 EUR"),
        ("$1,299.00", "1299 $"),
        ("CHF 19.50", "19.5 CHF"),
        ("R$ 1.759,99", "1759.99 BRL"),
        ("1 299,00 Kč", "1299 CZK"),
        ("30000원", "30000 KRW"),
        ("12,- €", "12 EUR"),
    ],
)
def test_a_price_is_read_as_its_country_writes_it(text: str, value: str) -> None:
    assert values(find_prices(text)) == [value]


def test_a_number_without_a_currency_is_no_price() -> None:
    assert values(find_prices("4 eggs, 2 cups, page 12 of 40, USDA organic, version 3.4")) == []


def test_the_currency_is_given_as_the_page_has_it() -> None:
    found = currency_in("now only 5,00 € each")
    assert found is not None
    assert "now only 5,00 € each"[found.start : found.end] == "€"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234", 1234),
        ("1,5", 1.5),
        ("1.234.567", 1234567),
        ("0.125", 0.125),
        ("12'000.50", 12000.5),
    ],
)
def test_three_digits_after_the_only_mark_are_thousands(text: str, number: float) -> None:
    assert number_of(text) == number


def test_an_email_is_told_from_a_picture_with_two_resolutions() -> None:
    assert values(find_emails("Write to Ada.L@Example.org, or see icon@2x.png.")) == [
        "ada.l@example.org"
    ]


def test_a_phone_is_read_by_the_country_of_the_page() -> None:
    assert values(find_phones("Tel. (020) 7946 0018", "en-GB", "shop.example")) == ["+442079460018"]
    assert values(find_phones("Tel. 030 901820", "de", "shop.de")) == ["+4930901820"]
    assert values(find_phones("Order 12345678, 2024-05-06", "en", "")) == []


def test_the_country_is_told_by_host_then_by_language() -> None:
    assert region_of("en", "shop.co.uk") == "GB"
    assert region_of("de-CH", "shop.com") == "CH"
    assert region_of("fr", "") == "FR"


def test_an_address_on_the_web_ends_before_the_sentence_does() -> None:
    assert values(find_urls("See https://a.example/x(1), or http://b.example/.")) == [
        "https://a.example/x(1",
        "http://b.example/",
    ]


def test_a_book_or_ware_number_needs_the_right_check_digit() -> None:
    assert values(find_isbns("978-0-316-03543-9, 978-0-316-03543-8, 0-306-40615-2")) == [
        "9780316035439",
        "0306406152",
    ]
    assert values(find_gtins("4022664223553 4022664223554 00000000")) == ["4022664223553"]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1 hr 20 mins", ["80"]),
        ("1½ hours", ["90"]),
        ("30 Min., dann 10 Minuten", ["30", "10"]),
        ("35分", ["35"]),
        ("serves 4", []),
    ],
)
def test_hours_with_minutes_after_them_are_one_duration(text: str, minutes: list[str]) -> None:
    assert values(find_durations(text)) == minutes


def test_an_iso_duration_is_minutes() -> None:
    assert minutes_of("PT1H18M") == 78
    assert minutes_of("P1DT2H") == 1560
    assert minutes_of("P") is None
    assert minutes_of("10 minutes") is None


def test_a_date_that_can_be_read_in_two_ways_is_left_out() -> None:
    assert values(find_dates("3 May 2024, 2024-05-06T10:00Z, 3/4/2024")) == [
        "2024-05-03",
        "2024-05-06T10:00Z",
    ]
    assert values(find_dates("3/4/2024", month_first=True)) == ["2024-03-04"]


@pytest.mark.parametrize(
    ("text", "code", "town"),
    [
        ("12 Example Street, Springfield, IL 62704", "62704", "Springfield"),
        ("Hauptstraße 5, 10115 Berlin", "10115", "Berlin"),
        ("221B Baker Street, London NW1 6XE", "NW1 6XE", "London"),
        ("5 rue de la Paix, 75002 Paris", "75002", "Paris"),
    ],
)
def test_a_postal_address_is_told_in_parts(text: str, code: str, town: str) -> None:
    assert values(find_postal_codes(text)) == [code]
    assert values(find_towns(text)) == [town]
    assert values(find_addresses(text)) == [text]


def test_a_name_ends_at_a_mark() -> None:
    assert values(find_person("Jane van der Berg, sales")) == ["Jane van der Berg"]
    assert values(find_person("山田太郎、営業")) == ["山田太郎"]
    assert values(find_person("us for more about our offers")) == []
