"""A JSON Schema to a field plan. What we do not hold to is refused by name, never passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from webis_mcp.errors import InvalidInput
from webis_mcp.service.values.plan import Field, FieldType

MAX_FIELDS = 200
"""Fields of one plan; a longer one is a database, not a question."""

MAX_DEPTH = 8
"""Objects and arrays within each other."""

FORMATS = ("date", "date-time", "email", "uri")

_ANNOTATIONS = frozenset(
    "title description examples example default deprecated readOnly writeOnly $schema $id $comment "
    "$anchor".split()
)
"""What says nothing of a value's form."""

_OF_TYPE = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "maxItems"}),
    "string": frozenset({"format", "enum"}),
    "number": frozenset({"minimum", "maximum", "enum"}),
    "integer": frozenset({"minimum", "maximum", "enum"}),
    "boolean": frozenset(),
}
_EVERYWHERE = frozenset({"type", "nullable", "anyOf", "oneOf", "$ref", "$defs", "definitions"})

Schema = Mapping[str, object]


def fields_of(schema: object) -> tuple[Field, ...]:
    """The fields of a schema whose root is an object, or an array of objects.

    Raises:
        InvalidInput: it is no schema, or has something that we do not hold to; with the place.
    """
    root = _Reader(schema).read(schema, "", "", 0)
    if root.type == "array" and root.items is not None and root.items.type == "object":
        return (_named(root, "items"),)
    if root.type != "object":
        raise _refused("/type", "The root must be an object, or an array of objects")
    if not root.fields:
        raise _refused("/properties", "There are no properties to look for")
    return root.fields


def _named(field: Field, name: str) -> Field:
    return Field(name, field.type, hint=field.hint, items=field.items, most=field.most)


class _Reader:
    """Reads one schema; knows its root, for references lead there."""

    def __init__(self, root: object) -> None:
        self._root = root
        self._count = 0

    def read(self, given: object, name: str, place: str, depth: int) -> Field:
        """The field that a schema describes."""
        if not isinstance(given, Mapping):
            raise _refused(place, "A schema is an object")
        self._count += 1
        if depth > MAX_DEPTH:
            raise _refused(place, f"More than {MAX_DEPTH} schemas within each other")
        if self._count > MAX_FIELDS:
            raise _refused(place, f"More than {MAX_FIELDS} fields")
        schema, nullable = self._resolved(given, place)
        kind, may_be_null = _type_of(schema, place)
        _refuse_unknown(schema, kind, place)
        return Field(
            name=name,
            type=kind,
            format=_format_of(schema, place),
            hint=_text(schema, "description") or _text(schema, "title"),
            enum=_enum_of(schema, place),
            nullable=nullable or may_be_null,
            fields=self._fields(schema, place, depth) if kind == "object" else (),
            items=self._items(schema, place, depth) if kind == "array" else None,
            lowest=_number(schema, "minimum", place),
            highest=_number(schema, "maximum", place),
            most=cast("int | None", _number(schema, "maxItems", place)),
        )

    def _fields(self, schema: Schema, place: str, depth: int) -> tuple[Field, ...]:
        properties = schema.get("properties", {})
        if not isinstance(properties, Mapping):
            raise _refused(f"{place}/properties", "properties is an object")
        if isinstance(schema.get("additionalProperties"), Mapping):
            raise _refused(
                f"{place}/additionalProperties", "Fields without a name are not looked for"
            )
        return tuple(
            self.read(inner, str(name), f"{place}/properties/{_escaped(str(name))}", depth + 1)
            for name, inner in properties.items()
        )

    def _items(self, schema: Schema, place: str, depth: int) -> Field:
        if "items" not in schema:
            raise _refused(place, "An array says what its items are: items is missing")
        items = self.read(schema["items"], "", f"{place}/items", depth + 1)
        if items.type == "array":
            raise _refused(f"{place}/items/type", "Arrays of arrays are not looked for")
        return items

    def _resolved(self, schema: Schema, place: str) -> tuple[Schema, bool]:
        """The schema with references followed and "or null" told apart."""
        nullable = False
        for _ in range(MAX_DEPTH):
            if "$ref" in schema:
                schema = {**self._target(schema["$ref"], place), **_but(schema, "$ref")}
            elif choice := next((key for key in ("anyOf", "oneOf") if key in schema), None):
                one, nullable = _one_of(schema[choice], f"{place}/{choice}")
                schema = {**one, **_but(schema, choice)}
            else:
                return schema, nullable
        raise _refused(place, "References lead in a circle")

    def _target(self, reference: object, place: str) -> Schema:
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise _refused(f"{place}/$ref", "Only references into the same schema are followed")
        at = self._root
        for step in reference[2:].split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(at, Mapping) or key not in at:
                raise _refused(f"{place}/$ref", f"{reference[:100]!r} leads nowhere")
            at = at[key]
        if not isinstance(at, Mapping):
            raise _refused(f"{place}/$ref", f"{reference[:100]!r} is no schema")
        return at


