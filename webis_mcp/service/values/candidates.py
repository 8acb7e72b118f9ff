"""Candidates for one field, from each source in turn. Who of them wins is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from webis_mcp.page.facts.sources import is_elsewhere
from webis_mcp.page.value import By, Match, Place, Scalar
from webis_mcp.page.values.lexicon import Kind, fold
from webis_mcp.page.values.pairs import labels_before, quoted
from webis_mcp.page.values.things import Said, Statement, Thing
from webis_mcp.service.values.forms import is_in_stock, key_of, take
from webis_mcp.service.values.plan import Field
from webis_mcp.service.values.sources import Sources

_FACTS = {
    "title": "title",
    "author": "author",
    "published": "published",
    "language": "language",
    "site_name": "site_name",
    "description": "description",
}
"""Concepts that the page's facts answer, which are read with more care than a value."""

META_FIRST = frozenset({"site_name", "language"})
"""What the head says of the site and not of a thing on it."""

_JOINED = frozenset({Kind.TEXT, Kind.AMOUNT})


MAX_RUNNING = 20_000
"""Characters of one block in which typed words are looked for."""


class Candidate(NamedTuple):
    """A value that may be the one."""

    value: Scalar
    place: Place
    match: Match
    by: By

    def key(self, field: Field) -> str:
        return key_of(field, self.value)


def from_statement(
    field: Field, said: Statement, sources: Sources, by: By, *, whole: bool = True
) -> list[Candidate]:
    """What a statement gives for a field."""
    text = said.place.quote if said.visible else said.text
    text = text if whole else text[:MAX_RUNNING]
    found: list[Candidate] = []
    for taken in take(field, text, sources.setting, whole=whole):
        place = said.place
        if said.visible:
            place = place._replace(quote=text[taken.start : taken.end])
        exact = str(taken.value) == place.quote
        match = Match.EXACT if exact else Match.NORMALIZED
        found.append(Candidate(taken.value, place, match, by))
    return found


# ------------------------------------------------------------------ structured data


def statements(field: Field, thing: Thing, sources: Sources) -> list[Statement]:
    """What a thing says of a field: by the first path that says anything."""
    for path in paths_of(field, thing):
        said = sources.things.follow(thing, path)
        if said:
            if field.kind in _JOINED and len(said) > 1 and (whole := _joined(thing, path)):
                return [whole]
            found = [one for part in said for one in _texts(field, part, sources)]
            if found:
                return found
    return []


def paths_of(field: Field, thing: Thing) -> Iterator[str]:
    """Where a thing may say it: by the field's own name, then by what is known of its concept."""
    own = fold(field.name)
    for name in thing.said:
        if fold(name) == own:
            yield name
    if field.concept is not None:
        yield from field.concept.paths


def _joined(thing: Thing, path: str) -> Statement | None:
    return thing.joined.get(path)


def _texts(field: Field, said: Said, sources: Sources) -> list[Statement]:
    """The statements of a part; an address is told by its own parts."""
    if isinstance(said, Thing) and field.kind is Kind.ADDRESS:
        return [
            one
            for name in ("streetAddress", "name")
            for one in sources.things.follow(said, name)
            if isinstance(one, Statement)
        ][:1]
    if isinstance(said, Thing) and field.kind in (Kind.URL, Kind.IMAGE):
        urls = [
            one
            for name in ("url", "contentUrl", "@id")
            for one in sources.things.follow(said, name)
            if isinstance(one, Statement)
        ]
        return urls[:1]
    return sources.things.texts(said)


def by_thing(field: Field, thing: Thing | None, sources: Sources) -> list[Candidate]:
    """What the thing that the page is about says of a field."""
    if thing is None:
        return []
    said = statements(field, thing, sources)
    found = [c for s in said for c in from_statement(field, s, sources, By.STRUCTURED_DATA)]
    if field.kind is Kind.AVAILABILITY:  # of several offers: what can be had is in stock
        return [c for c in found if is_in_stock(c.value)][:1] or found
    return found


def by_other_things(field: Field, thing: Thing | None, sources: Sources) -> list[Candidate]:
    """What things of other types say: a site, an organisation; never other things of the type."""
    if field.concept is None or field.concept.name in ("title", "name", "url", "description"):
        return []
    own = set(thing.types) if thing is not None else set()
    found: list[Candidate] = []
    for other in sources.things.top:
        if other is not thing and not own & set(other.types):
            found += by_thing(field, other, sources)
    return found


def by_meta(field: Field, sources: Sources) -> list[Candidate]:
    """What the head's `meta` elements say of a field."""
    for name in field.concept.meta if field.concept else ():
        for said in sources.things.meta.get(name, ())[:1]:
            found = from_statement(field, said, sources, By.STRUCTURED_DATA)
            if found:
                return found
    return []


def by_facts(field: Field, sources: Sources) -> list[Candidate]:
    """What the page's facts say, where they are found on the page again."""
    if field.concept is None or (name := _FACTS.get(field.concept.name)) is None:
        return []
    fact = getattr(sources.page.facts, name)
    if not fact:
        return []
    said = _again(fact, field, sources)
    if said is None:
        return []
    if not said.visible and name == "title":
        said = _heading_of(fact, sources) or said
    by = By.TYPED if said.visible else By.STRUCTURED_DATA
    return from_statement(field, said, sources, by)[:1]


