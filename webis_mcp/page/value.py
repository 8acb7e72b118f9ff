"""A value found on a page: what it is, where it stands, and how surely it is the one asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Scalar = str | int | float | bool


class Match(StrEnum):
    """How a value agrees with its quote."""

    EXACT = "exact"
    NORMALIZED = "normalized"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class By(StrEnum):
    """Who found a value."""

    STRUCTURED_DATA = "structured_data"
    TYPED = "typed"
    RECORDS = "records"
    MODEL = "model"


class Place(NamedTuple):
    """Where a quote stands: in the text of a block, or in a script or an attribute (no block)."""

    quote: str
    xpath: str
    block: int | None = None


class Rival(NamedTuple):
    """Another value that fits as well."""

    value: Scalar
    place: Place


@dataclass(frozen=True, slots=True)
class Value:
    """What was found for one field.

    Attributes:
        value: as the field wants it; `None` where nothing was found.
        place: its quote and where that stands; there is no value without one.
        match: `exact` where the quote is the value, `normalized` where only its form differs.
        by: who found it.
        reason: why there is no value, or why it is in doubt.
        rivals: with `ambiguous`, other values that fit as well.
    """

    value: Scalar | None = None
    place: Place | None = None
    match: Match = Match.NONE
    by: By | None = None
    reason: str = ""
    rivals: tuple[Rival, ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) != (self.place is None):
            raise ValueError("A value needs a quote from the page, and a quote a value.")


Found: TypeAlias = "Value | Mapping[str, Found] | Sequence[Found]"
"""What was found for a field: one value, an object by field, or a list of records."""


class Passage(NamedTuple):
    """A block that may hold what was not found, for a reader; `under` are the headings above it."""

    block: int
    xpath: str
    text: str
    under: str = ""


class Spot(NamedTuple):
    """A part of a record, and the key by which other records have it, too."""

    key: str
    text: str
    xpath: str
    block: int


Records: TypeAlias = tuple[tuple[Spot, ...], ...]
"""Records of one shape, for an engine that reads; each by its parts."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The values of a page.

    Attributes:
        values: what was found, in the shape that was asked for.
        plan: what was looked for: the type of each field by its name.
        missing: JSON pointers of the fields for which nothing was found.
        evidence: the blocks that likeliest hold what is missing, in the page's order.
        passages: the same and all that may hold it, likeliest first, for an engine that reads.
        records: for it, too: sets that may be a list of which none was found, by its pointer.
    """

    values: Mapping[str, Found]
    plan: Mapping[str, str]
    missing: tuple[str, ...] = ()
    evidence: tuple[Passage, ...] = field(default=())
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    records: Mapping[str, tuple[Records, ...]] = field(default_factory=dict, repr=False)


def leaves(found: Found, pointer: str = "") -> Iterator[tuple[str, Value]]:
    """Every value with its JSON pointer, in order."""
    if isinstance(found, Value):
        yield pointer, found
    elif isinstance(found, Mapping):
        for name, inner in found.items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from leaves(inner, f"{pointer}/{escaped}")
    else:
        for number, inner in enumerate(found):
            yield from leaves(inner, f"{pointer}/{number}")
