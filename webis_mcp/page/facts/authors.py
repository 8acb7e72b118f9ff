"""Who wrote a page: names, told from the words that stand around them in bylines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from webis_mcp.page.facts.clues import has_property, pieces, words
from webis_mcp.page.facts.dates import MONTHS
from webis_mcp.page.facts.linked_data import Entity, names_of, types_of
from webis_mcp.page.facts.sources import Sources, is_elsewhere
from webis_mcp.page.facts.titles import Site
from webis_mcp.page.tree import Node

MAX_NAME = 80
"""Characters of a name with titles and degrees; a longer text is a sentence."""

MAX_NAME_WORDS = 6

MAX_AUTHORS = 12
"""Papers have more; the first dozen say whose it is."""

_MAX_BELOW = 500
"""Elements of a person in microdata among which the name is looked for."""

_NEAR_HEADING = 8
"""Strings after the heading where a "by" is a byline; farther down it may be a photograph's."""

_META = (
    "parsely-author",
    "sailthru.author",
    "sailthru.byline_name",
    "bc:authors",
    "author",
    "article:author",
    "og:author",
    "book:author",
    "byl",
    "byline",
    "dc.creator",
    "dcterms.creator",
    "dc:creator",
    "dc.contributor",
    "creator",
    "cxenseparse:author",
)
_WRITTEN_BY = re.compile(
    r"written by|author|autor|verfasst von|geschrieben von|écrit par|escrito por", re.IGNORECASE
)
_BY = re.compile(
    r"(?:(?:this )?(?:article |post |story |text |words )?(?:was )?"
    r"(?:written |posted |published |created |authored )?by|(?:guest )?authors?|writer|written"
    r"|autor(?:in|en|es|a|zy)?|auteur|text|autore|scritto da|redakcja"
    r"|(?P<particle>von|par|por|di|da|door|av|af)"
    r"|автор|текст|기자|작성자|作者|撰文|记者|記者|文|著者|執筆)"
    r"(?:\s*[:\uff1a|/\u2013\u2014-]\s*|\s+(?=[^\W\d_])|$)",
    re.IGNORECASE,
)
_PLAIN_BY = re.compile(r"(?:(?:written|posted) )?by(?::\s*|\s+)", re.IGNORECASE)
_END = re.compile(
    r"\s*(?:[|•·»/(@]|\s[\u2013\u2014-]\s"
    r"|,?\s(?:mon|tues?|wed|thurs?|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b"
    r"|,?\s(?:on|am|vom|le|el|il|op|den|at|in|for|last|updated|published|posted|edited|reviewed"
    r"|is|has|was)\b|,?\s\d|\d{4}).*$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_A_NAME = re.compile(
    r"https?:|www\.|[<>{}=@\[\]_…?!:]|\.(?:com|net|org|html?|php)\b|\d"
    r"|\b(?:about|share|follow|comments?|posts?|articles?|read|more|view|all|subscribe|updated"
    r"|published|min|mins|minutes?|ago|today|yesterday|reply|joined|profile|contact|email|twitter"
    r"|facebook|linkedin|instagram|login|sign|member|guest|anonymous|unknown|authors?|written|by"
    r"|bio|website|date|topic|search|menu|home|blog|news|show|hide|photo|image|credit|source"
    r"|posted|user|you|your|this)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:https?:|www\.|//)|^[\w.-]+\.(?:com|net|org|de|io|co)(?:/|$)|@\w", re.IGNORECASE
)
_NOBODY = frozenset(["undefined", "null", "none", "nan", "n/a", "[object object]"])
"""What a script writes for want of a name."""

_PARTICLE = re.compile(
    r"van|von|de[nrl]?|della|di|d[ao]s?|du|l[ae]|[ea]l|bin|ibn|te[rn]|zu|y|et?|and|und|&"
)
_JOINT = re.compile(r"(?:and|und|et|y|e|i|и|&|,|;|/|\+)", re.IGNORECASE)
_ENDS_OPEN = re.compile(r"(?:,|;|&|\b(?:and|und|et|y))\s*$", re.IGNORECASE)


