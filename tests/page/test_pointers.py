"""Where a page points its reader to: refreshes that lead on, and other forms of itself."""

from __future__ import annotations

from webis_mcp.page.model import Alternative, Pointers
from webis_mcp.page.reading.pointers import MOST_ALTERNATIVES
from webis_mcp.page.reading.reader import read_page

HERE = "https://a.example/news/1"


def pointers(html: str, url: str | None = HERE) -> Pointers:
    return read_page(html, url=url).pointers


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


def test_json_of_the_page_is_told_and_not_that_of_its_blog() -> None:
    html = """<link rel=alternate type=application/json href=1.json>
        <link rel=alternate type=application/json href=/wp-json/wp/v2/posts/1>
        <link rel=alternate type=application/json+oembed href=/oembed?url=1>"""
    assert pointers(html).alternatives == (Alternative("json", "https://a.example/news/1.json"),)


def test_there_are_not_too_many_of_them() -> None:
    links = "".join(f"<link rel=amphtml href=/{number}>" for number in range(99))
    assert len(pointers(links).alternatives) == MOST_ALTERNATIVES


def test_without_an_address_only_whole_ones_are_told() -> None:
    html = "<link rel=amphtml href=/amp><link rel=amphtml href=https://a.example/amp>"
    assert pointers(html, None).alternatives == (Alternative("amp", "https://a.example/amp"),)
