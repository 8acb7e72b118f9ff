"""How the predecessor's model and MinerU-HTML's are shown a block: each in the way it was taught.

The forms are facts about those models (TheBinKing/Webis, opendatalab/MinerU-HTML 73cf266); the code
is ours. Known to differ: our blocks are cut by our own rules, and of an element we know class, id
and role together, not which is which.
"""

from __future__ import annotations

from webis_mcp.engine.vllm.scrub import scrubbed
from webis_mcp.page.model import Block, Kind, Page

NODE_CHARACTERS = 100
ELEMENT_CHARACTERS = 500
"""What each was shown of a block in training."""

MOST_NAMES = 60
"""Characters of class and id; theirs had no bound."""

_NOISY = dict.fromkeys(("a", "button", "footer", "form", "label", "nav", "option", "small"), 0.8)
_SOUND = dict.fromkeys(("article", "blockquote", "code", "h1", "p", "pre", "td"), 0.2)
NOISE = _NOISY | _SOUND
"""Chance of noise by tag, coarsely: the predecessor looked each tag up in a table of its own."""


def node(page: Page, block: Block) -> tuple[str, str]:
    """A block as the predecessor's features: words, last tag, telling tags, depth, confidence."""
    tags = [page.elements[index].tag for index in page.ancestors(block.element)][::-1] or ["body"]
    chances = {tag: NOISE.get(tag, 0.5) for tag in tags}
    telling = sorted((t for t, p in chances.items() if _risk(p) != "M"), key=lambda t: -chances[t])
    words = scrubbed(block.text, NODE_CHARACTERS, 0)
    confidence = sum(chances.values()) / len(chances)
    return "", " | ".join(
        (
            f"content: '{words}'",
            f"last_tag: <{tags[-1]}>[{_risk(chances[tags[-1]])}]",
            f"risk_tags: {', '.join(f'{tag}[{_risk(chances[tag])}]' for tag in telling)}",
            f"depth: {len(tags)}",
            f"confidence: {confidence:.2f}",
        )
    )


def _risk(chance: float) -> str:
    """High, medium or low, where the predecessor drew the lines."""
    return "H" if chance >= 0.7 else "M" if chance >= 0.3 else "L"


def element(page: Page, block: Block) -> tuple[str, str]:
    """A block as a tag with its names, and its words: `_item_id` is put between them later."""
    own = page.elements[block.element]
    names = scrubbed(own.marks, MOST_NAMES, 0).replace('"', "'")
    tag = "table" if block.kind is Kind.TABLE else scrubbed(own.tag, 20, 0) or "div"
    mark = f'{tag} class="{names}"' if names else tag
    return mark, scrubbed(block.text, ELEMENT_CHARACTERS, 0)