def author_of(sources: Sources) -> str | None:
    """The authors of a page in one line, from the source that is trusted most."""
    # A site may be called after its author; only here are we told that this is a person.
    persons = names_of(_persons(sources.main.get("author")), sources.entities)
    if line := joined(persons, Site((), "")):
        return line
    lines = (joined(names, sources.site) for names in _candidates(sources))
    return next((line for line in lines if line), None)


def joined(names: Iterable[str], site: Site) -> str | None:
    """Authors in one line: each once; addresses and the site itself are nobody's name."""
    kept: dict[str, str] = {}
    for name in names:
        by = _PLAIN_BY.match(name)
        name = (name[by.end() :] if by else name).strip(" ,;|")
        fits = len(name) <= 4 * MAX_NAME and not _ADDRESS.search(name)
        if name and fits and name.casefold() not in _NOBODY and not site.is_called(name):
            kept.setdefault(name.casefold(), name)
    return ", ".join(list(kept.values())[:MAX_AUTHORS]) or None


def without_by(text: str) -> str:
    """A byline without the word that introduces the name; "Von Neumann" has none."""
    match = _BY.match(text)
    if match is None:
        return text
    rest = text[match.end() :]
    return text if match["particle"] and len(rest.split()) == 1 else rest


def names_in(strings: Sequence[str], *, introduced: bool = False) -> list[str]:
    """The names in a byline, given as its strings in order; none if it does not read like one.

    With `introduced`, only what follows a "by" counts.
    """
    names: list[str] = []
    wanted, by = not introduced, False
    for string in strings:
        text = without_by(string)
        by = by or text != string
        wanted = wanted or text != string
        if not text or _JOINT.fullmatch(text):
            wanted = wanted or bool(names)
            continue
        name = _END.sub("", text).strip(" ,;-\u2013\u2014") if wanted else ""
        # One word alone is as often a heading or a place; after a "by" it is somebody.
        if is_name(name) and (" " in name or by or names):
            names.append(name)
            wanted = bool(_ENDS_OPEN.search(text))
        elif names:
            break
        elif introduced:
            wanted = False
    return names


def is_name(text: str) -> bool:
    """Whether a text looks like the name of a person or a desk: every word of it begins large."""
    parts = text.split()
    if not 1 < len(text) <= MAX_NAME or len(parts) > MAX_NAME_WORDS or not text[0].isalpha():
        return False
    if _NOT_A_NAME.search(text) or text.casefold().strip(".") in MONTHS:
        return False
    return all(not part[0].islower() or _PARTICLE.fullmatch(part) for part in parts)


def _persons(value: object) -> list[Entity]:
    """The authors that the structured data calls persons."""
    listed = value if isinstance(value, list) else [value]
    found = [item for item in listed if isinstance(item, dict)]
    return [item for item in found if "Person" in types_of(item) and item.get("name")]


def _candidates(sources: Sources) -> Iterator[Iterable[str]]:
    """Lists of authors, best trusted first."""
    clues = sources.clues
    yield clues.said("citation_author")
    yield names_of(sources.main.get("author") or sources.main.get("creator"), sources.entities)
    for name in _META:
        if name in clues.meta:
            yield clues.said(name)
    for number in "12":
        if _WRITTEN_BY.search(next(clues.said(f"twitter:label{number}"), "")):
            yield clues.said(f"twitter:data{number}")
    yield from _bylines(sources)


def _bylines(sources: Sources) -> Iterator[Iterable[str]]:
    """The names in the page's own text: marked as its author, or after a "by"."""
    clues = sources.clues
    persons = [node for node in clues.items if has_property(node, "author")]
    yield from (_person(node) for node in clues.in_order(persons) if not is_elsewhere(node))
    after = list(sources.after_heading())
    yield names_in(after[:_NEAR_HEADING], introduced=True)
    for node in clues.in_order(clues.bylines):
        if not is_elsewhere(node):
            yield names_in(pieces(node))
    yield names_in(after, introduced=True)


def _person(node: Node) -> list[str]:
    """The name of a person in microdata: the name within, or else what reads like one."""
    below = islice(node.iter(), 1, _MAX_BELOW)
    inner = (child for child in below if has_property(child, "name"))
    named = next(inner, node)
    name = named.attrs.get("content") or (words(named) if named is not node else "")
    return [name] if name else names_in(pieces(node))
