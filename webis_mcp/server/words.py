"""Text of a page made safe to hand on: for JSON readers, and for models that read it."""

from __future__ import annotations

import re

_UNSAFE = re.compile("[\0\ud800-\udfff]")

_TURN = re.compile(
    r"<(?=\|[^|<>\n]{1,40}\|?>"
    r"|/?(?:tool|function)_(?:calls?|uses?|results?|response|outputs?)\b"
    r"|/?(?:user_content|web_content|untrusted\w*|system[_-]\w+|end_of_turn|start_of_turn)\b"
    r"|<SYS>>|</SYS>>|\uff5c|/?antml:)"
    r"|\[(?=/?INST\])"
    r"|(?<=\]\()(?:javascript|vbscript|data)(?=:)",
    re.IGNORECASE,
)
"""Where a mark begins by which chat models tell turns and tools apart, and the scheme of a link
that a page only spells: a page has no turn, and none of its words runs."""


def safe(text: str) -> str:
    """Text that every JSON reader takes and no model takes for a turn of its chat: no NUL, no half
    of a surrogate pair, a space within each mark of a chat."""
    return _TURN.sub(r"\g<0> ", _UNSAFE.sub("\ufffd", text))


def one_line(text: str) -> str:
    """A text without line breaks, white space collapsed."""
    return " ".join(text.split())
