"""What a page is: title, author, date and the like, by how far each source can be trusted.

Every value is copied from the page, entities decoded and white space collapsed; where all sources
are silent, the fact is `None`.
"""

from __future__ import annotations

import re
from itertools import islice

from turbohtml.detect import detect_language

from webis_mcp.page.addresses import resolved
from webis_mcp.page.facts.authors import author_of
from webis_mcp.page.facts.body import body_of, others_of
from webis_mcp.page.facts.clues import MAX_WORDS, has_property, words
from webis_mcp.page.facts.linked_data import kind_of_graph, kind_of_types, text_of, types_of
from webis_mcp.page.facts.published import published_of
from webis_mcp.page.facts.sources import Sources, open_sources
from webis_mcp.page.facts.titles import choose_title
from webis_mcp.page.model import Facts
from webis_mcp.page.tree import Tree

_LANGUAGE_SAMPLE = 4_000
"""Characters of the body from which the language is told."""

_ENOUGH = 60
"""Bytes of text below which the detector guesses, however sure it says it is."""

_SURE = 0.5
"""Below this confidence the detector could as well name the next language."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_SHORT_CODES: dict[str, str] = dict(
    re.findall(
        r"(\w+):(\w+)",
        "eng:en deu:de fra:fr spa:es ita:it por:pt nld:nl pol:pl rus:ru ukr:uk bel:be bul:bg "
        "srp:sr hrv:hr slv:sl slk:sk ces:cs hun:hu ron:ro swe:sv dan:da nob:no fin:fi est:et "
        "lav:lv lit:lt ell:el tur:tr ara:ar heb:he pes:fa urd:ur hin:hi ben:bn tam:ta tel:te "
        "mar:mr guj:gu kan:kn mal:ml pan:pa sin:si nep:ne tha:th khm:km lao:lo mya:my vie:vi "
        "ind:id msa:ms tgl:tl jav:jv cmn:zh jpn:ja kor:ko kat:ka hye:hy aze:az kaz:kk uzb:uz "
        "tgk:tg cat:ca glg:gl eus:eu lat:la afr:af zul:zu yid:yi epo:eo mkd:mk sqi:sq isl:is "
        "gle:ga cym:cy amh:am swa:sw som:so",
    )
)
"""ISO 639-3 to 639-1, for what the detector may answer."""

_TITLES = (
    "og:title",
    "twitter:title",
    "citation_title",
    "parsely-title",
    "sailthru.title",
    "dc.title",
)
_DESCRIPTIONS = (
    "og:description",
    "description",
    "twitter:description",
    "dc.description",
    "dcterms.description",
    "sailthru.description",
)


def read_facts(tree: Tree, *, url: str | None = None) -> Facts:
    """What a page's head, structured data and byline say; `url` resolves relative addresses."""
    sources = open_sources(tree, url or "")
    return Facts(
        title=_title(sources),
        author=author_of(sources),
        published=published_of(sources),
        language=_language(sources),
        site_name=next(iter(sources.site_names), None),
        description=_description(sources),
        body=body_of(sources.main, sources.entities),
        others=others_of(sources.entities),
        canonical_url=_canonical(sources),
        page_kind=_kind(sources),
    )


def _title(sources: Sources) -> str | None:
    clues = sources.clues
    heads = (next(clues.said(name), "") for name in _TITLES)
    items = (words(node) for node in clues.items if has_property(node, "headline"))
    named = [
        *islice(heads, 2),
        clues.title,
        text_of(sources.main, "headline"),
        next(items, ""),
        *heads,
    ]
    headings = [words(node) for node in clues.headings]
    return choose_title(headings, [name[:MAX_WORDS] for name in named if name], sources.site)


def _language(sources: Sources) -> str | None:
    clues = sources.clues
    said = clues.said("content-language", "og:locale", "dc.language", "language")
    for value in (clues.language, *said):
        tag = value.split(",")[0].strip().partition(".")[0]
        if _LANGUAGE.fullmatch(tag):
            return tag.replace("_", "-")
    sample = " ".join(
        words(body, _LANGUAGE_SAMPLE) for body in clues.tree.named.get("body", ())[:1]
    )
    if len(sample.encode()) < _ENOUGH:
        return None
    found = detect_language(sample)
    if found.language is None or found.confidence < _SURE:
        return None
    return _SHORT_CODES.get(found.language, found.language)


def _description(sources: Sources) -> str | None:
    said = next(sources.clues.said(*_DESCRIPTIONS), None)
    return said or text_of(sources.main, "description") or None


def _canonical(sources: Sources) -> str | None:
    clues = sources.clues
    base = resolved(clues.base, sources.url) or sources.url
    addresses = (clues.links.get("canonical", ""), *clues.said("og:url"))
    return next(filter(None, (resolved(address, base) for address in addresses)), None)


def _kind(sources: Sources) -> str | None:
    types = (name for entity in sources.entities for name in types_of(entity))
    graph = (kind_of_graph(value) for value in sources.clues.said("og:type"))
    return (
        kind_of_types(types)
        or kind_of_types(sources.clues.types)
        or next(filter(None, graph), None)
    )
