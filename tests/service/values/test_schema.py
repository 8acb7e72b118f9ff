"""A JSON Schema becomes a plan, or is refused with the place of what is not supported."""

from __future__ import annotations

import re
from typing import Any

import pytest

from webis_mcp.errors import InvalidInput
from webis_mcp.service.values.compiling import plan_of
from webis_mcp.service.values.schema import fields_of


def shown(schema: dict[str, Any]) -> dict[str, str]:
    plan = plan_of(json_schema=schema)
    assert plan is not None
    return dict(plan.shown())


def of(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_every_type_and_form_is_known() -> None:
    schema = of(
        name={"type": "string"},
        price={"type": "number", "minimum": 0},
        count={"type": "integer"},
        open={"type": "boolean"},
        mood={"type": "string", "enum": ["good", "bad", None]},
        born={"type": "string", "format": "date"},
        mail={"type": "string", "format": "email"},
        tags={"type": "array", "items": {"type": "string"}, "maxItems": 3},
        rows={"type": "array", "items": of(name={"type": "string"}, url={"type": "string"})},
        address=of(city={"type": "string"}),
    )
    assert shown(schema) == {
        "name": "string",
        "price": "number",
        "count": "integer",
        "open": "boolean",
        "mood": "string",
        "born": "date",
        "mail": "email",
        "tags": "list of string",
        "rows": "list of {name: string, url: url}",
        "address": "{city: town}",
    }


def test_null_may_be_said_in_every_way() -> None:
    ways: list[dict[str, Any]] = [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"type": "string"}], "default": None},
    ]
    for way in ways:
        (field,) = fields_of(of(name=way))
        assert (field.type, field.nullable) == ("string", True)


def test_a_reference_within_the_schema_is_followed() -> None:
    schema = of(who={"$ref": "#/$defs/Person"}) | {"$defs": {"Person": of(name={"type": "string"})}}
    assert shown(schema) == {"who": "{name: string}"}


def test_the_root_may_be_a_list_of_records() -> None:
    assert shown({"type": "array", "items": of(name={"type": "string"})}) == {
        "items": "list of {name: string}"
    }


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "at /type: The root must be an object"),
        (of(), "at /properties: There are no properties"),
        (of(a={"type": "string", "pattern": "x"}), "at /properties/a/pattern: 'pattern'"),
        (of(a={"type": "string", "format": "ipv4"}), "at /properties/a/format: 'ipv4'"),
        (of(a={"type": "text"}), "at /properties/a/type: 'text' is not one of"),
        (of(a={"type": ["string", "number"]}), "at /properties/a/type: Only one type"),
        (of(a={"type": "array"}), "at /properties/a: An array says what its items are"),
        (of(a={"allOf": []}), "at /properties/a/allOf: 'allOf'"),
        (of(a={"$ref": "#/$defs/None"}), "at /properties/a/$ref: '#/$defs/None' leads nowhere"),
        (of(a={"$ref": "https://x.example/"}), "at /properties/a/$ref: Only references into"),
        (of(a={"anyOf": [{"type": "string"}, {"type": "number"}]}), "at /properties/a/anyOf"),
        (of(**{"a/b": {"type": "string", "pattern": "x"}}), "at /properties/a~1b/pattern"),
        (of(a={"type": "string", "enum": [[]]}), "at /properties/a/enum"),
        (of(a=1), "at /properties/a: A schema is an object"),
        (of(a={"type": "object", "additionalProperties": {}}), "at /properties/a/additionalProp"),
        (of(a={"$ref": "#"}), "at /properties/a/$ref"),
    ],
)
def test_what_is_not_supported_is_refused_by_name_with_its_place(
    schema: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)) as refused:
        fields_of(schema)
    assert "Used: objects" in refused.value.hint


def test_a_circle_of_references_comes_to_an_end() -> None:
    schema = of(a={"$ref": "#/properties/a"})
    with pytest.raises(InvalidInput, match="circle"):
        fields_of(schema)
    deep = of(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": of(a={"$ref": "#/$defs/A"})}}
    with pytest.raises(InvalidInput, match="within each other"):
        fields_of(deep)
