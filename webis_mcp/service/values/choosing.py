"""Which candidate wins: the best source that says anything; several that differ are ambiguous."""

from __future__ import annotations

from collections.abc import Sequence

from webis_mcp.page.value import By, Match, Place, Rival, Value
from webis_mcp.page.values.lexicon import Kind
from webis_mcp.service.values.candidates import Candidate
from webis_mcp.service.values.forms import take
from webis_mcp.service.values.plan import Field
from webis_mcp.service.values.sources import Sources

MAX_RIVALS = 5
"""Other values that are told; more is a list, which should be asked for as one."""

LOWER_END = "The page tells a range; this is its lower end."

SHORTEST = 4
"""Letters of a text that is looked for among what is shown; a shorter one stands anywhere."""

_ANYWHERE = (Kind.NUMBER, Kind.DURATION, Kind.AVAILABILITY, Kind.LANGUAGE, Kind.IMAGE)
"""Kinds whose values, found among what is shown, need not mean the same there."""


_NOT_BY_FORM = (Kind.PRICE, Kind.CURRENCY, Kind.AVAILABILITY)
"""Kinds of which a page shows many that are another thing's: the first is no better than others."""


def choose(field: Field, candidates: Sequence[Candidate], sources: Sources) -> Value | None:
    """The value that candidates of one source give; `None` where there is none."""
    if not candidates:
        return None
    by_key: dict[str, Candidate] = {}
    for candidate in candidates:
        by_key.setdefault(candidate.key(field), candidate)
    first, *others = [shown(field, c, sources) for c in by_key.values()]
    if others and first.by is By.TYPED and field.kind in _NOT_BY_FORM:
        rivals = tuple(Rival(one.value, one.place) for one in (first, *others)[:MAX_RIVALS])
        reason = f"{len(by_key)} different values fit, and none is marked as the one."
        return Value(match=Match.AMBIGUOUS, reason=reason, rivals=rivals)
    reason = f"{len(others) + 1} different values fit." if others else ""
    return Value(
        first.value,
        first.place,
        Match.AMBIGUOUS if others else first.match,
        first.by,
        reason or (LOWER_END if first.match is Match.AMBIGUOUS else ""),
        tuple(Rival(other.value, other.place) for other in others[:MAX_RIVALS]),
    )


def shown(field: Field, candidate: Candidate, sources: Sources) -> Candidate:
    """A candidate at the place where a reader sees it, where there is one."""
    if candidate.place.block is not None or candidate.by is not By.STRUCTURED_DATA:
        return candidate
    place = _typed_place(field, candidate, sources) or _text_place(field, candidate, sources)
    if place is None:
        return candidate
    match = Match.EXACT if place.quote == str(candidate.value) else Match.NORMALIZED
    return candidate._replace(place=place, match=match)


def _text_place(field: Field, candidate: Candidate, sources: Sources) -> Place | None:
    text = candidate.value
    if not isinstance(text, str) or field.kind in _ANYWHERE or len(text) < SHORTEST:
        return None
    hits = sources.ground.find(text)
    return hits[0].place if hits else None


def _typed_place(field: Field, candidate: Candidate, sources: Sources) -> Place | None:
    """Where the same amount or date is shown in the page's own form."""
    if field.kind not in (Kind.PRICE, Kind.DATE) or field.enum:
        return None
    key = candidate.key(field)
    for block in sources.shown:
        if not sources.likely[block.order]:
            break  # content comes first; elsewhere the same amount may be another's
        for taken in take(field, block.text, sources.setting, whole=False):
            if Candidate(taken.value, candidate.place, Match.NONE, By.TYPED).key(field) == key:
                return sources.places.block(block, block.text[taken.start : taken.end])
    return None
