"""Lists that rules did not find: the records that may be them, of which a reader is shown two.

A part of a record is known in all records by its key: what its element is called, or else where in
its record it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from webis_mcp.page.value import Records, Spot
from webis_mcp.page.values.lexicon import fold
from webis_mcp.page.values.records import Part, RecordSet
from webis_mcp.service.values.plan import Field
from webis_mcp.service.values.sources import Sources

MOST_SETS = 2
"""Sets that are offered for one list: each costs a reader two questions."""

MOST_PARTS = 16
"""Parts of one record that are looked at."""

MOST_LETTERS = 200_000
"""Letters of one set; they go from one process to another."""


def records_for(wanted: Field, sources: Sources) -> tuple[Records, ...]:
    """The sets of records that may be a list: of what is content, those named like it first."""
    likely = [one for one in sources.record_sets if sources.likely[one.first]]
    name = fold(wanted.name)
    likely.sort(key=lambda one: name not in one.heading)  # stable: else by size
    found = (_records(one) for one in likely)
    return tuple(records for records in found if len(records) > 1)[:MOST_SETS]


def _records(found: RecordSet) -> Records:
    told = [parts for parts in found.records if parts]
    if len(told) < 2:
        return ()
    depth = _depth(told)
    records: list[tuple[Spot, ...]] = []
    letters = 0
    for parts in told:
        record = tuple(_spots(parts, depth))
        letters += sum(len(spot.text) for spot in record)
        if letters > MOST_LETTERS:
            break
        if record:
            records.append(record)
    return tuple(records)


def _depth(told: Sequence[Sequence[Part]]) -> int:
    """How many steps of a path lead to a record: up to the first that two do not share."""
    one, other = (record[0].said.place.xpath.split("/") for record in told[:2])
    same = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(same, min(len(one), len(other)) - 1) + 1


def _spots(parts: Sequence[Part], depth: int) -> Iterator[Spot]:
    """What a reader sees of a record, each text once: what has a name of its own first."""
    counts: Counter[str] = Counter()
    seen: set[tuple[int, str]] = set()
    shown = [part for part in parts if part.said.place.block is not None and part.said.visible]
    for part in shown[:MOST_PARTS]:
        place = part.said.place
        name = f".{part.names[0]}" if part.names else "/".join(place.xpath.split("/")[depth:])
        key = f"{name}#{counts[name]}" if name else f"#{counts[name]} of {len(shown)}"
        counts[name] += 1
        block = place.block or 0
        if part.said.text and (block, part.said.text) not in seen:
            seen.add((block, part.said.text))
            yield Spot(key, part.said.text, place.xpath, block)
