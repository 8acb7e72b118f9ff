"""Which of the codes on a page is that of the thing it is about.

Shops tell machines the number of a variant and readers that of the thing. So what a reader sees is
believed first; where nothing is shown, what the data says; and last the code in the page's own
address, where the page uses it elsewhere too. Nothing is taken from an address that the page does
not state itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from webis_mcp.page.tree import Node
from webis_mcp.page.value import By, Match
from webis_mcp.page.values.lexicon import fold
from webis_mcp.page.values.places import attribute
from webis_mcp.page.values.things import Statement, Thing
from webis_mcp.page.values.typed.codes import find_codes
from webis_mcp.service.values.candidates import (
    Candidate,
    by_class,
    by_labels,
    by_thing,
    from_statement,
    paths_of,
)
from webis_mcp.service.values.plan import Field
from webis_mcp.service.values.sources import Sources
from webis_mcp.service.values.typed_words import near_heading

CONCEPT = "sku"

SHORTEST = 4
"""Characters of a code that is recognised elsewhere; a shorter one stands anywhere."""

MAX_LINE = 300
"""Characters of a line in which a label with its code is looked for."""

MAX_LABEL = 40
"""Characters before a sign in which a label is looked for."""

MAX_NODES = 20_000
"""Elements whose attributes are looked at."""

_SIGN = re.compile(r"\s*[:\uff1a#\u2116]+\s*")
_NUMBERING = re.compile(r"[#\u2116]")
_QUERY = frozenset(
    "id pid sku product productid item itemid article articleid goods goodsid goodsno prdno asin "
    "dealid".split()
)
"""Names in a query under which a code stands, without what parts their words."""

_WHOLE = re.compile(r"[A-Za-z]{0,3}\d{5,}|(?=[A-Z\d]*\d)[A-Z\d]{8,14}")
_ENDS = re.compile(r"(?:^|[-_.])([A-Za-z]{0,2}\d{5,})$")
_EXTENSION = re.compile(r"\.[a-z]{3,5}$")


def is_code_of_thing(field: Field) -> bool:
    """Whether a field asks for the code by which a page's thing is known."""
    return field.concept is not None and field.concept.name == CONCEPT


def by_sight(field: Field, thing: Thing | None, sources: Sources) -> list[Candidate]:
    """The code that a reader sees: of the data where it is shown, else beside a label."""
    told = [one for one in _told(field, thing, sources) if _is_shown(one, sources)]
    if told:
        return told[:1]
    labelled = list(_labelled(field, sources))
    codes = {one.key(field) for one in labelled}
    if len(codes) > 1:
        labelled = [one for one in labelled if _is_in_address(str(one.value), sources)]
    return labelled[:1] or by_class(field, sources)


def by_address(field: Field, sources: Sources) -> list[Candidate]:
    """The code in the address that the page states as its own, where it uses the code elsewhere."""
    for said in _addresses(sources):
        for code in codes_in(said.text):
            at = said.place.quote.find(code)
            if at >= 0 and _is_used(code, sources):
                place = said.place._replace(quote=code)
                return [Candidate(code, place, Match.EXACT, By.TYPED)]
    return []


def codes_in(address: str) -> Iterator[str]:
    """What in an address may be the code of what the page is about, best first."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    for name, value in parse_qsl(parts.query)[:20]:
        if fold(name).replace(" ", "") in _QUERY and _WHOLE.fullmatch(value):
            yield value
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    for segment in reversed(segments[-2:]):
        bare = _EXTENSION.sub("", segment)
        if _WHOLE.fullmatch(bare):
            yield bare
        elif found := _ENDS.search(bare):
            yield found[1]


# ------------------------------------------------------------------ what is told and what is seen


def _told(field: Field, thing: Thing | None, sources: Sources) -> list[Candidate]:
    """All codes that the data has for the thing."""
    if thing is None:
        return []
    found = by_thing(field, thing, sources)
    for path in paths_of(field, thing):
        for part in sources.things.follow(thing, path):
            for said in sources.things.texts(part):
                found += from_statement(field, said, sources, By.STRUCTURED_DATA)
    return found


def _is_shown(one: Candidate, sources: Sources) -> bool:
    code = str(one.value)
    is_seen = one.place.block is not None and not sources.page.blocks[one.place.block].hidden
    return is_seen or (len(code) >= SHORTEST and bool(sources.ground.find(code)))


def _labelled(field: Field, sources: Sources) -> Iterator[Candidate]:
    """The codes beside labels near the main heading or in the content: pairs, and in a line."""
    near = {block.order for block in near_heading(sources)}
    near |= {b.order for b in sources.shown if b.level or sources.likely[b.order]}
    yield from (one for one in by_labels(field, sources) if one.place.block in near)
    for block in (block for block in sources.shown if block.order in near):
        for line in block.text.split("\n"):
            if len(line) <= MAX_LINE:
                for text in _after_labels(line, field.labels):
                    said = Statement(text, sources.places.block(block, text), visible=True)
                    yield from from_statement(field, said, sources, By.TYPED)


def _after_labels(line: str, labels: Iterable[str]) -> Iterator[str]:
    """The codes of a line that stand right after a label and a sign: "Lamp. Item # 4711"."""
    for sign in _SIGN.finditer(line):
        before = f" {fold(line[max(0, sign.start() - MAX_LABEL) : sign.start()])}"
        if _NUMBERING.search(sign[0]):
            before += " no"
        code = next(find_codes(line[sign.end() : sign.end() + MAX_LABEL]), None)
        if code is None or code.start > 0:
            continue
        if any(before.endswith(f" {label}") for label in labels):
            yield line[sign.end() : sign.end() + code.end]


# ------------------------------------------------------------------ the address


def _addresses(sources: Sources) -> Sequence[Statement]:
    """The addresses that a page states as its own."""
    found: list[Statement] = []
    for node in sources.tree.named.get("link", ()):
        if "canonical" in node.attrs.get("rel", "").lower().split():
            found += filter(None, [attribute(node, "href")])
    return [*found, *sources.things.meta.get("og:url", ())]


def _is_in_address(code: str, sources: Sources) -> bool:
    wanted = fold(code).replace(" ", "")
    said = [sources.page.url or "", *(one.text for one in _addresses(sources))]
    return len(code) >= SHORTEST and any(wanted in fold(text).replace(" ", "") for text in said)


def _is_used(code: str, sources: Sources) -> bool:
    """Whether the page uses a code beside its address: shown, in a form, to name its picture."""
    if sources.ground.find(code):
        return True
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
    nodes = (node for node, _ in zip(sources.tree.root.iter(), range(MAX_NODES), strict=False))
    return any(whole.search(value) for node in nodes for value in _uses(node))


def _uses(node: Node) -> Iterator[str]:
    for name, value in node.attrs.items():
        is_picture = node.tag == "img" and name in ("src", "data-src")
        is_own = name == "content" and "image" in node.attrs.get("property", "")
        if is_picture or is_own or name == "value" or name.startswith("data-"):
            yield value[:2_000]
