"""Blocks as a reading model is shown them, and the form by which it can cite nothing else.

The form is a Lark grammar as llguidance reads it: an answer is null, or the number of a block and a
run of that block's own pieces, so that words which are not there cannot be decoded. What is shown
has no character that JSON would escape; `original` finds the page's own words again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from webis_mcp.engine.vllm.scrub import scrub

_PLAIN = str.maketrans({'"': "\u201d", "\\": "\uff3c"})
"""Characters that JSON would escape, as others that mean the same where words are compared."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
"""Letters of scripts that do not part their words by spaces: each may begin and end a value."""

PIECE = re.compile(rf"\d+(?:[.,']\d+)*|[{_UNSPACED}]|[^\W\d{_UNSPACED}]+|\s+|.", re.DOTALL)
"""Words and numbers whole, for part of one is never the value; other marks by themselves."""


def shown(text: str) -> str:
    """A block's words as a model sees them: one line, nothing that a tokenizer or JSON takes for a
    mark of its own."""
    return scrub(text).translate(_PLAIN)


def original(said: str, text: str) -> str | None:
    """The page's words for what was said of a block as it was shown; `None` if it is no slice."""
    wanted = said.strip()
    seen, origins = _aligned(text)
    at = seen.find(wanted) if wanted else -1
    return text[origins[at] : origins[at + len(wanted) - 1] + 1] if at >= 0 else None


def _aligned(text: str) -> tuple[str, list[int]]:
    """A block as it is shown, and where in it each character comes from: they keep their order."""
    seen, origins, at = shown(text), list[int](), 0
    for letter in seen:
        while at < len(text) and not _is_shown_as(text[at], letter):
            at += 1
        origins.append(min(at, len(text) - 1))
        at += 1
    return seen, origins


def _is_shown_as(own: str, letter: str) -> bool:
    if own == letter:
        return True
    if letter in "()":
        return own == {"(": "[", ")": "]"}[letter]
    return shown(f"x{own}x")[1:-1] == letter


def slices_form(names: Sequence[str], blocks: Sequence[tuple[int, str]]) -> str:
    """The grammar of an answer: for each name null, or a block's number and a slice of it.

    Args:
        blocks: number and words of each, as they are shown.
    """
    fields = ' "," '.join(f"{_literal(_named(name) + ':')} said" for name in names)
    own = [(number, pieces) for number, words in blocks if (pieces := PIECE.findall(words))]
    rules = [f'start: "{{" {fields} "}}"', " | ".join(['said: "null"', *(f"b{n}" for n, _ in own)])]
    for number, pieces in own:
        begin, end = _literal(f'{{"block":{number},"text":"'), _literal('"}')
        rules += [
            f"b{number}: {begin} S{number} {end}",
            f"S{number}: T{number} & /.+/",  # a run of no pieces is a slice, too
            f"T{number}: %regex {json.dumps({'substring_chunks': pieces}, ensure_ascii=False)}",
        ]
    return "\n".join(rules)


def _named(name: str) -> str:
    """A field's name in JSON; readable, but for what a grammar would not take for a character."""
    text = json.dumps(name, ensure_ascii=False)
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
