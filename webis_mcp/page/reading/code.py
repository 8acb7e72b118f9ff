"""Preformatted text: as it stands, and in which programming language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from webis_mcp.page.reading.grid import own_cells, own_rows
from webis_mcp.page.tree import SEPARATOR, SKIPPED, Node

_NOT_CODE = SKIPPED | {"button"}

_LANGUAGE = re.compile(
    r"\b(?:(?:language|lang|sourceCode)[-: ]|brush:\s*|syntaxhighlighter\s+"
    r"|highlight-(?:source-)?)([\w+#.]+)",
    re.IGNORECASE,
)
"""How the class names of the common highlighters tell it."""

_NO_LANGUAGE = ("none", "default", "plain", "plaintext", "text", "txt", "nohighlight", "nogutter")

_GUTTER = re.compile(r"\b(?:gutter|lineno?s?|line-?num(?:ber)?s?)\b", re.IGNORECASE)
"""How the column of line numbers is called by highlighters that set code in a table."""


def verbatim(node: Node, leave_out: Callable[[Node], bool]) -> str:
    """The text of preformatted markup, line by line, as it stands; but for buttons ("Copy")."""
    parts: list[str] = []
    stack: list[Node | str] = list(reversed(node.children))
    while stack:
        child = stack.pop()
        if not isinstance(child, str):
            if child.tag == "br":
                parts.append("\n")
            elif child.tag not in _NOT_CODE and not leave_out(child):
                if child.tag in ("div", "p", "li", "tr") and parts and not parts[-1].endswith("\n"):
                    parts.append("\n")
                stack.extend(reversed(child.children))
        elif child != SEPARATOR:
            parts.append(child)
    return "".join(parts)


def numbered_code(table: Node) -> Node | None:
    """The cell that holds the code of a table whose only other cell numbers its lines."""
    rows = list(islice(own_rows(table), 2))
    cells = list(islice(own_cells(rows[0]), 3)) if len(rows) == 1 else []
    if len(cells) != 2:
        return None
    gutter, code = cells
    is_code = any(node.tag in ("pre", "code") for node in code.iter())
    if not is_code and not _GUTTER.search(gutter.attrs.get("class", "")):
        return None
    return code if _counts(verbatim(gutter, lambda _: False).split()) else None


def _counts(words: Sequence[str]) -> bool:
    """Whether the words are numbers that go up by one."""
    first = words[0] if words else ""
    if not (first.isascii() and first.isdigit() and len(first) < 7):
        return False
    return all(word == str(number) for number, word in enumerate(words, int(first)))


def language_of(pre: Node) -> str:
    """The programming language that the classes on, in or just around a `pre` name, else ""."""
    inside = [c for c in pre.children if not isinstance(c, str) and c.tag == "code"]
    for place in (pre, *inside, *islice(_boxes(pre), 2)):
        found = _LANGUAGE.search(place.attrs.get("class", ""))
        if found:
            name = found[1].lower()
            return "" if name in _NO_LANGUAGE else name
    return ""


def _boxes(node: Node) -> Iterator[Node]:
    """The boxes just around a node, nearest first."""
    while node.parent is not None and node.parent.tag in ("div", "figure", "td"):
        node = node.parent
        yield node
