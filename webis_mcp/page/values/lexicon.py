"""What fields are called: by those who ask, in structured data, and as labels on pages.

A concept gathers the names of one thing in the languages of the web. Fields that are no concept
are still found, by their own name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from webis_mcp.page.values.names import NAMES


class Kind(StrEnum):
    """What form the words of a field have."""

    TEXT = "text"
    AMOUNT = "amount"
    PERSON = "person"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    IMAGE = "image"
    PRICE = "price"
    CURRENCY = "currency"
    DATE = "date"
    DURATION = "duration"
    NUMBER = "number"
    AVAILABILITY = "availability"
    ISBN = "isbn"
    GTIN = "gtin"
    CODE = "code"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    TOWN = "town"
    ADDRESS = "address"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that fields ask for.

    Attributes:
        name: what we call it.
        kind: the form of its words.
        paths: where structured data says it, best first.
        meta: which `meta` elements say it, best first.
        labels: what it is called on pages and by callers, folded.
    """

    name: str
    kind: Kind
    paths: tuple[str, ...]
    meta: tuple[str, ...]
    labels: tuple[str, ...]


_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORDS = re.compile(r"[\W_]+")


_REMEMBERED = 100
"""Characters up to which a text may be one of the few names that come again; what is longer is not
kept beyond its page."""


def fold(text: str) -> str:
    """A name without case, accents, signs and the way its words are joined."""
    return _fold_again(text) if len(text) <= _REMEMBERED else _fold(text)


@lru_cache(maxsize=8_192)
def _fold_again(text: str) -> str:
    return _fold(text)


def _fold(text: str) -> str:
    parted = _CAMEL.sub(" ", text)
    plain = unicodedata.normalize("NFKD", parted).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFC", plain)).strip()


def _read() -> Mapping[str, Concept]:
    concepts: dict[str, Concept] = {}
    for line in NAMES.strip().splitlines():
        name, kind, paths, meta, labels = (part.strip() for part in line.split("|"))
        folded = dict.fromkeys([fold(name), *(fold(label) for label in labels.split(","))])
        concepts[name] = Concept(
            name, Kind(kind), tuple(paths.split()), tuple(meta.split()), tuple(filter(None, folded))
        )
    return MappingProxyType(concepts)


CONCEPTS = _read()

_BY_LABEL: dict[str, Concept] = {}
for _concept in CONCEPTS.values():
    for _label in _concept.labels:
        _BY_LABEL.setdefault(_label, _concept)  # the first in the table has it

_CONTEXT = frozenset(
    "product item recipe book article page event job offer shop store company main current sale "
    "selling full the its contact customer support business our your official primary".split()
)
"""Words before a name that leave it what it is."""

_AFTER = frozenset("value text list string field info items steps".split())
"""Words after a name that leave it what it is."""


def concept_of(name: str) -> Concept | None:
    """What a field's name, or a phrase, asks for; `None` where it is nothing that we know."""
    folded = fold(name)
    words = folded.split()
    while words:
        phrase = " ".join(words)
        if (found := _BY_LABEL.get(phrase) or _BY_LABEL.get(_singular(phrase))) is not None:
            return found
        if words[-1] in _AFTER and len(words) > 1:
            words.pop()
        elif words[0] in _CONTEXT:
            words.pop(0)
        else:
            return None
    return None


def concept_within(text: str) -> Concept | None:
    """The concept that a description names first, the longest name of it."""
    padded = f" {fold(text)} "
    found = [
        (padded.index(f" {label} "), -len(label), label)
        for label in _BY_LABEL
        if len(label) > 2 and f" {label} " in padded
    ]
    return _BY_LABEL[min(found)[2]] if found else None


def _singular(phrase: str) -> str:
    if phrase.endswith("ies"):
        return phrase[:-3] + "y"
    if phrase.endswith("sses"):
        return phrase[:-2]
    return phrase[:-1] if phrase.endswith("s") and not phrase.endswith("ss") else phrase
