"""When a page was published: the date it gives for itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from webis_mcp.page.facts.clues import has_property, words
from webis_mcp.page.facts.dates import date_in_path, days_apart, find_date, parse_date
from webis_mcp.page.facts.linked_data import strings
from webis_mcp.page.facts.sources import Sources, is_elsewhere
from webis_mcp.page.tree import Node

_MAX_LINE = 100
"""Characters of a line that tells a date; longer ones tell a story."""

_META = (
    "article:published_time",
    "og:article:published_time",
    "citation_publication_date",
    "citation_date",
    "citation_online_date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "published-date",
    "article.published",
    "article_date_original",
    "cxenseparse:recs:publishtime",
    "og:published_time",
    "rnews:datepublished",
    "datecreated",
)
_OF_A_CHANGE = re.compile(
    r"updated?|modifi|revised|joined|member since|registriert|aktualisier|geändert|mis à jour"
    r"|actualiza|aggiorna|atualiza|bijgewerkt|обновлен|изменен|zaktualiz|更新|修改|수정",
    re.IGNORECASE,
)
_OF_PUBLICATION = re.compile(
    r"publi|posted|erstellt|veröffentlicht|опубликован|发布", re.IGNORECASE
)


def published_of(sources: Sources) -> str | None:
    """The date of publication in ISO 8601, as exact as it is given.

    Where a page gives no other date for itself, that of its last change.
    """
    month_first = _month_first(sources)
    parsed = (parse_date(text, month_first=month_first) for text in _stated(sources))
    said = next((date for date in parsed if date), None)
    if said is None:
        return next(_seen(sources, month_first), None)
    if "T" in said and said.endswith(("Z", "+00:00")):
        # A time in UTC may fall on another day than the page shows its readers: theirs counts.
        shown = next(_shown(sources, month_first), None)
        if shown is not None and days_apart(shown, said) == 1:
            return shown
    return said


def _stated(sources: Sources) -> Iterator[str]:
    """Texts that hold a date of publication and nothing else, best trusted first."""
    clues = sources.clues
    for key in ("datePublished", "dateCreated", "uploadDate", "datePosted"):
        yield from strings(sources.main.get(key))
    yield from clues.said(*_META)
    for name in ("datepublished", "datecreated"):
        items = [node for node in clues.items if has_property(node, name)]
        for node in clues.in_order(items):
            yield node.attrs.get("content") or node.attrs.get("datetime") or words(node)


def _seen(sources: Sources, month_first: bool | None) -> Iterator[str]:
    """The dates that a reader sees, then those of the address and of other things."""
    clues = sources.clues
    times = [node for node in clues.times if not is_elsewhere(node)]
    yield from _shown(sources, month_first)
    yield from _known(map(_time_of, times))
    for node in clues.in_order(clues.dated):
        if not is_elsewhere(node):
            yield from _known([find_date(words(node), month_first=month_first)])
    yield from _known([date_in_path(_path(sources.url))])
    for entity in sources.entities:
        yield from _known(map(parse_date, strings(entity.get("datePublished"))))
    yield from _known(map(_time_of, clues.times))
    yield from (date for date, _ in _dates_in(sources.near_heading(), month_first))


def _shown(sources: Sources, month_first: bool | None) -> Iterator[str]:
    """The dates near the heading that are not said to be others, as of a change."""
    dates = _dates_in(sources.near_heading(), month_first)
    return (date for date, is_publication in dates if is_publication)


def _dates_in(lines: Iterable[str], month_first: bool | None) -> Iterator[tuple[str, bool]]:
    """The dates in some lines, and whether each may be that of publication."""
    before = ""
    for line in lines:
        # No year, no date: most lines are done with here.
        if len(line) < _MAX_LINE and ("20" in line or "19" in line):
            found = find_date(line, month_first=month_first)
            if found:
                # "Updated:" may stand in an element of its own before the date.
                yield found, not (_is_of_a_change(line) or _is_of_a_change(before))
                line = ""
        before = line[:_MAX_LINE]


def _is_of_a_change(line: str) -> bool:
    return bool(_OF_A_CHANGE.search(line)) and not _OF_PUBLICATION.search(line)


def _time_of(node: Node) -> str | None:
    return parse_date(node.attrs.get("datetime", "")) or find_date(words(node))


def _known(dates: Iterable[str | None]) -> Iterator[str]:
    return (date for date in dates if date)


def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return ""


def _month_first(sources: Sources) -> bool | None:
    """How the page's country writes 3/4/2024, where its language tells the country."""
    language = sources.clues.language.lower().replace("_", "-")
    return None if language in ("", "en") else language == "en-us"
