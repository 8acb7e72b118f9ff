"""Values as the world reads them: as JSON in the shape that was asked for, and as lines of text.

Every field has the same keys in both. What does not fit is left out from the end of the longest
list, counted, never cut within a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from webis_mcp.page.value import Findings, Found, Passage, Place, Value, leaves
from webis_mcp.server.words import one_line, safe

EVIDENCE_BLOCK = 500
"""Characters of one block of evidence that are shown; the whole is in the content."""

EVIDENCE_LEAST = 2_500
"""Characters that evidence has in any case: five blocks of this size."""

Json = Any


class WireValues(NamedTuple):
    """What is told of the findings.

    Attributes:
        values: in the shape that was asked for.
        evidence: the blocks that a reader needs.
        left_out: how many items of each list did not fit, by its JSON pointer.
    """

    values: dict[str, Json]
    evidence: list[Passage]
    left_out: dict[str, int]


def wire_values(findings: Findings, room: int | None) -> WireValues:
    """The findings within so many characters of JSON, or all of them."""
    values: dict[str, Json] = {name: _wire(found) for name, found in findings.values.items()}
    left_out: dict[str, int] = {}
    if room is not None:
        left_out = _fit(values, room - (EVIDENCE_LEAST if findings.evidence else 0))
        room = max(EVIDENCE_LEAST, room - _size(values))
    return WireValues(values, list(_evidence(findings.evidence, room)), left_out)


def value_lines(findings: Findings, told: Mapping[str, Json]) -> Iterator[str]:
    """The same as lines of text: field, value, how it was found and where."""
    kept = {pointer for pointer, _ in _wire_leaves(told)}
    for pointer, leaf in leaves(findings.values):
        if pointer in kept:
            yield f"{pointer} = {_words(leaf)}"
            for rival in leaf.rivals:
                yield f"  or {_json(_safe(rival.value))} ({_where(rival.place, rival.value)})"


def _wire(found: Found) -> Json:
    if isinstance(found, Value):
        return _leaf(found)
    if isinstance(found, Mapping):
        return {name: _wire(inner) for name, inner in found.items()}
    return [_wire(inner) for inner in found]


def _leaf(value: Value) -> dict[str, Json]:
    leaf: dict[str, Json] = {"value": _safe(value.value)}
    if value.place is not None:
        leaf |= _placed(value.place)
    leaf["match"] = str(value.match)
    if value.by is not None:
        leaf["by"] = str(value.by)
    if value.reason:
        leaf["reason"] = value.reason
    if value.rivals:
        leaf["others"] = [{"value": _safe(r.value)} | _placed(r.place) for r in value.rivals]
    return leaf


def _placed(place: Place) -> dict[str, Json]:
    block = {} if place.block is None else {"block": place.block}
    return {"quote": safe(place.quote)} | block | {"xpath": safe(place.xpath)}


def _safe(value: Json) -> Json:
    return safe(value) if isinstance(value, str) else value


# ------------------------------------------------------------------ what fits


def _fit(values: dict[str, Json], room: int) -> dict[str, int]:
    """Takes items from the end of the longest list until all fits; tells how many."""
    lists = [(p, items, [_size(item) for item in items]) for p, items in _lists(values, "")]
    total = _size(values)
    left_out: dict[str, int] = {}
    while total > room:
        longest = max(lists, key=lambda one: sum(one[2]), default=None)
        if longest is None or len(longest[1]) < 2:
            break
        pointer, items, sizes = longest
        items.pop()
        total -= sizes.pop() + 1
        left_out[pointer] = left_out.get(pointer, 0) + 1
    return left_out


def _lists(found: Json, pointer: str) -> Iterator[tuple[str, list[Json]]]:
    """The outermost lists; an `others` is none."""
    if isinstance(found, list):
        yield pointer, found
    elif isinstance(found, dict) and not _is_leaf(found):
        for name, inner in found.items():
            yield from _lists(inner, f"{pointer}/{_escaped(name)}")


def _wire_leaves(found: Json, pointer: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(found, list):
        for number, inner in enumerate(found):
            yield from _wire_leaves(inner, f"{pointer}/{number}")
    elif _is_leaf(found):
        yield pointer, found
    else:
        for name, inner in found.items():
            yield from _wire_leaves(inner, f"{pointer}/{_escaped(name)}")


def _is_leaf(found: Json) -> bool:
    return isinstance(found.get("match"), str) and "value" in found


def _size(value: Json) -> int:
    return len(_json(value))


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _evidence(evidence: tuple[Passage, ...], room: int | None) -> Iterator[Passage]:
    """The blocks, each cut to what a reader needs to judge it; all shown where there is room."""
    most = len(evidence) * EVIDENCE_BLOCK
    size = EVIDENCE_BLOCK if room is None else EVIDENCE_BLOCK * min(room, most) // max(most, 1)
    for passage in evidence:
        text = safe(passage.text)
        yield passage._replace(text=text if len(text) <= size else text[:size] + "…")


# ------------------------------------------------------------------ lines


def _words(leaf: Value) -> str:
    if leaf.place is None or leaf.value is None:
        return f"null ({leaf.match}; {leaf.reason})"
    about = [str(leaf.match), str(leaf.by), _where(leaf.place, leaf.value)]
    about += [leaf.reason] if leaf.reason else []
    return f"{_json(_safe(leaf.value))} ({'; '.join(about)})"


def _where(place: Place, value: Json) -> str:
    block = f"block {place.block}; " if place.block is not None else ""
    quote = "" if place.quote == value else f"quote {_json(safe(place.quote))}; "
    return f"{quote}{block}{one_line(safe(place.xpath))}"


def plan_line(findings: Findings) -> str:
    """What was looked for."""
    plan = "; ".join(f"{name}: {kind}" for name, kind in findings.plan.items())
    return f"Looked for: {plan}."


def left_out_line(left_out: Mapping[str, int], length: int) -> str:
    """What did not fit, and what to do."""
    what = ", ".join(f"{count} of {pointer}" for pointer, count in left_out.items())
    return f"Left out for length: {what}. For all call again with max_length={length}."


def whole_length(findings: Findings) -> int:
    """A `max_length` in which everything has room."""
    values = {name: _wire(found) for name, found in findings.values.items()}
    return _size(values) + EVIDENCE_LEAST
