"""Words that a reader takes for a value: believed only where they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence

from webis_mcp.engine import Cited
from webis_mcp.page.value import By, Match, Passage, Place, Value
from webis_mcp.page.values.grounding import Ground
from webis_mcp.service.values.forms import Setting, take
from webis_mcp.service.values.plan import Field


def grounded(
    wanted: Field, said: Cited, passages: Sequence[Passage], setting: Setting
) -> Value | None:
    """A reader's words where they stand on the page, in the form of the field."""
    own = [passage for passage in passages if passage.block == said.block]
    hits = Ground(own).find(said.text) or Ground(passages).find(said.text)
    for hit in hits:
        for taken in take(wanted, hit.place.quote, setting, whole=True)[:1]:
            quote = hit.place.quote[taken.start : taken.end]
            place = Place(quote, hit.passage.xpath, hit.passage.block)
            exact = str(taken.value) == quote
            return Value(taken.value, place, Match.EXACT if exact else Match.NORMALIZED, By.MODEL)
    return None
