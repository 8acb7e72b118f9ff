"""The code of a thing: what a reader sees, then what the data says, then the page's address."""

from __future__ import annotations

import pytest

from tests.support.shop import is_on_page
from webis_mcp import extract
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.value import Value
from webis_mcp.service.values.codes import codes_in

STORY = "<p>" + "A warm lamp for cold evenings, made by hand in the north. " * 4 + "</p>"
SCHEMA = {"type": "object", "properties": {"sku": {"type": "string"}}}
HIDDEN = (
    '<script type="application/ld+json">{"@type":"Product","name":"Lamp","sku":"V-99-XL"}</script>'
)


def code_of(body: str, head: str = "") -> object:
    html = f"<head><title>Lamp</title>{head}</head><body><main><h1>Lamp</h1>{body}{STORY}</main>"
    findings = extract(html, json_schema=SCHEMA, url="https://shop.example/x").findings
    assert findings is not None
    found = findings.values["sku"]
    assert isinstance(found, Value)
    assert found.place is None or is_on_page(found.place, html, read_page(html))
    return found.value


@pytest.mark.parametrize(
    "shown",
    [
        "<p>Item # 47114</p>",
        "<p>Product code: 47114</p>",
        "<p>Lamp of linen. Art.-Nr.: 47114</p>",
        "<p>SKU 47114</p><p>SKU: 47114</p>",
        "<table><tr><td>Артикул<td>47114</tr><tr><td>Цвет<td>red</tr></table>",
        "<p><span data-qa-qualifier='product-reference'>47114</span></p>",
        "<p>Colour: red | Model: L2 | Item number: 47114</p>",
    ],
)
def test_what_a_reader_sees_is_believed_before_what_only_machines_are_told(shown: str) -> None:
    assert code_of(shown, HIDDEN) == "47114"
    assert code_of(shown) == "47114"


def test_the_code_of_the_data_stands_where_it_is_shown_or_nothing_else_is() -> None:
    assert code_of("<p>Ask for V-99-XL. Ref: 123456</p>", HIDDEN) == "V-99-XL"
    assert code_of("<p>Nothing here.</p>", HIDDEN) == "V-99-XL"


def test_of_several_codes_the_one_in_the_address_is_meant() -> None:
    others = "<p>Item no: 11112</p><p>Item no: 47114</p>"
    link = "<link rel='canonical' href='https://shop.example/lamps/47114'>"
    assert code_of(others, link) == "47114"


def test_the_address_is_a_code_where_the_page_uses_it_too() -> None:
    link = "<link rel='canonical' href='https://shop.example/lamps/linen-lamp-987929.html'>"
    assert code_of("<img src='/pictures/987929/1.jpg'>", link) == "987929"
    assert code_of("<p>No code.</p>", link) is None
    assert code_of("<img src='/pictures/987929/1.jpg'>") is None


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ("https://s.example/deal/3454863898", ["3454863898"]),
        ("https://s.example/dp/B08LNDXM65?ref=4", ["B08LNDXM65"]),
        ("https://s.example/store/122725?pid=260591", ["260591", "122725"]),
        ("https://s.example/p/BabyBjorn_One-987929.html", ["987929"]),
        ("https://s.example/M67296549.htm", ["M67296549"]),
        ("https://s.example/view?product_id=260591", ["260591"]),
        ("https://s.example/view?goods-no=260591", ["260591"]),
        ("https://s.example/view?no=260591", []),
        ("https://s.example/2024/about-us", []),
        ("https://s.example/lamp-of-2024", []),
        ("http://[broken", []),
    ],
)
def test_a_code_in_an_address_looks_like_one(address: str, codes: list[str]) -> None:
    assert list(codes_in(address)) == codes
