"""Arrays: lists of texts and of records, from structured data, named lists and record sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from webis_mcp.page.value import By, Found, Match, Value
from webis_mcp.page.values.lexicon import CONCEPTS, Kind, fold
from webis_mcp.page.values.linked import lines_of
from webis_mcp.page.values.records import Part, RecordSet
from webis_mcp.page.values.rows import distinct, is_number
from webis_mcp.page.values.sections import (
    Foreign,
    are_likely,
    items_by_class,
    items_under,
    numbered_items,
)
from webis_mcp.page.values.things import Said, Statement, Thing
from webis_mcp.service.values import candidates as from_source
from webis_mcp.service.values.candidates import Candidate, from_statement, paths_of
from webis_mcp.service.values.choosing import choose, shown
from webis_mcp.service.values.comparing import finer_first, is_better, is_fuller
from webis_mcp.service.values.plan import Field, scalars
from webis_mcp.service.values.sources import Sources
from webis_mcp.service.values.typed_words import by_form

NO_LIST = "No list of it was found without a reader."
NO_RECORDS = "No records with these fields were found without a reader."

MAX_ITEMS = 1_000

SAMPLE = 12
"""Records of a set by which it is judged."""

ENOUGH = 0.5
"""Share of the records of a set that must have a field, for the set to answer it."""

MAX_INGREDIENT = 120
"""Characters of what is an ingredient and no step."""

_STEMS = {
    "ingredients": ("ingredient", "recipeingredient"),
    "instructions": ("instruction", "step", "direction", "recipeinstruction"),
    "keywords": ("tag", "keyword"),
}
"""By which class or property the items of some lists are named."""

_NOTES = frozenset("note notes".split())

_FOREIGN = {
    "instructions": Foreign(_NOTES, frozenset("ingredient ingredients image video ad".split())),
    "ingredients": Foreign(_NOTES, frozenset("instruction instructions ad".split())),
}
"""What else stands among and within items, by the name of its element."""


def fill_list(field: Field, thing: Thing | None, sources: Sources) -> Found:
    """What a page says for an array."""
    assert field.items is not None  # noqa: S101 - the plan has no array without
    most = min(field.most or MAX_ITEMS, MAX_ITEMS)
    if field.items.type == "object":
        records = _records(field, field.items, thing, sources)
        return records[:most] if records else Value(reason=NO_RECORDS)
    item = Field(
        field.name,
        field.items.type,
        field.items.format,
        field.items.hint or field.hint,
        field.items.enum,
        lowest=field.items.lowest,
        highest=field.items.highest,
    )
    values = _items(item, thing, sources)
    return values[:most] if values else Value(reason=NO_LIST)


# ------------------------------------------------------------------ lists of texts


def _items(item: Field, thing: Thing | None, sources: Sources) -> list[Value]:
    for found in _sources_of_items(item, thing, sources):
        named = [c for c in found if fold(str(c.value)) not in item.labels]
        if named:
            return [_value(shown(item, c, sources)) for c in named]
    return []


def _value(candidate: Candidate) -> Value:
    return Value(candidate.value, candidate.place, candidate.match, candidate.by)


def _sources_of_items(
    item: Field, thing: Thing | None, sources: Sources
) -> Iterator[list[Candidate]]:
    told = list(_said(item, thing, sources)) if thing is not None else []
    concept = item.concept
    if concept is not None and concept.name == "ingredients":
        told = distinct(told)
    if item.kind is not Kind.TEXT:
        yield _taken(item, told, sources, By.STRUCTURED_DATA)
        yield _distinct(item, from_source.by_labels(item, sources))
        yield _distinct(item, by_form(item, sources))
        return
    stems = _STEMS.get(concept.name, ()) if concept else (_stem(item.name),)
    foreign = _foreign(item, sources)
    by_class = items_by_class(sources.tree, sources.places, stems, foreign)
    under = items_under(sources.places, item.labels, sources.likely, foreign)
    if not (are_likely(by_class, sources.likely) or is_fuller(by_class, told)):
        by_class = []
    lists = [one for one in finer_first(by_class, under) if one]
    for listed in lists:
        if is_better(listed, told, sources):
            yield _taken(item, listed, sources, By.RECORDS)
    yield _taken(item, told, sources, By.STRUCTURED_DATA)
    for listed in lists:
        yield _taken(item, listed, sources, By.RECORDS)
    if concept is not None and concept.name == "instructions":
        listed = numbered_items(sources.places, sources.likely, foreign)
        yield _taken(item, listed, sources, By.RECORDS)


def _foreign(item: Field, sources: Sources) -> Foreign:
    """What stands among and within the items of a list and is something else.

    The names of lists may stand together as tabs, above all of them: what the first tells is not
    what the second is of.
    """
    concept = item.concept
    foreign = _FOREIGN.get(concept.name, Foreign()) if concept else Foreign()
    if concept is None or concept.name != "instructions":
        return foreign
    labels = frozenset(CONCEPTS["ingredients"].labels)
    other = items_under(sources.places, labels, sources.likely, _FOREIGN["ingredients"])
    orders = (said.place.block for said in other if len(said.text) <= MAX_INGREDIENT)
    return foreign._replace(blocks=frozenset(order for order in orders if order is not None))


def _distinct(item: Field, found: Sequence[Candidate]) -> list[Candidate]:
    by_key: dict[str, Candidate] = {}
    for candidate in found:
        by_key.setdefault(candidate.key(item), candidate)
    return list(by_key.values())


def _stem(name: str) -> str:
    last = fold(name).rpartition(" ")[2]
    return last[:-1] if last.endswith("s") and len(last) > 4 else last


def _taken(item: Field, said: Sequence[Statement], sources: Sources, by: By) -> list[Candidate]:
    return [_on_one_line(c) for one in said for c in from_statement(item, one, sources, by)]


def _on_one_line(candidate: Candidate) -> Candidate:
    """An item that is told in several blocks or cells has a space where they part."""
    value = candidate.value
    flat = " ".join(value.split()) if isinstance(value, str) else value
    return candidate if flat == value else candidate._replace(value=flat, match=Match.NORMALIZED)


def _said(item: Field, thing: Thing, sources: Sources) -> Iterator[Statement]:
    """What a thing says of a list, sections opened, texts of several lines parted."""
    for path in paths_of(item, thing):
        found = [
            one for said in sources.things.follow(thing, path) for one in _opened(said, sources)
        ]
        if len(found) == 1 and not found[0].visible:
            found = lines_of(found[0])
        if found:
            yield from found
            return


def _opened(said: Said, sources: Sources, depth: int = 0) -> Iterator[Statement]:
    """The texts of a thing that may hold others: a section is its name and its steps."""
    if isinstance(said, Statement):
        yield said
        return
    if said.shown and "HowToSection" not in said.types and "ItemList" not in said.types:
        yield from said.shown  # all that the item says, where its parts are told apart
        return
    steps = said.said.get("itemListElement", said.said.get("steps", []))
    name = [one for one in said.said.get("name", []) if isinstance(one, Statement)][:1]
    text = [one for one in said.said.get("text", []) if isinstance(one, Statement)][:1]
    if steps and depth < 4:
        yield from name if "HowToStep" not in said.types else ()
        for step in steps:
            yield from _opened(step, sources, depth + 1)
    elif text:
        if name and "HowToStep" in said.types and not _begins(text[0].text, name[0].text):
            yield name[0]
        yield text[0]
    else:
        yield from sources.things.texts(said)


def _begins(text: str, name: str) -> bool:
    """Whether a step's name is only the beginning of its text, or a number: "Step 2"."""
    short = fold(name.rstrip(".… "))
    return not short or fold(text).startswith(short) or is_number(short)


