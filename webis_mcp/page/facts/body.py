"""What structured data holds of text: of the thing that a page is about, and of others beside it.
Only fields that the vocabulary (schema.org) has for it are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from webis_mcp.page.facts.linked_data import Entity, kind_of_types, types_of

_IN_PARTS = frozenset(["HowTo", "Recipe", "FAQPage", "QAPage", "Question"])
"""Types of things whose text is told part by part."""

_FIELDS = ("articleBody", "text")
_DESCRIBED = frozenset(["product", "job", "event", "course"])
"""Kinds of things whose description is what there is to be read of them."""

_PARTS = (
    *("name", "description", "text", "recipeIngredient", "supply", "tool", "step"),
    *("steps", "recipeInstructions", "mainEntity", "itemListElement", "acceptedAnswer"),
    "suggestedAnswer",
)
"""Fields that hold what is to be read of things in parts, in the order in which it is."""

_OF_OTHERS = {
    "Person": "description",
    "Organization": "description",
    "NewsMediaOrganization": "description",
    "Review": "reviewBody",
}
"""Things beside the one that a page is about, and where their text is. Of their words that a page
shows too, the gold of the labelled pages has few: of people's 3 in 100, of reviews' 30."""

_DEEPEST, _MOST_THINGS = 8, 2_000
_MOST = 20_000
"""Characters that are kept, to be compared with the page's."""

_MARKUP = re.compile(r"<[^>]{0,200}>")


def texts_of(entity: Entity) -> Iterator[str]:
    """The texts of a thing, each of which may be markup."""
    is_described = kind_of_types(types_of(entity)) in _DESCRIBED
    for name in (*_FIELDS, "description") if is_described else _FIELDS:
        value = entity.get(name)
        if isinstance(value, str):
            yield html.unescape(value).strip()


def parts_of(entity: Entity) -> Iterator[str]:
    """The texts of the parts of a guide, a recipe or a list of questions; none of other things."""
    if not _IN_PARTS.isdisjoint(types_of(entity)):
        yield from _parts_of(entity)


def _parts_of(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        if text := html.unescape(value).strip():
            yield text
    elif isinstance(value, list) and depth < _DEEPEST:
        for item in value:
            yield from _parts_of(item, depth + 1)
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key in _PARTS:
            if key != "name" or value.get("name") != value.get("text"):  # a step's may be the same
                yield from _parts_of(value.get(key), depth + 1)


def body_of(main: Entity, entities: Iterable[Entity]) -> str | None:
    """The text of what a page is about, without markup, a line a part; `None` where there is none.

    Args:
        main: the thing that the page is about; empty where none is told.
        entities: all things that it tells of: guides, recipes and questions are its text, too.
    """
    return _lines([*texts_of(main), *(part for e in entities for part in parts_of(e))])


def others_of(entities: Sequence[Entity]) -> str | None:
    """What is told of who wrote the page and who publishes it, and what buyers say, likewise."""
    return _lines(_texts_of_others(entities))


def _texts_of_others(entities: Sequence[Entity]) -> Iterator[str]:
    left: list[tuple[object, int]] = [(entity, 0) for entity in reversed(entities)]
    seen = 0
    while left and seen < _MOST_THINGS:
        value, depth = left.pop()
        if isinstance(value, list) and depth < _DEEPEST:
            left.extend((item, depth + 1) for item in value[:_MOST_THINGS])
        elif isinstance(value, dict) and depth < _DEEPEST:
            seen += 1
            left.extend((item, depth + 1) for item in value.values())
            for name in types_of(value):
                text = value.get(_OF_OTHERS.get(name, ""))
                if isinstance(text, str):
                    yield html.unescape(text)


def _lines(texts: Iterable[str]) -> str | None:
    """Texts without markup, a line each or more and none twice, as many as are kept."""
    lines: dict[str, None] = {}
    left = _MOST
    for text in texts:
        if left <= 0:
            break
        for line in _MARKUP.sub(" ", text[:left]).splitlines():
            words = " ".join(line.split())
            if words and words not in lines:
                lines[words] = None
                left -= len(words)
    return "\n".join(lines) or None
