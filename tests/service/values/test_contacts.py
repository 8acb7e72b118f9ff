"""A page of contacts: which number is the fax, whose town it is, labels within a line."""

from __future__ import annotations

from typing import Any

from webis_mcp import extract
from webis_mcp.page.value import leaves

STRING = {"type": "string"}
STORY = "<p>" + "An independent shop in the old town, open all year round. " * 4 + "</p>"


def told(body: str, **fields: Any) -> dict[str, Any]:
    html = f"<title>Shop</title><body><main><h1>Shop</h1>{STORY}{body}</main></body>"
    findings = extract(html, json_schema={"type": "object", "properties": fields}).findings
    assert findings is not None
    return {pointer[1:]: leaf.value for pointer, leaf in leaves(findings.values)}


def test_a_fax_is_no_telephone_and_a_telephone_no_fax() -> None:
    line = "<p>Nordwerk, Hauptstraße 12, 10115 Berlin, Tel. +49 30 901820, Fax: +49 30 901821</p>"
    both = told(line, phone=STRING, fax=STRING)
    assert both == {"phone": "+49 30 901820", "fax": "+49 30 901821"}
    assert told("<p>Call +44 113 496 0000</p>", fax=STRING) == {"fax": None}


def test_a_town_and_its_code_are_told_where_a_street_stands_before_them() -> None:
    address = "<address>Books Ltd<br>12 Mill Lane<br>Leeds LS1 4AP</address>"
    parts = told(address, street=STRING, postal_code=STRING, city=STRING)
    assert parts == {"street": "12 Mill Lane", "postal_code": "LS1 4AP", "city": "Leeds"}
    assert told("<p>We sold 10115 Books.</p>", city=STRING) == {"city": None}


def test_labels_within_a_line_and_a_short_description_name_a_value() -> None:
    line = "<p>We accept cards. Gift cards: yes. Founded: 1987. Lieferzeit: 2 Tage</p>"
    fields = {"gift_cards": {"type": "boolean"}, "founded": {"type": "integer"}}
    delivery = {"type": "string", "description": "Lieferzeit"}
    assert told(line, **fields, delivery=delivery) == {
        "gift_cards": True,
        "founded": 1987,
        "delivery": "2 Tage",
    }


def test_stock_and_currency_are_told_by_their_form_in_the_type_that_is_asked_for() -> None:
    offer = "<h1>Lamp</h1><p>49,90 €</p><p>In stock</p>"
    currency = {"enum": ["EUR", "USD"]}
    both = told(offer, in_stock={"type": "boolean"}, currency=currency)
    assert both == {"in_stock": True, "currency": "EUR"}


def test_a_time_of_a_record_is_read_from_its_attribute() -> None:
    card = "<li class='e'><h3>{0}</h3><time datetime='2025-0{1}-04T19:00'>4th, 7 pm</time></li>"
    cards = "".join(card.format(name, at) for at, name in enumerate(("Talk", "Play", "Film"), 1))
    day = {"type": "string", "format": "date-time"}
    record = {"type": "object", "properties": {"title": STRING, "date": day}}
    found = told(f"<h2>Events</h2><ul>{cards}</ul>", events={"type": "array", "items": record})
    assert found["events/0/date"] == "2025-01-04T19:00"
    assert found["events/2/title"] == "Film"