# ------------------------------------------------------------------ records


def _records(
    field: Field, item: Field, thing: Thing | None, sources: Sources
) -> list[Mapping[str, Found]]:
    by_things = _records_of_things(field, item, thing, sources)
    if len(by_things) > 1:
        return by_things
    return _records_of_sets(field, item, sources) or by_things


def _records_of_things(
    field: Field, item: Field, thing: Thing | None, sources: Sources
) -> list[Mapping[str, Found]]:
    """Things of one type that answer the fields of a record."""
    asked = list(scalars(item))
    groups: dict[tuple[str, ...], list[Thing]] = defaultdict(list)
    for one in sources.things.all():
        if sum(bool(from_source.statements(f, one, sources)) for f in asked) * 2 >= len(asked):
            groups[one.types].append(one)
    own = _stem(field.name)
    best = max(
        groups.items(),
        key=lambda group: (any(own in t.lower() for t in group[0]), len(group[1])),
        default=((), []),
    )
    return [_record_of(item, one, sources) for one in best[1]]


def _record_of(item: Field, thing: Thing, sources: Sources) -> Mapping[str, Found]:
    record: dict[str, Found] = {}
    for field in item.fields:
        if field.type == "object":
            record[field.name] = _record_of(field, thing, sources)
        elif field.type == "array" and field.items is not None:
            values = _taken(
                field.items, list(_said(field, thing, sources)), sources, By.STRUCTURED_DATA
            )
            record[field.name] = [_value(one) for one in values] or Value(reason=NO_LIST)
        else:
            found = from_source.by_thing(field, thing, sources)
            record[field.name] = choose(field, found, sources) or _none()
    return record


