"""Where a page points its reader to: refreshes that lead on, and other forms of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.page.model import Alternative, Pointers
from webis_mcp.page.reading.pointers import MOST_ALTERNATIVES, refresh_target
from webis_mcp.page.reading.reader import read_page

HERE = "https://a.example/news/1"


def pointers(html: str, url: str | None = HERE) -> Pointers:
    return read_page(html, url=url).pointers


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("0; url=/next", "https://a.example/next"),
        ("3;URL='next'", "https://a.example/news/next"),
        ('0.5, url="http://b.example/" more', "http://b.example/"),
        ("0 /next", "https://a.example/next"),
        ("300; url=/next", None),
        ("5", None),
        ("0; url=", None),
        ("0; url=#top", None),
        ("0; url=javascript:go()", None),
        ("soon; url=/next", None),
    ],
)
def test_a_refresh_leads_where_a_browser_would_go(value: str, target: str | None) -> None:
    assert refresh_target(value, base=HERE, url=HERE) == target


def test_the_first_refresh_that_leads_on_counts() -> None:
    html = """<meta http-equiv=refresh content=9><base href=/old/>
        <meta http-equiv=Refresh content='0;url=next'><meta http-equiv=refresh content='0;url=x'>"""
    assert pointers(html).refresh == "https://a.example/old/next"


def test_other_forms_that_can_be_read_are_told() -> None:
    html = """<link rel=amphtml href=/amp><link rel=alternate media=print href=?print>
        <link rel=alternate type=text/markdown href=1.md><link rel=alternate hreflang=de href=/de>
        <link rel=alternate type=application/rss+xml href=/feed><link rel=amphtml href=1>
        <link rel='alternate stylesheet' media=print href=print.css>"""
    assert pointers(html).alternatives == (
        Alternative("amp", "https://a.example/amp"),
        Alternative("print", "https://a.example/news/1?print"),
        Alternative("markdown", "https://a.example/news/1.md"),
    )


def test_there_are_not_too_many_of_them() -> None:
    links = "".join(f"<link rel=amphtml href=/{number}>" for number in range(99))
    assert len(pointers(links).alternatives) == MOST_ALTERNATIVES


def test_without_an_address_only_whole_ones_are_told() -> None:
    html = "<link rel=amphtml href=/amp><link rel=amphtml href=https://a.example/amp>"
    assert pointers(html, None).alternatives == (Alternative("amp", "https://a.example/amp"),)


@given(st.text(alphabet="0159;, .=urlURL'\"/\thx:", max_size=40))
def test_no_value_fails_or_leads_off_the_web(value: str) -> None:
    target = refresh_target(value, base=HERE, url=HERE)
    assert target is None or target.startswith(("http://", "https://"))
