"""The invariant: no value without a quote from the page, whatever the page and the question."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.html import documents, soups
from tests.support.shop import SHOP, is_on_page
from webis_mcp import extract
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.value import By, Match, Place, Value, leaves
from webis_mcp.page.values.grounding import folded

STRING = {"type": "string"}
WANTED = {
    "title": STRING,
    "price": {"type": "number"},
    "currency": STRING,
    "sku": STRING,
    "brand": STRING,
    "availability": {"type": "string", "enum": ["InStock", "OutOfStock"]},
    "published": {"type": "string", "format": "date"},
    "contact_name": STRING,
    "email": {"type": "string", "format": "email"},
    "phone": STRING,
    "website": {"type": "string", "format": "uri"},
    "total_time": {"type": "integer"},
    "in_stock": {"type": "boolean"},
    "alpha": STRING,
    "ingredients": {"type": "array", "items": STRING},
    "gamma": {"type": "array", "items": STRING},
    "address": {"type": "object", "properties": {"city": STRING, "postal_code": STRING}},
    "stores": {
        "type": "array",
        "items": {"type": "object", "properties": {"name": STRING, "phone": STRING, "url": STRING}},
    },
}
SCHEMA = {"type": "object", "properties": WANTED}

PIECES = (
    "Price: 12.50 €",
    "alpha: beta",
    "Brand: Acme",
    "SKU: A-1",
    "call +44 20 7946 0018",
    "ada@example.org",
    "3 May 2024",
    "1 hr 20 mins",
    "10115 Berlin",
    "ISBN 978-0-316-03543-9",
    "In stock",
    "Ingredients",
    "作者: 山田",
)
MARKS = ("", ' itemprop="name"', ' class="price"', ' itemprop="sku"', ' property="name"')
JSON = (
    '{"@type":"Product","name":"Alpha \\u00e9","offers":{"price":"9.5","priceCurrency":"USD"}}',
    '{"@type":"Recipe","recipeIngredient":["1 egg","salt",],"totalTime":"PT1H"}',
    '[{"@type":"Store","name":"A","telephone":"+44 20 7946 0018"},{"@type":"Store","name":"B"}]',
    '{"name": "broken "quote", "sku": "x1"',
)

elements = st.builds(
    "<{0}{1}>{2}</{0}>".format,
    st.sampled_from("p div li h1 h2 td span dt dd b".split()),
    st.sampled_from(MARKS),
    st.sampled_from(PIECES),
)
heads = st.sampled_from(
    [f'<script type="application/ld+json">{json}</script>' for json in JSON]
    + ['<meta property="og:title" content="Alpha &amp; beta">', "<title>Alpha | Shop</title>", ""]
)
scopes = st.sampled_from(
    ["<div>", '<div itemscope itemtype="https://schema.org/Product">', '<ul typeof="Product">']
)
pages = st.builds(
    lambda head, scope, parts, noise: f"{head}{scope}{''.join(parts)}</div>{noise}",
    heads,
    scopes,
    st.lists(elements, max_size=8),
    documents(),
)


def assert_is_grounded(html: str, instruction: str | None = None) -> None:
    asked = None if instruction else SCHEMA
    url = "https://example.org/a/"
    findings = extract(html, url=url, instruction=instruction, json_schema=asked).findings
    assert findings is not None
    page = read_page(html, url=url)
    for pointer, leaf in leaves(findings.values):
        if leaf.value is None:
            assert leaf.reason, pointer
            assert leaf.match in (Match.NONE, Match.AMBIGUOUS)
        else:
            assert leaf.place is not None
            assert leaf.by is not None
            assert is_on_page(leaf.place, html, page), (pointer, leaf)
            assert_says_the_same(leaf)
        assert all(is_on_page(rival.place, html, page) for rival in leaf.rivals)
    for passage in findings.evidence:
        assert passage.text == page.blocks[passage.block].text
    if findings.missing and any(block.text and not block.hidden for block in page.blocks):
        assert findings.evidence


def assert_says_the_same(leaf: Value) -> None:
    """An exact value is its quote; of another, no letter or digit comes from elsewhere."""
    assert leaf.place is not None
    if leaf.match is Match.EXACT:
        assert str(leaf.value) == leaf.place.quote


NOTHING_FIRST = "<table><thead><tr><td><td></thead><tr><td><td><td>alpha</table>"


@settings(max_examples=50)
@given(pages)
@example(NOTHING_FIRST)
def test_no_value_is_without_its_quote_on_the_page(html: str) -> None:
    assert_is_grounded(html)


@settings(max_examples=20)
@given(soups())
@example("alphaalpha<o:p><title>alpha")
def test_no_soup_makes_up_a_value(html: str) -> None:
    if html.strip():
        assert_is_grounded(html)


@settings(max_examples=20)
@given(
    pages,
    st.lists(
        st.sampled_from(["price", "phone number", "all emails", "alpha", "author", "作者", "date"]),
        min_size=1,
        max_size=4,
    ).map(" and ".join),
)
def test_the_same_holds_for_instructions(html: str, instruction: str) -> None:
    assert_is_grounded(html, instruction)


def test_a_shop_is_grounded_in_every_source() -> None:
    assert_is_grounded(SHOP)
    findings = extract(SHOP, json_schema=SCHEMA).findings
    assert findings is not None
    found = [leaf for _, leaf in leaves(findings.values) if leaf.value is not None]
    assert {leaf.by for leaf in found} == {By.STRUCTURED_DATA, By.TYPED, By.RECORDS}
    assert len(found) > 10


def test_a_value_without_a_quote_cannot_even_be_made() -> None:
    with pytest.raises(ValueError, match="needs a quote"):
        Value(value="made up")
    with pytest.raises(ValueError, match="needs a quote"):
        Value(place=Place("words", "/html[1]"))


@settings(max_examples=25)
@given(pages)
def test_texts_that_are_found_hold_the_words_of_the_value(html: str) -> None:
    asked = dict.fromkeys(("alpha", "brand", "title", "contact_name"), STRING)
    findings = extract(html, json_schema={"type": "object", "properties": asked}).findings
    assert findings is not None
    for _, leaf in leaves(findings.values):
        if isinstance(leaf.value, str) and leaf.place and leaf.place.block is not None:
            words = re.findall(r"\w+", folded(leaf.value)[0])
            assert set(words) <= set(re.findall(r"\w+", folded(leaf.place.quote)[0]))
