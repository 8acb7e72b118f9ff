"""What is known of a key, and how it stands in the file: everything but the key itself.

Pure: text in, records out. A message never quotes what stands in the file but an id or a field's
name, since a file that is wrong may hold a secret where none belongs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from webis_mcp.server.keys.form import (
    ALPHABET,
    ENOUGH_BITS,
    ID_LENGTH,
    LONGEST,
    PREFIX,
    digest_of,
    id_of,
    is_whole,
    most_bits,
)

LISTS = ("keys", "api_keys")
"""The field that holds the entries; ours is the first."""

NAME_LENGTH = 64

FIRST_YEAR, LAST_YEAR = 1970, 9998
"""What can be told in every time zone."""

_DIGEST = "sha256:"
_FIELD_NAME = re.compile(r"[a-z_]{1,20}")


class Scope(StrEnum):
    """What a key lets its holder do."""

    EXTRACT = "extract"
    FETCH = "fetch"
    DIAGNOSE = "diagnose"
    GENERATE = "generate"


ALL = frozenset(Scope)

SCOPES_OF_PLAIN = ALL - {Scope.FETCH}
"""The predecessor's keys were handed out for a service that never reached out: no holder of one may
make us ask other sites unless the operator says so."""


class State(StrEnum):
    """Whether a key opens anything."""

    USABLE = "usable"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Record:
    """A key as we keep it. Times are seconds since 1970.

    Attributes:
        plain: it stands in the file in the clear, as the predecessor kept it.
        weak: it was chosen by somebody and is too short for its digest to hide it.
    """

    id: str
    name: str
    digest: bytes = field(repr=False)
    scopes: frozenset[Scope]
    created: float | None = None
    expires: float | None = None
    revoked: float | None = None
    plain: bool = False
    weak: bool = False

    def state(self, now: float) -> State:
        """Whether the key opens anything now."""
        if self.revoked is not None:
            return State.REVOKED
        if self.expires is not None and now >= self.expires:
            return State.EXPIRED
        return State.USABLE


Records = tuple[Record, ...]


class Malformed(ValueError):
    """The text is no list of keys; says where and why."""


def read_records(text: bytes) -> Records:
    """The keys in a file's text, in ours or in the predecessor's form.

    Raises:
        Malformed: it is no such text.
    """
    records = tuple(_record(place, entry) for place, entry in _entries(_parsed(text)))
    seen: dict[str, int] = {}
    for place, record in enumerate(records):
        if record.id in seen:
            raise Malformed(f"keys {seen[record.id] + 1} and {place + 1} have one id, {record.id}")
        seen[record.id] = place
    return records


def write_records(records: Iterable[Record]) -> str:
    """The text of a file with these keys, digests only."""
    return json.dumps({LISTS[0]: [_entry(record) for record in records]}, indent=2) + "\n"


def told(time: float | None) -> str | None:
    """A time as the file and the shell write it."""
    if time is None:
        return None
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Entry(BaseModel):
    """A key in the file."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # most commands read no keys

    id: Annotated[str, Field(pattern=f"^[{ALPHABET}]{{{ID_LENGTH}}}$")]
    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    hash: Annotated[str, Field(pattern=f"^{_DIGEST}[0-9a-f]{{64}}$")]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    created: AwareDatetime | None = None
    expires: AwareDatetime | None = None
    revoked: AwareDatetime | None = None


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig"), object_pairs_hook=_no_field_twice)
    except Malformed:
        raise
    except json.JSONDecodeError as error:
        raise Malformed(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start} is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Malformed("it is no sensible JSON") from None


def _no_field_twice(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Malformed("a field stands there twice")
    return fields


def _entries(document: Any) -> Iterable[tuple[str, Any]]:
    """The entries, each with its place in words."""
    entries = document
    if isinstance(document, dict):
        names = [name for name in LISTS if name in document]
        if len(names) != 1 or len(document) != 1:
            raise Malformed(f'the top must be one list, or one field "{LISTS[0]}" with a list')
        entries = document[names[0]]
    if not isinstance(entries, list):
        raise Malformed("there is no list of keys")
    for number, entry in enumerate(entries, start=1):
        yield f"key {number}", entry


def _record(place: str, entry: Any) -> Record:
    if isinstance(entry, str):
        return _plain_record(place, entry)
    try:
        known = _Entry.model_validate(entry)
    except ValidationError as error:
        raise Malformed(_first_fault(place, error)) from None
    return Record(
        id=known.id,
        name=_printable(place, known.name),
        digest=bytes.fromhex(known.hash.removeprefix(_DIGEST)),
        scopes=frozenset(known.scopes),
        created=_seconds(place, known.created),
        expires=_seconds(place, known.expires),
        revoked=_seconds(place, known.revoked),
    )


def _plain_record(place: str, key: str) -> Record:
    if not 0 < len(key) <= LONGEST:
        raise Malformed(f"{place} has {len(key)} characters; 1 to {LONGEST} will do")
    if key.startswith(PREFIX) and not is_whole(key):
        raise Malformed(f"{place} begins with {PREFIX}, but its checksum does not fit")
    return Record(
        id=id_of(key),
        name=f"old {place}",
        digest=digest_of(key),
        scopes=SCOPES_OF_PLAIN,
        plain=True,
        weak=most_bits(key) < ENOUGH_BITS,
    )


def _first_fault(place: str, error: ValidationError) -> str:
    """What is wrong first, without the value that is wrong."""
    fault = error.errors(include_input=False, include_url=False)[0]
    if not fault["loc"]:
        return f"{place} must be an object"
    name = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        shown = f'"{name}"' if _FIELD_NAME.fullmatch(name) else "a field"
        return f"{place}: {shown} is not known; there are {', '.join(_Entry.model_fields)}"
    return f"{place}, {name}: {fault['msg']}"


def _printable(place: str, name: str) -> str:
    if not is_printable(name):
        raise Malformed(f"{place}, name: only characters that can be printed")
    return name


def is_printable(name: str) -> bool:
    """Whether a name can be shown on a line without doing anything to it."""
    return name.isprintable() and name == name.strip()


def _seconds(place: str, time: datetime | None) -> float | None:
    if time is None:
        return None
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise Malformed(f"{place} has a time before {FIRST_YEAR} or after {LAST_YEAR}")
    return time.timestamp()


def _entry(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "hash": _DIGEST + record.digest.hex(),
        "scopes": [scope.value for scope in Scope if scope in record.scopes],
        "created": told(record.created),
        "expires": told(record.expires),
        "revoked": told(record.revoked),
    }
