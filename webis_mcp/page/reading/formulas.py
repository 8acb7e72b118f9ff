"""Formulas: their TeX, and the drawings of them that pages put beside them for the eye.

KaTeX, MathJax and MediaWiki write a formula twice side by side, as MathML for those who listen and
as a drawing for those who look. Only the first can be copied as text.
"""

from __future__ import annotations

from webis_mcp.page.tree import BLOCK_TAGS, SKIPPED, Node

_UNSEEN = SKIPPED | {"annotation", "annotation-xml"}

_COMPANY = 4
"""Children of an element that holds a formula twice, at most: two, and white space."""


def tex_of(math: Node) -> str:
    """A formula in TeX where the markup carries it, else the text of its symbols."""
    for node in math.iter():
        if node.tag == "annotation" and "tex" in node.attrs.get("encoding", ""):
            return node.text()
    parts: list[str] = []
    stack: list[Node | str] = [math]
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            parts.append(child)
        elif child.tag not in _UNSEEN:
            stack.extend(reversed(child.children))
    return "".join(parts)


def is_drawing(node: Node) -> bool:
    """Whether an element only draws for the eye what a formula beside it says."""
    drawn = node.attrs.get("aria-hidden") == "true" and node.tag not in BLOCK_TAGS
    return drawn and any(_is_formula(other) for other in _beside(node))


def is_drawn(node: Node) -> bool:
    """Whether an element holds a formula that is drawn beside it: hidden, yet there to be read."""
    return _is_formula(node) and any(is_drawing(other) for other in _beside(node))


def _is_formula(node: Node) -> bool:
    """Whether an element wraps a `math` and nothing else."""
    inner = [child for child in node.children if not isinstance(child, str) or child.strip()]
    return len(inner) == 1 and not isinstance(inner[0], str) and inner[0].tag == "math"


def _beside(node: Node) -> list[Node]:
    """The other elements of its parent, where these are few and no text stands among them."""
    siblings = node.parent.children if node.parent is not None else []
    if len(siblings) > _COMPANY or any(isinstance(s, str) and s.strip() for s in siblings):
        return []
    return [s for s in siblings if not isinstance(s, str) and s is not node]
