"""JSON-LD: what a page says of itself in scripts for machines, however badly written.

A script is read value by value. Where one is broken, the few fields that facts need are picked out
of its text, so that a stray comma does not cost an author's name.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence

Entity = dict[str, object]
"""A JSON object that says something of a thing."""

MAX_ENTITIES = 500
"""Things looked at on one page; the page's own comes among the first."""

_DECODER = json.JSONDecoder(strict=False)
_OPENING = re.compile(r"(?:\s|<!--|//|/\*|\*/|<!\[CDATA\[)*", re.IGNORECASE)
"""Comment and CDATA marks that some put before the JSON; those after it are never reached."""

_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_START = re.compile(r"[{\[]")
_STRING = r'"((?:[^"\\]|\\.){1,1000})"'
_FIELD = re.compile(
    r'"(@type|headline|name|datePublished|dateCreated|description)"\s*:\s*' + _STRING
)
_AUTHOR = re.compile(r'"author"\s*:\s*(?:\[\s*)?(?:\{[^{}]{0,500}?"name"\s*:\s*)?' + _STRING)

_INWARD = ("@graph", "mainEntity", "mainEntityOfPage")
"""Where the thing that a page is about may be. Comments, reviews and the like are elsewhere."""


MAX_LISTED = 3
"""More articles than this side by side in the structured data: the page lists them, it is none."""

_TYPES_BY_KIND = {
    "recipe": "Recipe HowToRecipe",
    "forum": "DiscussionForumPosting QAPage Question",
    "job": "JobPosting",
    "article": "Article NewsArticle BlogPosting Blogposting TechArticle ScholarlyArticle Report "
    "AnalysisNewsArticle OpinionNewsArticle ReviewNewsArticle ReportageNewsArticle "
    "BackgroundNewsArticle AdvertiserContentArticle SatiricalArticle MedicalScholarlyArticle "
    "LiveBlogPosting SocialMediaPosting APIReference HowTo",
    "event": "Event BusinessEvent ChildrensEvent ComedyEvent DanceEvent EducationEvent "
    "ExhibitionEvent Festival FoodEvent LiteraryEvent MusicEvent ScreeningEvent SocialEvent "
    "SportsEvent TheaterEvent VisualArtsEvent Hackathon",
    "product": "Product ProductGroup ProductModel IndividualProduct SomeProducts Vehicle Car",
    "book": "Book Audiobook",
    "video": "VideoObject Movie TVEpisode TVSeries Clip",
    "software": "SoftwareApplication WebApplication MobileApplication VideoGame",
    "course": "Course",
    "faq": "FAQPage",
    "profile": "ProfilePage",
    "listing": "ItemList CollectionPage SearchResultsPage OfferCatalog ImageGallery Blog "
    "ProductCollection",
}
"""In order: a page with several is the first. Recipes come with an article around them, articles
with a product that they review or a video that they show."""

_KIND_OF_TYPE = {name: kind for kind, names in _TYPES_BY_KIND.items() for name in names.split()}
_RANK = {kind: rank for rank, kind in enumerate(_TYPES_BY_KIND)}
_KIND_OF_GRAPH = {
    "article": "article",
    "blog": "article",
    "product": "product",
    "og:product": "product",
    "product.item": "product",
    "product.group": "listing",
    "book": "book",
    "profile": "profile",
    "recipe": "recipe",
    "event": "event",
    "forum": "forum",
}


def read_entities(scripts: Iterable[str]) -> list[Entity]:
    """The things that a page's JSON-LD is about, in document order; parts of things left out."""
    found: list[Entity] = []
    for script in scripts:
        for value in _values(script):
            _collect(value, found)
    return found


def types_of(entity: Entity) -> tuple[str, ...]:
    """The schema types of a thing, without the address of the schema."""
    return tuple(re.split(r"[/:#]", name)[-1] for name in strings(entity.get("@type")))


def text_of(entity: Entity, *keys: str) -> str:
    """The first text under any of these keys, entities decoded and white space collapsed."""
    for key in keys:
        for text in strings(entity.get(key)):
            return text
    return ""


def strings(value: object) -> Iterator[str]:
    """The texts of a value: a string, a number, a list of them, or a language-tagged one."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = item.get("@value")
        if isinstance(item, str | int) and not isinstance(item, bool):
            text = " ".join(html.unescape(str(item)).split())
            if text:
                yield text


def names_of(value: object, entities: Iterable[Entity]) -> Iterator[str]:
    """The names of people or organisations: given as text, as things, or as the `@id` of things."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            yield from strings(item)
            continue
        name = text_of(item, "name") or " ".join(
            filter(None, (text_of(item, "givenName"), text_of(item, "familyName")))
        )
        if name:
            yield name
        elif "@id" in item:
            known = (e for e in entities if e.get("@id") == item["@id"] and "name" in e)
            yield from (text_of(entity, "name") for entity in known)


def kind_of_types(types: Iterable[str]) -> str | None:
    """The kind of a page by schema types, the most telling of them. A list of questions and answers
    that an article or a product has at its end makes no forum of it."""
    names = set(types)
    if "FAQPage" in names:
        names.discard("Question")
    kinds = {_KIND_OF_TYPE[name] for name in names if name in _KIND_OF_TYPE}
    return min(kinds, key=_RANK.__getitem__, default=None)


def kind_of_graph(value: str) -> str | None:
    """The kind of a page by its `og:type`."""
    value = value.strip().lower()
    return "video" if value.startswith("video") else _KIND_OF_GRAPH.get(value)


def main_entity(entities: Sequence[Entity]) -> Entity | None:
    """The thing that a page is about: the first of the most telling kind; none of a list."""
    kind = kind_of_types(name for entity in entities for name in types_of(entity))
    of_it = [entity for entity in entities if kind_of_types(types_of(entity)) == kind]
    return of_it[0] if kind and len(of_it) <= MAX_LISTED else None


def _values(script: str) -> Iterator[object]:
    """The JSON values of a script, one after another; of a broken one its fields."""
    opening = _OPENING.match(script)
    at = opening.end() if opening else 0
    while (start := _START.search(script, at)) is not None:
        try:
            value, at = _DECODER.raw_decode(script, start.start())
        except (ValueError, RecursionError):
            yield _mended(script[start.start() :])
            return
        yield value


def _mended(text: str) -> object:
    """A broken value with its stray commas out, or else the fields that can be picked from it."""
    try:
        return _DECODER.raw_decode(_TRAILING_COMMA.sub(r"\1", text))[0]
    except (ValueError, RecursionError):
        entity: Entity = {}
        for match in _FIELD.finditer(text):
            entity.setdefault(match[1], _unescaped(match[2]))
        if author := _AUTHOR.search(text):
            entity["author"] = _unescaped(author[1])
        return entity


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _collect(value: object, found: list[Entity]) -> None:
    """Takes a value's things, outermost first, without recursion."""
    queue = [value]
    while queue and len(found) < MAX_ENTITIES:
        item = queue.pop(0)
        if isinstance(item, list):
            queue[:0] = item[:MAX_ENTITIES]
        elif isinstance(item, dict):
            found.append(item)
            queue.extend(item[key] for key in _INWARD if key in item)