def _heading_of(title: str, sources: Sources) -> Statement | None:
    """The longest beginning that a title of the head has in common with a heading, up to the end
    of the heading or a mark that parts it: what follows in the head is of the shop."""
    best, chosen = "", None
    for block in sources.page.blocks:
        if block.level and not block.hidden:
            shared = _shared(block.text, title)
            if len(shared) > len(best):
                best, chosen = shared, block
    return sources.places.statement(chosen, best) if chosen is not None else None


def _shared(heading: str, title: str) -> str:
    """The beginning of a heading that a title has too, where it ends at a mark."""
    for end in (len(heading), *(mark.start() for mark in _PARTING.finditer(heading))):
        start = heading[:end].strip()
        if start and title.startswith(start) and not title[len(start) : len(start) + 1].isalnum():
            return start
    return ""


_PARTING = re.compile(r"\s+[(\[|\u2013\u2014:\u00b7-]|:\s")


def _again(fact: str, field: Field, sources: Sources) -> Statement | None:
    """A fact's place: among what is shown, else in the head or the structured data."""
    hits = sources.ground.find(fact) if field.kind is not Kind.LANGUAGE else []
    if hits:
        return Statement(fact, hits[0].place, visible=True)
    said = [one for many in sources.things.meta.values() for one in many]
    for one in [*sources.head_statements(), *said]:
        start = one.place.quote.find(fact)
        if start >= 0:
            return Statement(fact, one.place._replace(quote=fact))
        if fold(one.text) == fold(fact):
            return Statement(fact, one.place)
    return None


# ------------------------------------------------------------------ what is shown


def by_labels(field: Field, sources: Sources) -> list[Candidate]:
    """What stands beside a label that names the field."""
    found: list[Candidate] = []
    for pair in labels_before(sources.pairs, field.labels):
        block = sources.page.blocks[pair.block]
        text = quoted(sources.page, pair)
        said = Statement(text, sources.places.block(block, text), visible=True)
        taken = from_statement(field, said, sources, By.TYPED)
        if not pair.close and field.kind is Kind.TEXT and field.concept is None:
            continue
        found += taken[:1]
    wanted = "13" if "13" in field.name else "10" if "10" in field.name else ""
    if field.kind is Kind.ISBN and wanted:
        return [c for c in found if len(re.sub(r"[\s-]", "", str(c.value))) == int(wanted)] or found
    return found


_BY_CLASS = frozenset(
    "title author description yields prep_time cook_time total_time cuisine category price sku mpn "
    "gtin isbn brand rating availability street postal_code city region country phone email".split()
)
"""Concepts whose names are also those of classes; others mean other things there."""

_SHARED = frozenset({"title", "author", "description", "category", "brand", "price", "rating"})
"""Of these, those that many things of a page have: only a name of two words is theirs."""

MAX_BY_CLASS = 2_000
"""Characters of an element's text that can be a value."""


def by_class(field: Field, sources: Sources) -> list[Candidate]:
    """What stands in elements whose class ends with a name of the field: `recipe-prep-time`.

    Where several such elements differ, they are not believed: classes are for looks.
    """
    if field.concept is None or field.concept.name not in _BY_CLASS:
        return []
    found: dict[str, list[Candidate]] = {}
    for name, nodes in sources.named.items():
        label = _label_of(name, field)
        if label is None:
            continue
        for said in (s for n in nodes if not is_elsewhere(n) for s in sources.places.shown(n)):
            if said.visible and len(said.text) <= MAX_BY_CLASS:
                taken = from_statement(field, said, sources, By.TYPED)
                found.setdefault(label, []).extend(taken[:1])
    for label in sorted(found, key=len, reverse=True):
        if len({candidate.key(field) for candidate in found[label]}) == 1:
            return found[label][:1]
    return []


def _label_of(name: str, field: Field) -> str | None:
    """The label that a class ends with."""
    concept = field.concept
    assert concept is not None  # noqa: S101 - asked above
    words = name.split()
    for start in range(max(0, len(words) - 3), len(words)):
        label = " ".join(words[start:])
        if label in concept.labels and not (
            concept.name in _SHARED
            and (start < 1 or words[start - 1] not in _OWNERS)
            and len(words) - start < 2
        ):
            return " ".join(words[max(0, start - 1) :])
    return None


_OWNERS = frozenset("recipe recipes product book item wprm detail details main pdp".split())

_SPELLED = (Kind.DURATION, Kind.PRICE, Kind.DATE, Kind.ISBN, Kind.GTIN, Kind.PHONE)


def by_leading_labels(field: Field, sources: Sources) -> list[Candidate]:
    """A typed word right after a label, without a sign between them: "Prep Time 10 mins"."""
    if field.kind not in _SPELLED:
        return []
    found: list[Candidate] = []
    for block in sources.shown:
        if len(block.text) > 200 or fold(block.text[:60]).split()[:1] == []:
            continue
        for line in block.text.split("\n"):
            found += _after_label(field, line, block.order, sources)
    return found


def _after_label(field: Field, line: str, order: int, sources: Sources) -> list[Candidate]:
    folded = fold(line)
    label = max((x for x in field.labels if folded.startswith(f"{x} ")), key=len, default=None)
    if label is None:
        return []
    block = sources.page.blocks[order]
    said = Statement(line, sources.places.block(block, line), visible=True)
    for taken in from_statement(field, said, sources, By.TYPED, whole=False)[:1]:
        before = fold(line[: line.index(taken.place.quote)])
        if before == label:
            return [taken]
    return []
