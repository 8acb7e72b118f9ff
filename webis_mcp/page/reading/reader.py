"""A tree to a page: which runs of text a browser would set apart, in reading order.

Nothing here knows what is content: every visible or hidden word of the body becomes part of a
block, but for scripts, styles, templates, `noscript` and the choices of form controls. Where the
text is nowhere but in the structured data, it is read from there.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from webis_mcp.page.facts.facts import read_facts
from webis_mcp.page.model import Block, Hidden, Page
from webis_mcp.page.reading.blocks import Cutter
from webis_mcp.page.reading.decoding import decode
from webis_mcp.page.reading.hiding import Hiding
from webis_mcp.page.reading.pointers import read_pointers
from webis_mcp.page.reading.standing import read_signals
from webis_mcp.page.reading.told import told_by
from webis_mcp.page.tree import Node, Tree, parse

MOSTLY_HIDDEN = 0.8
"""Share of a page's characters which, hidden by style, mean that a script was to show them."""

_TAG = re.compile(r"<[a-zA-Z!?/]")
_PARAGRAPHS = re.compile(r"\n\s*\n")


def read_page(html: str | bytes, *, url: str | None = None, charset: str | None = None) -> Page:
    """The page that a document or a fragment holds.

    Args:
        html: its markup; bytes are decoded by the HTML standard's rules.
        url: where it came from: links are resolved against it.
        charset: what the transport said of its encoding; only for bytes.
    """
    return read_document(html, url=url, charset=charset)[0]


def read_document(
    html: str | bytes, *, url: str | None = None, charset: str | None = None
) -> tuple[Page, Tree]:
    """The page, with the tree that it was read from: attributes and scripts are there only."""
    warnings: list[str] = []
    if isinstance(html, bytes):
        decoded = decode(html, charset=charset)
        html = decoded.text
        if not decoded.certain:
            warnings.append(f"The encoding is a guess: {decoded.encoding}.")
    tree = parse(html) if _TAG.search(html) else _plain(html)
    return _read_tree(tree, url, warnings), tree


def _plain(text: str) -> Tree:
    """Text without any markup: its paragraphs."""
    root = Node("", {}, None)
    body = Node("body", {}, root)
    root.children.append(body)
    for part in _PARAGRAPHS.split(parse(text).root.text()):
        paragraph = Node("p", {}, body)
        paragraph.children.append(part)
        body.children.append(paragraph)
    return Tree(root)


def _read_tree(tree: Tree, url: str | None, warnings: list[str]) -> Page:
    facts = read_facts(tree, url=url)
    styles = (node for node in tree.named.get("style", ()) if not _is_in_template(node))
    hiding = Hiding(node.text() for node in styles)
    base = _base(tree, url or facts.canonical_url)
    cutter = Cutter(base, hiding)
    cutter.cut(tree.root)
    blocks, shown = _shown(cutter.blocks)
    if shown:
        warnings.append("Most of the page is hidden until its script runs; it was read as shown.")
    shows = len(blocks)
    told = told_by(tree, blocks)
    if told is not None:
        node, parts = told
        own, node.children = node.children, parts
        cutter.cut(node)
        node.children = own
        blocks = (*blocks, *cutter.blocks[shows:])
        warnings.append(f"The page does not show its text; it was read from {_source(node)}.")
    return Page(
        url=url,
        blocks=blocks,
        elements=tuple(cutter.elements),
        facts=facts,
        warnings=(*warnings, *tree.warnings, *cutter.warnings),
        scripts=len(tree.named.get("script", ())),
        signals=read_signals(tree),
        pointers=read_pointers(tree, base=base or "", url=url or ""),
        told=len(blocks) - shows,
    )


def _is_in_template(node: Node | None) -> bool:
    """Whether an element holds for the inside of a template alone."""
    while node is not None and node.tag != "template":
        node = node.parent
    return node is not None


def _source(told: Node) -> str:
    linked = "ld+json" in told.attrs.get("type", "").lower()
    return "its structured data" if linked else "the state of its script"


def _base(tree: Tree, url: str | None) -> str | None:
    """What links are relative to: the first `base`, itself relative to the page's address."""
    for node in tree.named.get("base", ()):
        href = node.attrs.get("href", "").strip()
        if href:
            try:
                return urljoin(url or "", href)
            except ValueError:
                break
    return url


def _shown(blocks: list[Block]) -> tuple[tuple[Block, ...], bool]:
    """The blocks, and True where nearly all is hidden by style and so was taken as shown."""
    total = sum(len(block.text) for block in blocks)
    css = Hidden.CSS
    styled = sum(len(block.text) for block in blocks if block.hidden is css)
    if not total or styled / total < MOSTLY_HIDDEN:
        return tuple(blocks), False
    return tuple(
        b._replace(hidden=Hidden.NO) if b.hidden is Hidden.CSS else b for b in blocks
    ), True
