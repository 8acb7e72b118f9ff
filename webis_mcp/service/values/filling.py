"""The plan filled from a page, without a model: source by source, the first that speaks has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from webis_mcp.page.model import Page
from webis_mcp.page.tree import Tree
from webis_mcp.page.value import Findings, Found, Value, leaves
from webis_mcp.page.values.things import Thing
from webis_mcp.service.values import candidates as from_source
from webis_mcp.service.values.candidates import META_FIRST, Candidate, by_thing
from webis_mcp.service.values.choosing import choose
from webis_mcp.service.values.codes import by_address, by_sight, is_code_of_thing
from webis_mcp.service.values.evidence import evidence_for
from webis_mcp.service.values.exemplars import records_for
from webis_mcp.service.values.listing import fill_list
from webis_mcp.service.values.plan import Field, Plan, lists_open, scalars
from webis_mcp.service.values.sources import Sources
from webis_mcp.service.values.typed_words import by_form

NOT_FOUND = "Not found without a reader."
NOT_IN_FORM = "What the page says of it has not the form that was asked for."


OF_THE_PAGE = frozenset({"title", "name", "author", "description"})
"""Concepts that every page has; the data of a site is careless about them."""

WEAK = frozenset(
    "WebPage WebSite Organization BreadcrumbList ImageObject Person ItemPage CollectionPage "
    "SearchAction ListItem SiteNavigationElement WPHeader WPFooter Article BlogPosting".split()
)
"""Types that are around the thing that a page is about."""


def fill(plan: Plan, page: Page, tree: Tree, likely: Sequence[bool]) -> Findings:
    """What a page says for a plan, and the blocks that may hold the rest.

    Args:
        likely: one label a block: whether it is content.
    """
    sources = Sources(page, tree, likely)
    thing = main_thing(plan.fields, sources)
    values = {field.name: _fill(field, thing, sources) for field in plan.fields}
    missing = tuple(pointer for pointer, value in leaves(values) if value.value is None)
    wanted = [
        field for field in plan.fields if any(_is_open(v) for _, v in leaves(values[field.name]))
    ]
    evidence, passages = evidence_for(plan, wanted, sources) if missing else ((), ())
    records = {
        pointer: found
        for pointer, wanting in lists_open(plan.fields, values)
        if (found := records_for(wanting, sources))
    }
    return Findings(values, plan.shown(), missing, evidence, passages, records)


def _is_open(value: Value) -> bool:
    return value.value is None


def main_thing(fields: Sequence[Field], sources: Sources) -> Thing | None:
    """The thing that answers most of what is asked; of equals the first of the page."""
    asked = [one for field in fields for one in _singles(field)]
    best, most = None, 0
    for thing in sources.things.all():
        answered = sum(bool(from_source.statements(field, thing, sources)) for field in asked)
        if answered > most:
            best, most = thing, answered
    return best


def _singles(field: Field) -> Iterator[Field]:
    """What one thing would say: objects by their fields, lists of texts by their item."""
    if field.type == "array":
        if field.items is not None and field.items.type != "object":
            yield field
    else:
        yield from scalars(field)


def _fill(field: Field, thing: Thing | None, sources: Sources) -> Found:
    if field.type == "object":
        inner = _part(field, thing, sources) or thing
        return {one.name: _fill(one, inner, sources) for one in field.fields}
    if field.type == "array":
        return fill_list(field, thing, sources)
    return _fill_one(field, thing, sources)


def _part(field: Field, thing: Thing | None, sources: Sources) -> Thing | None:
    """The part of a thing that an object is about."""
    if thing is None:
        return None
    for path in from_source.paths_of(field, thing):
        for said in sources.things.follow(thing, path):
            if isinstance(said, Thing):
                return said
    return None


def _fill_one(field: Field, thing: Thing | None, sources: Sources) -> Value:
    for source in _order(field, thing):
        value = choose(field, source(field, sources=sources), sources)
        if value is not None:
            return value
    return Value(reason=NOT_FOUND)


Source = Callable[..., Sequence[Candidate]]


def _order(field: Field, thing: Thing | None) -> list[Source]:
    """The sources in the order in which they are believed."""
    by_main = partial(by_thing, thing=thing)
    order: list[Source] = [
        by_main,
        from_source.by_facts,
        from_source.by_meta,
        partial(from_source.by_other_things, thing=thing),
        from_source.by_class,
        from_source.by_labels,
        from_source.by_leading_labels,
        by_form,
    ]
    concept = field.concept.name if field.concept else ""
    if concept in OF_THE_PAGE and (thing is None or WEAK.intersection(thing.types)):
        order = [from_source.by_class, from_source.by_facts, *order]
    if is_code_of_thing(field):
        order = [partial(by_sight, thing=thing), *order, by_address]
    if concept in META_FIRST:
        order = [from_source.by_facts, from_source.by_meta, by_main]
    return order
