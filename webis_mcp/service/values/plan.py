"""The field plan: what is looked for on a page, made of a JSON Schema or of an instruction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from webis_mcp.page.value import Found, Value
from webis_mcp.page.values.lexicon import Concept, Kind, concept_of, concept_within, fold

MAX_LABEL_WORDS = 3
"""Words of a description that may be what the field is called on the page."""

FieldType = Literal["string", "number", "integer", "boolean", "object", "array"]

_KIND_OF_FORMAT = {"email": Kind.EMAIL, "uri": Kind.URL, "date": Kind.DATE, "date-time": Kind.DATE}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is wanted.

    Attributes:
        name: what its caller calls it; "" for the items of an array.
        type: as in JSON Schema.
        format: `date`, `date-time`, `email`, `uri`, or "".
        hint: its description, which may say what it is and in which unit.
        enum: the only values that it may have.
        nullable: whether its caller expects that there is none.
        fields: of an object.
        items: of an array.
        lowest, highest: bounds of a number.
        most: items of an array that are wanted at most.
    """

    name: str
    type: FieldType = "string"
    format: str = ""
    hint: str = ""
    enum: tuple[str | int | float | bool, ...] = ()
    nullable: bool = False
    fields: tuple[Field, ...] = ()
    items: Field | None = None
    lowest: float | None = None
    highest: float | None = None
    most: int | None = None

    @property
    def concept(self) -> Concept | None:
        """What it asks for, by its name, or else by its description."""
        return concept_of(self.name) or (concept_within(self.hint) if self.hint else None)

    @property
    def kind(self) -> Kind:
        """The form that its words have."""
        if self.format:
            return _KIND_OF_FORMAT[self.format]
        concept = self.concept
        if concept is not None and not (concept.kind is Kind.LANGUAGE and self.type != "string"):
            return concept.kind
        return Kind.NUMBER if self.type in ("number", "integer") else Kind.TEXT

    @property
    def labels(self) -> frozenset[str]:
        """What it is called on pages, folded; a short description is a name too."""
        concept = self.concept
        hint = fold(self.hint)
        own = {fold(self.name), hint if len(hint.split()) <= MAX_LABEL_WORDS else ""} - {""}
        return frozenset(own | set(concept.labels) if concept else own)

    def shown(self) -> str:
        """Its type in a word, as the plan shows it."""
        if self.type == "array":
            return f"list of {self.items.shown()}" if self.items else "list"
        if self.type == "object":
            return "{" + ", ".join(f"{f.name}: {f.shown()}" for f in self.fields) + "}"
        if self.type == "string":
            return str(self.kind) if self.kind is not Kind.TEXT else "string"
        return self.type


@dataclass(frozen=True, slots=True)
class Plan:
    """All fields that are wanted, and the words of the instruction, if there was one."""

    fields: tuple[Field, ...]
    instruction: str = ""

    def shown(self) -> Mapping[str, str]:
        """The type of each field by its name."""
        return {field.name: field.shown() for field in self.fields}


def scalars(field: Field) -> Iterator[Field]:
    """The fields of a field that hold one value each, itself among them."""
    if field.type == "object":
        for inner in field.fields:
            yield from scalars(inner)
    elif field.type == "array" and field.items is not None:
        yield from scalars(field.items)
    else:
        yield field


def lists_open(
    fields: Sequence[Field], values: Mapping[str, Found], above: str = ""
) -> Iterator[tuple[str, Field]]:
    """The lists for which nothing was found, by pointer."""
    for one in fields:
        found = values[one.name]
        pointer = f"{above}/{one.name.replace('~', '~0').replace('/', '~1')}"
        if one.type == "object" and isinstance(found, Mapping):
            yield from lists_open(one.fields, found, pointer)
        elif one.type == "array" and isinstance(found, Value) and found.value is None:
            yield pointer, one
