"""Where a page points its reader to in its stead: a meta refresh, and other forms of itself.

Only told here; whoever fetches decides what to follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urldefrag

from webis_mcp.page.facts.sources import resolved
from webis_mcp.page.model import Alternative, Pointers
from webis_mcp.page.tree import Node, Tree

MOST_SECONDS = 10
"""Longest refresh that leads on; a slower one is a page that keeps itself fresh."""

MOST_ALTERNATIVES = 5

_MOST_LOOKED_AT = 500
"""Elements of a head that are looked at."""

_REFRESH = re.compile(
    r"\s*(?P<seconds>\d{1,9})?(?:\.[\d.]{0,20})?[\s;,]{1,20}+(?:url\s{0,20}=\s{0,20})?+"
    r"(?:\"(?P<double>[^\"]*)|'(?P<single>[^']*)|(?P<bare>[^\"'].*))",
    re.IGNORECASE | re.DOTALL,
)
_FORMS = {"text/markdown": "markdown", "text/x-markdown": "markdown", "text/plain": "text"}
"""Types that can be read here; feeds are none, and the JSON of a blog is its database."""


def read_pointers(tree: Tree, *, base: str, url: str) -> Pointers:
    """Where the markup points; addresses are resolved against `base`, `url` is the page's own."""
    return Pointers(
        refresh=next(_refreshes(tree, base, url), None),
        alternatives=tuple(islice(_alternatives(tree, base, url), MOST_ALTERNATIVES)),
    )


def refresh_target(value: str, *, base: str, url: str) -> str | None:
    """Where a refresh leads, by the value of the element or the header that asks for it."""
    found = _REFRESH.match(value[:8_192])
    if found is None or int(found["seconds"] or 0) > MOST_SECONDS:
        return None
    target = found["double"] or found["single"] or found["bare"] or ""
    whole = resolved(target.strip(), base)
    return None if whole is None or _is_same(whole, url) else whole


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
        if form and whole and not _is_same(whole, url):
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


def _is_same(one: str, other: str) -> bool:
    return urldefrag(one)[0] == urldefrag(other)[0]
