"""What is found on a page for a plan: by which source, in which form, and what is left open."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import SHOP
from webis_mcp import extract
from webis_mcp.page.model import Status
from webis_mcp.page.value import By, Findings, Match, Value, leaves

STORY = (
    "<p>" + "The ferry crosses the estuary every nine minutes, and takes cars too. " * 8 + "</p>"
)


def found(html: str, /, **asked: Any) -> dict[str, Value]:
    return dict(leaves(findings(html, **asked).values))


def findings(html: str, /, **asked: Any) -> Findings:
    schema = {"type": "object", "properties": asked}
    told = extract(html, url="https://shop.example/a/", json_schema=schema).findings
    assert told is not None
    return told


STRING = {"type": "string"}


def test_structured_data_is_quoted_where_a_reader_sees_it() -> None:
    value = found(SHOP, price={"type": "number"})["/price"]
    assert (value.value, value.match, value.by) == (49.9, Match.NORMALIZED, By.STRUCTURED_DATA)
    assert value.place is not None
    assert (value.place.quote, value.place.block) == ("49,90", 2)


def test_what_no_reader_sees_is_quoted_from_its_script() -> None:
    value = found(SHOP, availability={"type": "string", "enum": ["InStock", "OutOfStock"]})
    leaf = value["/availability"]
    assert (leaf.value, leaf.match) == ("InStock", Match.NORMALIZED)
    assert leaf.place is not None
    assert leaf.place.quote == r"https:\/\/schema.org\/InStock"
    assert leaf.place.block is None
    assert leaf.place.xpath == "/html[1]/head[1]/script[1]"


def test_rows_of_a_table_are_labels_with_values() -> None:
    leaf = found(SHOP, weight=STRING)["/weight"]
    assert (leaf.value, leaf.match, leaf.by) == ("1.2 kg", Match.EXACT, By.TYPED)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Publisher: Orbit</p>",
        "<p><b>Publisher:</b> Orbit<br><b>Pages:</b> 304</p>",
        "<dl><dt>Publisher</dt><dd>Orbit</dd></dl>",
        "<div><div>Publisher:</div><div>Orbit</div></div>",
        "<table><tr><td>Publisher<td>Orbit<tr><td>Pages<td>304</table>",
        "<ul><li>Pages: 304 | Publisher: Orbit</li></ul>",
        "<p>出版社：Orbit</p>",
        "<p>Verlag: Orbit</p>",
    ],
)
def test_a_label_stands_in_many_ways_beside_its_value(html: str) -> None:
    leaf = found(STORY + html, publisher=STRING)["/publisher"]
    assert (leaf.value, leaf.match) == ("Orbit", Match.EXACT)


def test_microdata_and_rdfa_and_meta_are_read() -> None:
    microdata = (
        '<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Lamp</h1>'
        '<meta itemprop="sku" content="L 1"><div itemprop="offers" itemscope>'
        '<span itemprop="price" content="9.50">9,50</span></div></div>'
    )
    told = found(microdata, name=STRING, sku=STRING, price={"type": "number"})
    assert [leaf.value for leaf in told.values()] == ["Lamp", "L 1", 9.5]
    rdfa = '<div typeof="Person"><b property="telephone">+44 20 7946 0018</b></div>'
    assert found(rdfa, phone=STRING)["/phone"].by is By.STRUCTURED_DATA
    meta = '<meta property="product:price:amount" content="7.00"><p>A lamp.</p>'
    price = found(meta, price={"type": "number"})["/price"]
    assert price.place is not None
    assert price.place.xpath == "/html[1]/head[1]/meta[1]/@content"


def test_several_values_that_fit_are_ambiguous_with_all_of_them() -> None:
    html = STORY + "<p>Write to ada@x.example or bob@x.example.</p>"
    leaf = found(html, email=STRING)["/email"]
    assert (leaf.value, leaf.match) == ("ada@x.example", Match.AMBIGUOUS)
    assert [rival.value for rival in leaf.rivals] == ["bob@x.example"]


def test_of_several_prices_none_is_taken_for_the_one() -> None:
    html = f"<h1>Lamps</h1>{STORY}<p>From 9.50 € to 12.50 €</p>"
    leaf = found(html, price=STRING)["/price"]
    assert leaf.value is None
    assert [rival.value for rival in leaf.rivals] == ["9.50 €", "12.50 €"]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<div class=price><s>12.50 €</s> <span>9.50 €</span></div>"),
        ("", "<p>Was <del>12.50 €</del>, now 9.50 €</p>"),
        ("", "<div class=price><del>19.50 €</del> <span>9.50 €</span></div>"),  # part of the other
        ("<meta name=description content='A lamp for 9.50 €'>", "<p>12.50 €</p><p>9.50 €</p>"),
        ("<meta property='og:price' content='9.50 €'>", "<p>12.50 €</p><p>14.50 €</p>"),
        ("", f"<p class=price>9.50 €</p>{'<p>Like this</p>' * 30}<p class=price>12.50 €</p>"),
    ],
)
def test_of_several_prices_the_one_that_holds_is_told_apart(head: str, body: str) -> None:
    html = f"<head><title>Lamp</title>{head}</head><h1>Lamp</h1>{body}{STORY}"
    leaf = found(html, price={"type": "number"})["/price"]
    assert (leaf.value, leaf.rivals) == (9.5, ())


def test_the_currency_of_an_old_price_is_that_of_the_new_one() -> None:
    html = f"<h1>Lamp</h1><div class=price><s>12.50 €</s> <span>9.50 €</span></div>{STORY}"
    assert found(html, currency=STRING)["/currency"].value == "€"


def test_of_a_range_of_prices_the_lower_end_is_told_as_such() -> None:
    leaf = found(f"<h1>Lamp</h1><p>$9.50 - $12.50</p>{STORY}", price={"type": "number"})["/price"]
    assert (leaf.value, leaf.match) == (9.5, Match.AMBIGUOUS)
    assert "range" in leaf.reason


def test_a_value_out_of_bounds_or_form_is_none() -> None:
    html = STORY + "<p>Pages: many</p><p>Rating: 11</p><p>Published: soon</p>"
    told = found(
        html,
        pages={"type": "integer"},
        rating={"type": "number", "maximum": 10},
        published={"type": "string", "format": "date"},
    )
    assert [leaf.value for leaf in told.values()] == [None, None, None]
    assert all(leaf.reason for leaf in told.values())


def test_dates_and_durations_take_the_form_that_is_asked() -> None:
    html = STORY + "<p>Published: May 3, 2024</p><p>Prep time: 1 hr 20 mins</p>"
    told = found(
        html,
        published={"type": "string", "format": "date"},
        prep_time={"type": "integer", "description": "in minutes"},
    )
    assert [(leaf.value, leaf.match) for leaf in told.values()] == [
        ("2024-05-03", Match.NORMALIZED),
        (80, Match.NORMALIZED),
    ]
    hours = found(html, prep_time={"type": "number", "description": "in hours"})["/prep_time"]
    assert hours.value == pytest.approx(1.333333)


def test_a_table_with_a_head_is_a_list_of_records() -> None:
    told = found(
        SHOP,
        stores={
            "type": "array",
            "items": {"type": "object", "properties": {"city": STRING, "phone": STRING}},
        },
    )
    assert [(pointer, leaf.value) for pointer, leaf in told.items()] == [
        ("/stores/0/city", "Leeds"),
        ("/stores/0/phone", "0113 496 0000"),
        ("/stores/1/city", "York"),
        ("/stores/1/phone", "01904 123456"),
    ]
    assert {leaf.by for leaf in told.values()} == {By.RECORDS}


CARDS = "".join(
    f'<div class="card"><h3><a href="/p/{n}">Lamp {n}</a></h3><p>Made of {stuff}.</p>'
    f'<span class="price">{n}9.90 €</span></div>'
    for n, stuff in enumerate(("oak", "steel", "linen"), 1)
)


def test_cards_of_one_look_are_records_by_name_form_and_position() -> None:
    item = {
        "type": "object",
        "properties": {
            "name": STRING,
            "price": {"type": "number"},
            "url": {"type": "string", "format": "uri"},
        },
    }
    told = found(
        f"<h1>Our lamps</h1>{STORY}<main>{CARDS}</main>", products={"type": "array", "items": item}
    )
    assert [leaf.value for leaf in told.values()] == [
        value
        for n in (1, 2, 3)
        for value in (f"Lamp {n}", float(f"{n}9.9"), f"https://shop.example/p/{n}")
    ]


def test_things_of_one_type_are_records() -> None:
    html = (
        '<script type="application/ld+json">[{"@type":"Event","name":"Jazz",'
        '"startDate":"2024-05-03"},{"@type":"Event","name":"Folk","startDate":"2024-05-04"}]</script>'
        + STORY
    )
    item = {
        "type": "object",
        "properties": {"name": STRING, "date": {"type": "string", "format": "date"}},
    }
    told = found(html, events={"type": "array", "items": item})
    assert [leaf.value for leaf in told.values()] == ["Jazz", "2024-05-03", "Folk", "2024-05-04"]


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Ingredients</h2><ul><li>raw egg</li><li>sea salt</li></ul><h2>Method</h2><p>Mix.</p>",
        "<div class='recipe-ingredients'><ul><li>raw egg</li><li>sea salt</li></ul></div>",
        "<p><b>Zutaten:</b></p><ul><li>raw egg</li><li>sea salt</li></ul>",
        "<ul><li itemprop='recipeIngredient'>raw egg<li itemprop='recipeIngredient'>sea salt</ul>",
    ],
)
def test_a_list_is_found_by_what_it_is_called(html: str) -> None:
    told = found(
        f"<h1>Eggs</h1>{STORY}{html}{STORY}", ingredients={"type": "array", "items": STRING}
    )
    assert [leaf.value for leaf in told.values()] == ["raw egg", "sea salt"]


def test_a_list_ends_where_its_caller_says() -> None:
    html = (
        f"<h1>Eggs</h1>{STORY}<h2>Ingredients</h2><ul><li>1 egg</li><li>salt</li><li>milk</li></ul>"
    )
    told = found(html, ingredients={"type": "array", "items": STRING, "maxItems": 2})
    assert len(told) == 2


def test_what_is_not_found_is_null_with_a_reason_and_evidence() -> None:
    told = findings(f"{STORY}<p>We give you two years of warranty.</p>{STORY}", warranty=STRING)
    leaf = dict(leaves(told.values))["/warranty"]
    assert (leaf.value, leaf.match, leaf.by) == (None, Match.NONE, None)
    assert leaf.reason
    assert told.missing == ("/warranty",)
    assert any("warranty" in passage.text for passage in told.evidence)


def test_the_evidence_is_never_empty_where_there_is_text() -> None:
    paragraphs = "".join(f"<p>Абзац номер {n} о переправе через реку.</p>" for n in range(30))
    told = findings(paragraphs, warranty=STRING, ceo=STRING)
    assert 5 <= len(told.evidence) <= 15
    orders = [passage.block for passage in told.evidence]
    assert orders == sorted(orders)


def test_the_same_page_and_question_give_the_same_evidence() -> None:
    html = SHOP + STORY
    assert findings(html, warranty=STRING) == findings(html, warranty=STRING)


def test_words_without_spaces_between_them_are_found() -> None:
    paragraphs = "".join(f"<p>これは{n}番目の段落で、天気の話です。</p>" for n in range(30))
    told = findings(paragraphs + "<p>保証期間は購入日から二年間です。</p>", 保証期間=STRING)
    assert any("保証期間" in passage.text for passage in told.evidence)


def test_the_status_says_that_a_reader_is_needed_or_why_there_is_no_page() -> None:
    schema = {"type": "object", "properties": {"warranty": STRING}}
    assert extract(STORY, json_schema=schema).status is Status.NEEDS_READER
    assert extract("<p></p>", json_schema=schema).status is Status.EMPTY
    assert extract(SHOP, instruction="brand").status is Status.CONTENT


def test_a_description_says_what_a_field_means() -> None:
    leaf = found(SHOP, x1={"type": "string", "description": "The brand of the product"})["/x1"]
    assert leaf.value == "Nordlys"


def test_an_object_is_filled_field_by_field() -> None:
    html = (
        '<script type="application/ld+json">{"@type":"Store","name":"A","address":'
        '{"streetAddress":"1 High St","addressLocality":"Leeds","postalCode":"LS1 1AA"}}</script>'
        + STORY
    )
    inner = {
        "type": "object",
        "properties": {"street": STRING, "city": STRING, "postal_code": STRING},
    }
    told = found(html, address=inner)
    assert [leaf.value for leaf in told.values()] == ["1 High St", "Leeds", "LS1 1AA"]


def test_a_contact_is_found_beside_its_label() -> None:
    told = extract(SHOP, instruction="contact name and phone number").findings
    assert told is not None
    values = dict(leaves(told.values))
    assert values["/contact_name"].value == "Jane Miller"
    assert values["/phone"].value == "+44 20 7946 0018"