def _one_of(choices: object, place: str) -> tuple[Schema, bool]:
    """The only schema among choices that is not null, and whether null is one of them."""
    if not isinstance(choices, list) or not all(isinstance(one, Mapping) for one in choices):
        raise _refused(place, "A list of schemas is wanted")
    real = [one for one in choices if one.get("type") != "null"]
    if len(real) != 1:
        raise _refused(place, "Only one schema, or one and null, can be looked for")
    return real[0], len(real) < len(choices)


def _type_of(schema: Schema, place: str) -> tuple[FieldType, bool]:
    """The type of a schema, and whether it may be null."""
    given = schema.get("type")
    names = list(given) if isinstance(given, list) else [given] if given is not None else []
    may_be_null = schema.get("nullable") is True or "null" in names
    names = [name for name in names if name != "null"] or [_implied(schema)]
    if len(names) != 1:
        raise _refused(f"{place}/type", "Only one type, or one and null, can be looked for")
    if names[0] not in _OF_TYPE:
        known = ", ".join(_OF_TYPE)
        raise _refused(f"{place}/type", f"{str(names[0])[:40]!r} is not one of: {known}")
    return cast("FieldType", names[0]), may_be_null


def _implied(schema: Schema) -> str:
    if "properties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    enum = schema.get("enum")
    if isinstance(enum, list) and enum and all(isinstance(one, int | float) for one in enum):
        return "number"
    return "string"


def _refuse_unknown(schema: Schema, kind: str, place: str) -> None:
    known = _OF_TYPE[kind] | _EVERYWHERE | _ANNOTATIONS
    for key in schema:
        if key not in known:
            raise _refused(
                f"{place}/{_escaped(str(key))}",
                f"{str(key)[:60]!r} is not supported for a field of type {kind}",
            )


def _format_of(schema: Schema, place: str) -> str:
    given = schema.get("format", "")
    if given and given not in FORMATS:
        known = ", ".join(FORMATS)
        raise _refused(f"{place}/format", f"{str(given)[:40]!r} is not one of: {known}")
    return str(given)


def _enum_of(schema: Schema, place: str) -> tuple[str | int | float | bool, ...]:
    given = schema.get("enum", [])
    if not isinstance(given, list) or not all(
        isinstance(one, str | int | float | None) for one in given
    ):
        raise _refused(f"{place}/enum", "Texts, numbers and null are what can be listed")
    return tuple(one for one in given if one is not None)


def _number(schema: Schema, key: str, place: str) -> float | None:
    given = schema.get(key)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _refused(f"{place}/{key}", "A number is wanted")
    return given


def _text(schema: Schema, key: str) -> str:
    given = schema.get(key, "")
    return given[:500] if isinstance(given, str) else ""


def _but(schema: Schema, key: str) -> Schema:
    return {name: value for name, value in schema.items() if name != key}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _refused(place: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"json_schema at {place or '/'}: {why}.",
        hint="Used: objects, arrays, strings, numbers, integers, booleans, enum, format "
        f"({', '.join(FORMATS)}), null, description, $ref within the schema.",
    )