def _none() -> Value:
    return Value(reason="This record does not say it.")


def _records_of_sets(field: Field, item: Field, sources: Sources) -> list[Mapping[str, Found]]:
    """The set of like structures that answers most fields in most records."""
    asked = [one for one in item.fields if one.type not in ("object", "array")]
    best: RecordSet | None = None
    most = 0.0
    for one in sources.record_sets:
        step = max(1, len(one.records) // SAMPLE)
        score = _worth(field, asked, _filled(asked, one.records[::step], sources), one, sources)
        if score > most:
            best, most = one, score
    found = _filled(asked, best.records, sources) if best is not None else []
    return [_whole(item, record) for record in found]


def _filled(
    asked: Sequence[Field], records: Sequence[Sequence[Part]], sources: Sources
) -> list[dict[str, Value]]:
    """The records that say anything of what is asked."""
    filled = [_fill_record(asked, record, sources) for record in records]
    return [record for record in filled if any(v.value is not None for v in record.values())]


def _whole(item: Field, record: Mapping[str, Value]) -> Mapping[str, Found]:
    return {one.name: record.get(one.name, _none()) for one in item.fields}


def _worth(
    field: Field,
    asked: Sequence[Field],
    filled: Sequence[Mapping[str, Value]],
    found: RecordSet,
    sources: Sources,
) -> float:
    """How well a set answers: the shares of fields that most of its records have."""
    if len(filled) < 2:
        return 0.0
    shares = [
        sum(record[f.name].value is not None for record in filled) / len(filled) for f in asked
    ]
    good = [share for share in shares if share >= ENOUGH]
    if len(good) < min(2, len(asked)):
        return 0.0
    named = _stem(field.name) in found.heading.split() or fold(field.name) in found.heading
    likely = sources.likely[found.first]
    return (
        sum(good) * (1.5 if named else 1.0) * (1.0 if likely else 0.6)
        + min(len(found.records), 50) / 100
    )


def _fill_record(
    asked: Sequence[Field], record: Sequence[Part], sources: Sources
) -> dict[str, Value]:
    """A record's fields: by name, by label and form, and what is left by position."""
    found: dict[str, Value] = {}
    for field in asked:
        candidates = _by_name(field, record, sources) or _by_look(field, record, sources)
        found[field.name] = _value(candidates[0]) if candidates else _none()
    return found


def _by_name(field: Field, record: Sequence[Part], sources: Sources) -> list[Candidate]:
    """From the part whose column, `itemprop` or class is called as the field."""
    for part in record:
        if any(name in field.labels for name in part.names):
            said = part.href if field.kind is Kind.URL and part.href else part.said
            found = from_statement(field, said, sources, By.RECORDS)
            if found:
                return found
    last = {label.rpartition(" ")[2] for label in field.labels if label.isascii()}
    for part in record:
        if any(name.rpartition(" ")[2] in last for name in part.names):
            found = from_statement(field, part.said, sources, By.RECORDS)
            if found:
                return found
    return []


_NAMES = frozenset({"title", "name"})


def _by_look(field: Field, record: Sequence[Part], sources: Sources) -> list[Candidate]:
    """By the form of the words, or as what a record begins with."""
    concept = field.concept.name if field.concept else ""
    if field.kind is Kind.URL:
        links = [part.href for part in record if part.href is not None]
        return from_statement(field, links[0], sources, By.RECORDS) if links else []
    if concept in _NAMES:
        heads = [part for part in record if part.is_heading] or [p for p in record if p.is_link]
        first = (heads or [part for part in record if not part.names])[:1]
        return [c for part in first for c in from_statement(field, part.said, sources, By.RECORDS)]
    if field.kind in (Kind.TEXT, Kind.NUMBER, Kind.CODE):
        return []
    return [
        c
        for part in record
        for c in from_statement(field, part.said, sources, By.RECORDS, whole=False)
    ]
