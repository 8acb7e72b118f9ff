"""Where facts come from: the clues of a page with what its structured data and its site add."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from webis_mcp.page.facts.clues import Clues, following, gather, preceding, words
from webis_mcp.page.facts.linked_data import (
    Entity,
    main_entity,
    names_of,
    read_entities,
    text_of,
    types_of,
)
from webis_mcp.page.facts.titles import Site
from webis_mcp.page.tree import Node, Tree

_MAX_SITE_NAMES = 10
_MAX_SITE_NAME = 200
"""Characters; more is a slogan."""

_BEFORE, _AFTER = 12, 30
"""Strings before and after the main heading among which a byline and a date are looked for."""

_NEAREST = 6
"""How far up an element's company is asked for its name; what is higher is the page's layout."""

_ELSEWHERE = re.compile(
    r"comments?(?![a-z])|related|recirc|teaser|recommend|(?<![a-z-])sidebar", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where facts may come from.

    Attributes:
        clues: what was gathered from the markup.
        entities: the things in its JSON-LD.
        main: the thing that the page is about; empty where none is told.
        site_names: what the site calls itself, best trusted first.
        site: the same, to compare with.
        url: the page's address, "" when not known.
        heading: the main heading, or the first below it; `None` without any.
    """

    clues: Clues
    entities: Sequence[Entity]
    main: Entity
    site_names: Sequence[str]
    site: Site
    url: str
    heading: Node | None

    def after_heading(self) -> Iterator[str]:
        """The strings after the main heading, nearest first."""
        if self.heading is not None:
            yield from islice(following(self.heading), _AFTER)

    def near_heading(self) -> Iterator[str]:
        """The strings near the main heading, the likeliest places of a date first."""
        after = self.after_heading()
        yield from islice(after, _AFTER // 2)
        if self.heading is not None and self.heading.tag == "h1":
            yield from islice(preceding(self.heading), _BEFORE)
        yield from after


def open_sources(tree: Tree, url: str) -> Sources:
    """The sources of a page's facts."""
    clues = gather(tree)
    entities = read_entities(clues.linked)
    names = list(islice(_site_names(clues, entities), _MAX_SITE_NAMES))
    address = url or clues.links.get("canonical", "") or next(clues.said("og:url"), "")
    site = Site(names, _host(address))
    headings = (node for node in clues.headings if not site.is_named(words(node)))
    heading = next(headings, next(iter(tree.named.get("h2", ())), None))
    return Sources(clues, entities, main_entity(entities) or {}, names, site, url, heading)


def is_elsewhere(node: Node) -> bool:
    """Whether an element stands among comments, in a side bar or the like."""
    at: Node | None = node
    height = 0
    while at is not None:
        # An article may have a footer with its author; a page's footer is far up.
        if at.tag in ("nav", "aside") or (at.tag == "footer" and height > _NEAREST // 2):
            return True
        name = at.attrs.get("class", "")
        if name and height < _NEAREST and _ELSEWHERE.search(name):
            return True
        at = at.parent
        height += 1
    return False


def _site_names(clues: Clues, entities: Sequence[Entity]) -> Iterator[str]:
    """What the site calls itself, best trusted first."""
    yield from _worded(clues.said("og:site_name"))
    for entity in entities:
        if "WebSite" in types_of(entity):
            yield from _worded([text_of(entity, "name")])
    for entity in entities:
        yield from _worded(names_of(entity.get("publisher"), entities))
    yield from _worded(clues.said("application-name", "citation_journal_title", "dc.publisher"))


def _worded(names: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """Those that have a letter and are no address."""
    for name in names:
        is_short = len(name) <= _MAX_SITE_NAME
        if is_short and any(letter.isalpha() for letter in name) and "://" not in name:
            yield name


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
