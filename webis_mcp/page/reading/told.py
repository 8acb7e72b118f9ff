"""Text that a page tells only to machines: the words of an article, a product, a job, an event or a
course in its JSON-LD, or in the state of its script, where the markup lacks them because that
script was to write them.

Of structured data only texts that the vocabulary (schema.org) has a field for. Where the page shows
next to nothing, also guides, recipes and questions, part by part, and what a state holds
(`state.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from webis_mcp.page.facts.body import parts_of, texts_of
from webis_mcp.page.facts.linked_data import read_entities
from webis_mcp.page.model import Block
from webis_mcp.page.reading.state import holders_of_state, text_of_state, together
from webis_mcp.page.tree import Node, Tree, parse

LEAST = 200
"""Characters below which a text is a slogan or a teaser."""

SHARE = 0.5
"""A page that shows half as many characters outside links as it tells has a text of its own."""

HARDLY, MOST_SHOWN = 0.1, 1_000
"""Share of a text that is told, and characters, below which a page shows next to nothing: "Log in",
"Your browser is out of date"."""

_OPENING = 60
"""Characters at the start of a text by which it is looked for in what the page shows."""

_MOST_SCRIPTS = 50
_NAMES = ('"articleBody"', '"text"', '"description"')
_MARKUP = re.compile(r"</?[a-zA-Z]")
_LINES = re.compile(r"\s*\n\s*")


def told_by(tree: Tree, blocks: Sequence[Block]) -> tuple[Node, list[Node | str]] | None:
    """The element that tells what the page does not show, and its text as children of it.

    The element keeps its own children: values are looked for in them. `None` where the page shows
    its text.
    """
    scripts = tree.named.get("script", ())[:_MOST_SCRIPTS]
    sources = (len(node.text()) for node in scripts if _is_linked(node))
    if _shows(blocks, max(MOST_SHOWN, SHARE * max(sources, default=0))):
        return None  # whatever is told, it need not be looked for
    found = [(text, node) for node in scripts for text in _texts(node)]
    is_known = any(len(text) >= LEAST for text, _ in found)
    if not is_known and not _shows(blocks, MOST_SHOWN):
        found = [(_text_in_parts(node), node) for node in scripts]
        found += [(text_of_state(node), node) for node in holders_of_state(tree)]
    text, node = max(found, key=lambda pair: len(pair[0]), default=("", None))
    if node is None or len(text) < LEAST:
        return None
    own = SHARE * len(text)
    if not is_known:
        own = min(own, max(LEAST, HARDLY * len(text)))
    if _shows(blocks, own) or _opens(text, blocks):
        return None
    parts = list(_parts(text))
    for part in parts:
        if not isinstance(part, str):
            part.parent = node
    return node, parts


def _shows(blocks: Sequence[Block], least: float) -> bool:
    """Whether a page shows so many characters outside links; it need not be read to its end."""
    shown = (len(block.text) * (1 - block.link_share) for block in blocks if not block.hidden)
    return any(total >= least for total in accumulate(shown, initial=0.0))


def _is_linked(script: Node) -> bool:
    return "ld+json" in script.attrs.get("type", "").lower()


def _texts(script: Node) -> Iterator[str]:
    """The texts that a script of structured data holds."""
    if not _is_linked(script):
        return
    source = script.text()
    if any(name in source for name in _NAMES):
        for entity in read_entities([source]):
            yield from texts_of(entity)


def _text_in_parts(script: Node) -> str:
    """The longest guide, recipe or list of questions that a script of structured data holds."""
    if not _is_linked(script):
        return ""
    found = (together(parts_of(entity)) for entity in read_entities([script.text()]))
    return max(found, key=len, default="")


def _opens(text: str, blocks: Sequence[Block]) -> bool:
    """Whether the markup has the text itself, be it hidden."""
    opening = _bare(text[: 4 * _OPENING])[:_OPENING]
    return opening in _bare("".join(block.text for block in blocks))


def _bare(text: str) -> str:
    """Its letters and digits, without markup."""
    plain = parse(text).root.text() if _MARKUP.search(text) else text
    return "".join(character for character in plain if character.isalnum()).lower()


def _parts(text: str) -> Iterator[Node | str]:
    """The text as elements: its own where it has markup, else a paragraph a line."""
    if _MARKUP.search(text):
        body = next(iter(parse(text).named.get("body", ())), None)
        yield from body.children if body is not None else ()
        return
    for line in _LINES.split(text):
        paragraph = Node("p", {}, None)
        paragraph.children.append(line)
        yield paragraph
