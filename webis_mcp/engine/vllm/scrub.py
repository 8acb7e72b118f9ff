"""Page text made fit for a model's view: one line, no turn of a chat, nothing invisible, cut.

The view is only looked at; what is kept is copied from the page. So it may be altered freely.
"""

from __future__ import annotations

import re

from webis_mcp.page.reading.hiding import strip_invisible

ELLIPSIS = "…"

_LOOK_ALIKES = str.maketrans({"<": "‹", ">": "›", "＜": "‹", "＞": "›", "｜": "¦", "▁": "_"})
"""Nearly every model marks its turns with angle brackets; some tokenizers take the wide forms for
the plain ones, and the low bar for a space."""

_BRACKET_MARK = re.compile(r"\[(/?[A-Z][A-Z_]+)\]")
"""How Mistral's models mark theirs: [INST], [/INST], [TOOL_CALLS] ..."""

_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]+")


def scrub(text: str) -> str:
    """The text as one line without anything that a tokenizer could take for a mark of its own."""
    plain = strip_invisible(_UNPRINTABLE.sub(" ", text)).translate(_LOOK_ALIKES)
    return _BRACKET_MARK.sub(r"(\1)", " ".join(plain.split()))


def cut(text: str, head: int, tail: int) -> str:
    """The text, or its beginning and end where it is longer than both together."""
    if len(text) <= head + tail + 1:
        return text
    return f"{text[:head].rstrip()}{ELLIPSIS}{text[-tail:].lstrip()}" if tail else text[:head]


def scrubbed(text: str, head: int, tail: int) -> str:
    """The text scrubbed and cut; of a long one only the parts that are shown are looked at."""
    most = 4 * (head + tail) + 80
    if len(text) > 2 * most:
        text = text[:most] + ELLIPSIS + text[-most:]
    return cut(scrub(text), head, tail)
