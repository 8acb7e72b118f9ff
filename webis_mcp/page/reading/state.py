"""Text in the state that a page hands to its own script: what a shell was going to show.

Frameworks write it into the page as JSON, in scripts and attributes whose names are known. Nothing
in it says which of its strings will be shown: taken is what looks like prose, the largest group of
strings that stand under the same keys. A page's translations, each under a key of its own, make no
group.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from webis_mcp.page.tree import Node, Tree

LEAST = 40
"""Characters below which a string is a label."""

LETTERS = 0.7
"""Share of letters and spaces from which a string is prose and not code."""

MOST = 2_000_000
"""Characters of a state that are read; more is a data set."""

_NAMES = frozenset(
    "__NEXT_DATA__ __NUXT__ __NUXT_DATA__ __APOLLO_STATE__ __INITIAL_STATE__ __INITIAL_DATA__ "
    "__PRELOADED_STATE__ __REDUX_STATE__ __STATE__ __DATA__ ng-state".split()
)
_ATTRIBUTES = (
    *("data-page", "data-react-props", "data-props"),
    *("data-initial-state", "data-initial-props", "data-state"),
)
"""Inertia's, react-rails', and what is usual without either."""

_CLASS = "js-react-on-rails-component"
_ASSIGNED = re.compile(r"\b(__[A-Z]+(?:_[A-Z]+)*_*)\s*=\s*(?=[{\[])")
_ENDS = re.compile(r"[.!?…。！？]")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_DATA = ("{", "[")
_DECODER = json.JSONDecoder(strict=False)


def holders_of_state(tree: Tree) -> Iterator[Node]:
    """The elements that may hold a state: scripts, and elements that a script is to fill."""
    for node in tree.root.iter():
        if node.tag == "script" or not node.attrs.keys().isdisjoint(_ATTRIBUTES):
            yield node


def text_of_state(holder: Node) -> str:
    """The largest prose in an element's state, as markup where it has any; empty without one."""
    groups: dict[str, dict[str, None]] = defaultdict(dict)  # a dict keeps order and no double
    for path, text in _strings(list(_states(holder))):
        if _is_prose(text):
            groups[path][text] = None
    texts = max(groups.values(), key=lambda group: sum(map(len, group)), default={})
    return together(texts)


def together(texts: Iterable[str]) -> str:
    """Texts, some of which may be markup, as one: plain if all are, else markup."""
    texts = list(texts)
    if not any(_MARKUP.search(text) for text in texts):
        return "\n".join(texts)
    return "".join(t if _MARKUP.search(t) else f"<p>{html.escape(t)}</p>" for t in texts)


def _states(holder: Node) -> Iterator[object]:
    if holder.tag == "script":
        yield _value(_source(holder))
        return
    for name in _ATTRIBUTES:
        yield _value(holder.attrs.get(name, ""))


def _source(script: Node) -> str:
    """What a script says its state is."""
    source, attrs = script.text(), script.attrs
    if attrs.get("id", "") in _NAMES or _CLASS in attrs.get("class", "").split():
        return source
    assigned = _ASSIGNED.search(source)
    return source[assigned.end() :] if assigned and assigned[1] in _NAMES else ""


def _value(source: str) -> object:
    if len(source) > MOST:
        return None
    try:
        return _DECODER.raw_decode(source.lstrip())[0]
    except (ValueError, RecursionError):
        return None


def _strings(state: object) -> Iterator[tuple[str, str]]:
    """Every string with the keys it stands under, in order, without recursion."""
    left = [("", state)]
    while left:
        path, value = left.pop()
        if isinstance(value, str):
            yield path, value.strip()
        elif isinstance(value, list):
            left.extend((path, item) for item in reversed(value))
        elif isinstance(value, dict):
            left.extend((f"{path}/{key}", item) for key, item in reversed(value.items()))


def _is_prose(text: str) -> bool:
    if text.startswith(_DATA):  # JSON within JSON: shown to nobody, whatever sentences it holds
        return False
    if text.isascii() and len(text.split(maxsplit=1)) < 2:  # an address
        return False
    bare = _MARKUP.sub("", text)
    if len(bare) < LEAST or not _ENDS.search(bare):
        return False
    letters = sum(character.isalpha() or character.isspace() for character in bare)
    return letters >= LETTERS * len(bare)
