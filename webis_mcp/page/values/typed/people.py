"""Names of people where a label says that one follows: capitalised words up to a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webis_mcp.page.values.typed import Span

_WORD = r"[A-Z\u00c0-\u00de\u0100-\u024f\u0386-\u03ab\u0400-\u042f][\w'\u2019.-]{0,30}"
_NAME = re.compile(
    rf"\s*((?:(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|M|Mme|Sr|Sra)\.?\s)?{_WORD}"
    rf"(?:\s(?:{_WORD}|van|von|de|der|den|da|di|del|la|le|bin|al)){{0,4}})"
    r"\s*(?=$|[,;|/(\n\u2013\u2014]|\s-\s)"
)
_CLOSE = re.compile(
    r"\s*([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u30fb]{2,8})\s*(?=$|[,;|/(\n\uff0c\u3001\s])"
)


def find_person(text: str) -> Iterator[Span]:
    """The name that a text begins with."""
    match = _NAME.match(text) or _CLOSE.match(text)
    if match is not None:
        yield Span(match.start(1), match.end(1), match[1])
