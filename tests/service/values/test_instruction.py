"""An instruction in words becomes a plan that its caller can read."""

from __future__ import annotations

import pytest

from webis_mcp.errors import InvalidInput
from webis_mcp.service.values.compiling import plan_of


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("contact name and phone number", {"contact_name": "person", "phone": "phone"}),
        (
            "Please extract the price, currency and SKU of the product.",
            {"price": "price", "currency": "currency", "sku": "code"},
        ),
        ("What is the author?", {"author": "string"}),
        ("all emails on this page", {"email": "list of email"}),
        (
            "ingredients and steps",
            {"ingredients": "list of string", "instructions": "list of string"},
        ),
        (
            "the name and price of each product",
            {"products": "list of {name: string, price: price}"},
        ),
        (
            "for each event: title, date and venue",
            {"events": "list of {title: string, date: date, venue: string}"},
        ),
        ("warranty period", {"warranty_period": "string"}),
        ("Telefonnummer und E-Mail", {"phone": "phone", "email": "email"}),
        ("prix et disponibilité", {"price": "price", "availability": "availability"}),
        ("precio y marca", {"price": "price", "brand": "string"}),
        ("цена и бренд", {"price": "price", "brand": "string"}),
        ("联系人和电话号码", {"contact_name": "person", "phone": "phone"}),
        ("価格と在庫", {"price": "price", "availability": "availability"}),
    ],
)
def test_an_instruction_is_compiled_to_fields(instruction: str, plan: dict[str, str]) -> None:
    compiled = plan_of(instruction)
    assert compiled is not None
    assert dict(compiled.shown()) == plan


@pytest.mark.parametrize("instruction", ["", "  ", "please", "x" * 2_001])
def test_an_instruction_that_asks_nothing_is_refused(instruction: str) -> None:
    with pytest.raises(InvalidInput):
        plan_of(instruction)


def test_with_a_schema_the_instruction_only_helps_to_find() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    plan = plan_of("the price", schema)
    assert plan is not None
    assert dict(plan.shown()) == {"a": "string"}


def test_nothing_asked_is_no_plan() -> None:
    assert plan_of() is None
