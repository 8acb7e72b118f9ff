"""Lists read by exemplar: a reader says of two records what is what, code finds it in all.

So a list costs the same however long it is. A value is kept where it stands in its record in the
form of its field; what does not fit the pattern is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from webis_mcp.engine import Cited, Question, Reader, Wanted
from webis_mcp.page.value import Found, Passage, Records, Spot, Value
from webis_mcp.service.values.chunks import chunked
from webis_mcp.service.values.forms import Setting
from webis_mcp.service.values.grounded import grounded
from webis_mcp.service.values.patterns import Example, Pattern, pattern_of
from webis_mcp.service.values.plan import Field

NOT_IN_RECORD = "This record does not say it in the place where others do."

FEWEST = 2
"""Records with a value that make a list."""


async def read_list(
    wanted: Field, sets: Sequence[Records], reader: Reader, asked: Question, setting: Setting
) -> list[Found]:
    """The list, from the first set of records that has it; empty where none has.

    Raises:
        EngineError, Busy: as the reader's.
    """
    fields = _fields(wanted)
    for records in sets:
        exemplars = [records[0], records[len(records) // 2]]
        examples: dict[str, list[Example]] = {field.name: [] for field in fields}
        for exemplar in exemplars:
            for name, example in (await _examples(fields, exemplar, reader, asked)).items():
                examples[name].append(example)
        patterns = {name: pattern for name, e in examples.items() if (pattern := pattern_of(e))}
        found = [_record(fields, patterns, record, setting) for record in records]
        told = [record for record in found if any(v.value is not None for v in record.values())]
        if len(told) >= FEWEST:
            return [_shaped(wanted, record) for record in told[: wanted.most]]
    return []


async def _examples(
    fields: Sequence[Field], record: Sequence[Spot], reader: Reader, asked: Question
) -> dict[str, Example]:
    """What a reader takes for the fields of a record, where it stands there."""
    pointers = {f"/{field.name}": field.name for field in fields}
    wanted = tuple(
        Wanted(f"/{field.name}", field.shown(), field.hint, tuple(map(str, field.enum)))
        for field in fields
    )
    passages = [Passage(n, spot.xpath, spot.text) for n, spot in enumerate(record, 1)]
    shown = chunked(passages, reader.room)[:1]  # one record in one question, cut if it must be
    answer = await reader.fill(replace(asked, wanted=wanted, passages=sum(shown, ())))
    return {
        pointers[pointer]: Example(spot, words)
        for pointer, cited in answer.cited.items()
        if pointer in pointers and (spot := _spot_of(cited, record))
        if (words := " ".join(cited.text.split())) in spot.text
    }


def _spot_of(cited: Cited, record: Sequence[Spot]) -> Spot | None:
    number = cited.block or 0
    return record[number - 1] if 0 < number <= len(record) else None


def _record(
    fields: Sequence[Field],
    patterns: Mapping[str, Pattern],
    record: Sequence[Spot],
    setting: Setting,
) -> dict[str, Value]:
    """The values of one record."""
    values: dict[str, Value] = {}
    for field in fields:
        pattern = patterns.get(field.name)
        fits = pattern.words_in(record) if pattern else None
        value = fits and _value(field, *fits, setting)
        values[field.name] = value or Value(reason=NOT_IN_RECORD)
    return values


def _value(field: Field, words: str, spot: Spot, setting: Setting) -> Value | None:
    own = [Passage(spot.block, spot.xpath, spot.text)]
    return grounded(field, Cited(words, spot.block), own, setting)


def _fields(wanted: Field) -> list[Field]:
    """The single fields of an item; an item that is no object is one itself."""
    item = wanted.items or wanted
    if item.type != "object":
        return [replace(item, name=wanted.name, hint=item.hint or wanted.hint)]
    return [field for field in item.fields if field.type not in ("object", "array")]


def _shaped(wanted: Field, record: Mapping[str, Value]) -> Found:
    """A record in the shape that was asked for."""
    item = wanted.items or wanted
    if item.type != "object":
        return record[wanted.name]
    return {
        field.name: record.get(field.name, Value(reason=NOT_IN_RECORD)) for field in item.fields
    }
