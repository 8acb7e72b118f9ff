"""What an element tells by itself: its names, its number, whether it is a mark or says a word."""

from __future__ import annotations

from webis_mcp.page.tree import SKIPPED, Node

DECORATION = frozenset("|·•‣◦»«›‹→←↑↓–—-_/\\,.:;*+~=()[]<>▼▲►◄▸▾× \t\n")
"""Characters of which a line is made that says nothing."""

_PERMALINKS = ("¶", "#", "§", "🔗")
"""Links to a heading that stand in it or beside it, shown only under the pointer: no words."""

_NAMING = ("class", "id", "role", "itemprop")


def is_permalink(link: Node) -> bool:
    """Whether a link says no more than that it leads to where it stands."""
    return len(link.children) < 4 and link.text().strip() in _PERMALINKS


def says_without_buttons(heading: Node) -> bool:
    """Whether an element has text that is on none of the buttons in it."""
    stack: list[Node | str] = [heading]
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            if not DECORATION.issuperset(child):
                return True
        elif child.tag != "button" and child.tag not in SKIPPED:
            stack.extend(child.children)
    return False


def names_of(node: Node) -> str:
    """Class, id, role and itemprop; "aria-hidden" where it is hidden from those who listen."""
    attrs = node.attrs
    if not attrs:
        return ""
    found = [said for said in map(attrs.get, _NAMING) if said]
    if attrs.get("aria-hidden") == "true":
        found.append("aria-hidden")
    if not found:
        return ""
    return " ".join(" ".join(found).split())[:400]


def number_children(parent: Node) -> None:
    """Give each child its number among those of its tag."""
    counts: dict[str, int] = {}
    for child in parent.children:
        if not isinstance(child, str):
            counts[child.tag] = child.position = counts.get(child.tag, 0) + 1
