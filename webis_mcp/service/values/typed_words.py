"""Candidates by their form alone: typed words in what is shown, with no label beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from webis_mcp.page.model import Block, Page
from webis_mcp.page.value import By, Match
from webis_mcp.page.values.lexicon import CONCEPTS, Kind, fold
from webis_mcp.page.values.things import Statement
from webis_mcp.page.values.typed.addresses import find_addresses
from webis_mcp.service.values.candidates import MAX_RUNNING, Candidate, from_statement
from webis_mcp.service.values.plan import Field
from webis_mcp.service.values.sources import Sources

NEAR_HEADING = 60
"""Blocks after the main heading in which a price without a label is the one asked for."""

FARTHEST_PRICE = 20
"""Blocks between two that are called price, at most, for both to be of one thing."""

MAX_LABEL = 20
"""Characters before a number in which it is looked whether it is called a fax."""

SHORT = 60
"""Characters of a block that says one thing."""


def by_form(field: Field, sources: Sources) -> Sequence[Candidate]:
    """Typed words in what is shown, for kinds whose form alone tells what they are."""
    read = _READERS.get(field.kind)
    if read is None or (field.enum and field.kind not in (Kind.CURRENCY, Kind.AVAILABILITY)):
        return []
    return read(field, sources)


def _everywhere(field: Field, sources: Sources) -> list[Candidate]:
    """In all blocks; those of the content count alone where they have any."""
    content: list[Candidate] = []
    others: list[Candidate] = []
    for block in sources.shown:
        said = Statement(block.text, sources.places.block(block, block.text), visible=True)
        found = from_statement(field, said, sources, By.TYPED, whole=False)
        (content if sources.likely[block.order] else others).extend(found)
    return content or others


def _contacts(field: Field, sources: Sources) -> list[Candidate]:
    """Shown or dialled by a link; the number of a fax is one only after a label."""
    is_fax = field.concept is not None and field.concept.name == "fax"
    shown = [one for one in _everywhere(field, sources) if _is_fax(one, sources) is is_fax]
    if shown or is_fax:
        return shown
    found: list[Candidate] = []
    for link in sources.contact_links:
        scheme, _, rest = link.text.partition(":")
        if (field.kind is Kind.EMAIL) == (scheme.lower() == "mailto"):
            said = Statement(rest.partition("?")[0], link.place)
            found += from_statement(field, said, sources, By.TYPED, whole=False)
    return found


def _is_fax(one: Candidate, sources: Sources) -> bool:
    text = sources.page.blocks[one.place.block].text if one.place.block is not None else ""
    before = fold(text[: text.find(one.place.quote)][-MAX_LABEL:])
    return any(f" {before}".endswith(f" {label}") for label in CONCEPTS["fax"].labels)


def _in_addresses(field: Field, sources: Sources) -> list[Candidate]:
    """A town or its code by its form, where a street stands before it."""
    found: list[Candidate] = []
    for block in sources.shown:
        for span in find_addresses(block.text[:MAX_RUNNING]):
            text = block.text[span.start : span.end]
            said = Statement(text, sources.places.block(block, text), visible=True)
            found += from_statement(field, said, sources, By.TYPED, whole=False)
    return found


def _prices(field: Field, sources: Sources) -> list[Candidate]:
    """Amounts close after the main heading, first those in elements that are called price."""
    blocks = near_heading(sources)
    called = [block for block in blocks if _is_price(block, sources.page)]
    for some in (_together(called), blocks):
        found = [one for block in some for one in _amounts(field, block, sources)]
        if found:
            return _in_head(field, found, sources) or found
    return []


def _together(blocks: Sequence[Block]) -> list[Block]:
    """The first of some blocks, up to a wide gap: what follows is of other things."""
    for at, (one, following) in enumerate(pairwise(blocks)):
        if following.order - one.order > FARTHEST_PRICE:
            return list(blocks[: at + 1])
    return list(blocks)


def _amounts(field: Field, block: Block, sources: Sources) -> list[Candidate]:
    """The amounts of a block that still hold; of a range the lower end."""
    said = Statement(block.text, sources.places.block(block, block.text), visible=True)
    found = from_statement(field, said, sources, By.TYPED, whole=False)
    if len(found) == 2 and _is_range(block.text, found):
        return [found[0]._replace(match=Match.AMBIGUOUS)]
    struck = sources.struck.get(block.order)
    if struck is None or field.kind is not Kind.PRICE:  # the currency is still the same
        return found
    gone = from_statement(field, Statement(struck, said.place), sources, By.TYPED, whole=False)
    keys = {one.key(field) for one in gone}
    return [one for one in found if one.key(field) not in keys]


def _is_range(text: str, ends: Sequence[Candidate]) -> bool:
    """Whether a text is two amounts with a dash between them: "$10 - $12"."""
    low, high = (re.escape(one.place.quote) for one in ends)
    return (
        re.fullmatch(rf"[^\d\s]{{0,3}}\s?{low}{_DASH}{high}\s?[^\d\s]{{0,3}}", text.strip())
        is not None
    )


def _in_head(field: Field, found: Sequence[Candidate], sources: Sources) -> list[Candidate]:
    """Of several amounts the one that the head tells too, where it tells one of them."""
    meta = sources.things.meta
    head = [one for name in _HEADS for one in meta.get(name, ())]
    told = {
        one.key(field)
        for said in [*head, *sources.head_statements()]
        for one in from_statement(field, said, sources, By.TYPED, whole=False)
    }
    both = [one for one in found if one.key(field) in told]
    return both if len({one.key(field) for one in both}) == 1 else []


def near_heading(sources: Sources) -> list[Block]:
    """The blocks that are shown after the main heading, or all where there is none."""
    blocks = sources.page.blocks
    top = next((b.order for b in blocks if b.level == 1 and not b.hidden), None)
    near = blocks if top is None else blocks[top + 1 : top + NEAR_HEADING]
    return [block for block in near if block.text and not block.hidden]


def _is_price(block: Block, page: Page) -> bool:
    around = " ".join(
        page.elements[index].marks for index in list(page.ancestors(block.element))[:3]
    )
    return bool(_PRICE.search(around)) and not _NO_PRICE.search(around)


_DASH = r"\s?[^\d\s]{0,3}\s?[-\u2010-\u2015~]\s?[^\d\s]{0,3}\s?"
_HEADS = ("description", "og:description", "og:title", "twitter:description")
_PRICE = re.compile(r"price|preis|prix|precio|prezzo|preco|cena", re.IGNORECASE)
_NO_PRICE = re.compile(
    r"old|was|list|strike|regular|rrp|msrp|before|original|crossed|ship|deliver|install|related|"
    r"recommend|carousel|unit|saving|discount|statt|barr",
    re.IGNORECASE,
)


def _stock(field: Field, sources: Sources) -> list[Candidate]:
    """Short blocks near the heading that say nothing else."""
    found: list[Candidate] = []
    for block in near_heading(sources):
        if len(block.text) <= SHORT:
            said = Statement(block.text, sources.places.block(block, block.text), visible=True)
            found += from_statement(field, said, sources, By.TYPED, whole=False)
    return found


_READERS: dict[Kind, Callable[[Field, Sources], Sequence[Candidate]]] = {
    Kind.EMAIL: _contacts,
    Kind.PHONE: _contacts,
    Kind.ISBN: _everywhere,
    Kind.STREET: _everywhere,
    Kind.ADDRESS: _everywhere,
    Kind.POSTAL_CODE: _in_addresses,
    Kind.TOWN: _in_addresses,
    Kind.PRICE: _prices,
    Kind.CURRENCY: _prices,
    Kind.AVAILABILITY: _stock,
}
