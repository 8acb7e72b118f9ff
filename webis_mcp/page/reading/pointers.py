"""Where a page points its reader to in its stead: a meta refresh, and other forms of itself.

Only told here; whoever fetches decides what to follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from webis_mcp.page.addresses import is_same_page, refresh_target, resolved
from webis_mcp.page.model import Alternative, Pointers
from webis_mcp.page.tree import Node, Tree

MOST_ALTERNATIVES = 5

_MOST_LOOKED_AT = 500
"""Elements of a head that are looked at."""

_FORMS = {
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "text",
    "application/json": "json",
}
"""Types that can be read here; feeds are none."""

_DATABASE = "/wp-json/"
"""In the addresses of JSON that WordPress names on every page: its database, not the page."""


def read_pointers(tree: Tree, *, base: str, url: str) -> Pointers:
    """Where the markup points; addresses are resolved against `base`, `url` is the page's own."""
    return Pointers(
        refresh=next(_refreshes(tree, base, url), None),
        alternatives=tuple(islice(_alternatives(tree, base, url), MOST_ALTERNATIVES)),
    )


def _refreshes(tree: Tree, base: str, url: str) -> Iterator[str]:
    for node in tree.named.get("meta", ())[:_MOST_LOOKED_AT]:
        if node.attrs.get("http-equiv", "").strip().lower() == "refresh":
            target = refresh_target(node.attrs.get("content", ""), base=base, url=url)
            if target:
                yield target


def _alternatives(tree: Tree, base: str, url: str) -> Iterator[Alternative]:
    for node in tree.named.get("link", ())[:_MOST_LOOKED_AT]:
        form = _form(node)
        whole = resolved(node.attrs.get("href", ""), base) if form else None
        if form and whole and not (_DATABASE in whole or is_same_page(whole, url)):
            yield Alternative(form, whole)


def _form(node: Node) -> str | None:
    relations = node.attrs.get("rel", "").lower().split()
    if "amphtml" in relations:
        return "amp"
    if "alternate" not in relations or "stylesheet" in relations:
        return None
    if node.attrs.get("media", "").strip().lower() == "print":
        return "print"
    return _FORMS.get(node.attrs.get("type", "").strip().lower())
