"""Pages that say things of wares, and an oracle for quotes that shares no code with what finds."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator

import turbohtml

from webis_mcp.page.model import Page
from webis_mcp.page.value import Place

LINKED = (
    '<script type="application/ld+json">{"@type":"Product","name":"Lamp Aurora","sku":"LA-100",'
    '"offers":{"price":"49.90","priceCurrency":"EUR",'
    r'"availability":"https:\/\/schema.org\/InStock"}}</script>'
)
SHOP = f"""<html lang="en-GB"><head><title>Lamp Aurora - Shop</title>{LINKED}</head><body>
<h1>Lamp Aurora</h1>
<p>A warm lamp for cold evenings, made by hand in the north, with a shade of linen.</p>
<div class="price">49,90 €</div>
<table><tr><th>Brand</th><td>Nordlys</td></tr><tr><th>Weight</th><td>1.2 kg</td></tr></table>
<p>Contact: Jane Miller, <a href="mailto:jane@shop.example">jane@shop.example</a>,
phone +44 20 7946 0018</p>
<h2>Stores</h2>
<table><tr><th>City</th><th>Phone</th></tr><tr><td>Leeds</td><td>0113 496 0000</td></tr>
<tr><td>York</td><td>01904 123456</td></tr></table></body></html>"""


_ASKED = re.compile(r"\*\[name\(\)=(['\"])(.*)\1\]")
"""A tag that XPath would not take for a name."""


def is_on_page(place: Place, html: str, page: Page) -> bool:
    """Whether a quote stands where its place says."""
    if place.block is not None:
        block = page.blocks[place.block]
        rest = page.blocks[place.block + 1 : place.block + 20]
        said = "\n".join([block.text, *(b.text for b in rest if b.text and not b.hidden)])
        starts = 0 <= said.find(place.quote) < len(block.text)
        return starts and place.xpath == page.xpath(block)
    document = turbohtml.parse(html)
    path, _, name = place.xpath.partition("/@")
    return any(place.quote in text for text in _said(document, path, name))


def _said(document: turbohtml.Node, path: str, name: str) -> Iterator[str]:
    """The attribute, or else the text, of the element at a path of positions."""
    at: list[turbohtml.Node] = [document]
    for step in path.strip("/").split("/"):
        named, _, number = step.rstrip("]").rpartition("[")
        asked = _ASKED.fullmatch(named)
        tag = asked[2] if asked else named
        at = [
            child
            for node in at
            for child in [c for c in node.children if _tag(c) == tag][int(number) - 1 :][:1]
        ]
    for node in at:
        if name and isinstance(node, turbohtml.Element):
            yield str(node.attrs.get(name, ""))
        elif not name:
            yield node.text
            yield entities.unescape(node.text)


def _tag(node: turbohtml.Node) -> str:
    return node.tag if isinstance(node, turbohtml.Element) else ""
