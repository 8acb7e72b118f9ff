"""Text, Markdown and JSON to an extraction: passed on whole, for nobody has to judge it."""

from __future__ import annotations

import re

from webis_mcp.page.model import Extraction, Kept, Kind, Status
from webis_mcp.page.reading.decoding import decode
from webis_mcp.page.reading.hiding import strip_invisible

ENGINE = "none"

NAMES = {"json": "JSON", "markdown": "Markdown", "text": "plain text"}

_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


def pass_text_on(body: bytes, *, url: str, charset: str | None, kind: str) -> Extraction:
    """All that a text file says, but for characters that show nothing."""
    decoded = decode(body, charset="utf-8" if kind == "json" else charset)
    text = strip_invisible(decoded.text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    warnings = [f"This is {NAMES[kind]}, not HTML: it is given as it is."]
    if not decoded.certain:
        warnings.append(f"The encoding is a guess: {decoded.encoding}.")
    return Extraction(
        content=text,
        blocks=_blocks(text, kind),
        engine=ENGINE,
        path=("passed_on",),
        quality=1.0 if text else 0.0,
        status=Status.CONTENT if text else Status.EMPTY,
        url=url,
        warnings=tuple(warnings),
    )


def _blocks(text: str, kind: str) -> tuple[Kept, ...]:
    """Its paragraphs; JSON is one piece. A text has no elements, so they have no place."""
    parts = [text] if kind == "json" else _PARAGRAPHS.split(text)
    look = Kind.CODE if kind == "json" else Kind.PARAGRAPH
    return tuple(
        Kept(id=number, kind=look, text=part, xpath="", p=1.0)
        for number, part in enumerate(parts)
        if part
    )
