"""The blocks that likeliest hold what was not found: few, numbered, for whoever can read."""

from __future__ import annotations

from collections.abc import Sequence

from webis_mcp.page.value import Passage
from webis_mcp.page.values.lexicon import Kind, fold
from webis_mcp.page.values.retrieval import rank, words_of
from webis_mcp.service.values.forms import take
from webis_mcp.service.values.plan import Field, Plan, scalars
from webis_mcp.service.values.sources import Sources

FEWEST, MOST = 5, 15
"""Blocks that are shown: enough to hold a value and its label, few enough to be read."""

MOST_READ = 200
"""Blocks that an engine reads at most, some of 12,000 tokens each."""

HEADING = 80
"""Characters of a heading by which a block's place is told."""

OWN, LABEL, HINT = 2.0, 1.0, 0.5
"""What a word counts: of the field's own name, of its other names, of its description."""

TYPE_BONUS = 3.0
"""For a block with a word of the type that a field has: about that of a rare word."""

WEAK = 0.15
"""Share of the best block's score below which a block says hardly more than any other."""

_NOT_TYPED = (
    Kind.TEXT,
    Kind.PERSON,
    Kind.AMOUNT,
    Kind.NUMBER,
    Kind.CODE,
    Kind.URL,
    Kind.IMAGE,
    Kind.LANGUAGE,
)


def evidence_for(
    plan: Plan, missing: Sequence[Field], sources: Sources
) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """The best blocks for the fields that were not found, in the page's order; and all that may
    hold them, likeliest first.

    Where no block has a word of the question, the page may be in another language: then the first
    blocks of its content are shown.
    """
    asked = [one for field in missing for one in (field, *scalars(field))]
    ranked = rank(sources.page, _query(plan, asked), _typed(asked, sources), sources.likely)
    best = ranked[0][0] if ranked else 0.0
    likely = [order for score, order in ranked if score >= WEAK * best]
    chosen = likely[:MOST]
    if len(chosen) < FEWEST:
        rest = [block.order for block in sources.shown if block.order not in set(chosen)]
        chosen += rest[: FEWEST - len(chosen)]
    passages = {order: _passage(order, sources) for order in [*chosen, *likely[MOST:MOST_READ]]}
    return tuple(passages[order] for order in sorted(chosen)), tuple(passages.values())


def _passage(order: int, sources: Sources) -> Passage:
    page = sources.page
    block = page.blocks[order]
    above = (" ".join(page.blocks[at].text.split())[:HEADING] for at in block.heading_path)
    return Passage(order, page.xpath(block), block.text, " › ".join(above))


def _query(plan: Plan, asked: Sequence[Field]) -> dict[str, float]:
    query: dict[str, float] = {}
    for field in asked:
        weights = [(fold(field.name), OWN), (field.hint, HINT)]
        weights += [(label, LABEL) for label in field.labels]
        for text, weight in weights:
            for word in words_of(text):
                query[word] = max(query.get(word, 0.0), weight)
    for word in words_of(plan.instruction):
        query[word] = max(query.get(word, 0.0), HINT)
    return query


def _typed(asked: Sequence[Field], sources: Sources) -> dict[int, float]:
    """What a block gets for words of the types that are asked for."""
    bonus: dict[int, float] = {}
    kinds = {field.kind: field for field in asked if field.kind not in _NOT_TYPED}
    for field in kinds.values():
        if field.type in ("object", "array") or field.enum:
            continue
        for block in sources.shown:
            if len(block.text) < 2_000 and take(field, block.text, sources.setting, whole=False):
                bonus[block.order] = TYPE_BONUS
    return bonus
