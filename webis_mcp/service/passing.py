"""Text, Markdown and JSON to an extraction: passed on whole, for nobody has to judge it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from webis_mcp.page.model import Block, Extraction, Kept, Kind, Page, Status
from webis_mcp.page.reading.decoding import decode
from webis_mcp.page.reading.hiding import strip_invisible
from webis_mcp.page.tree import parse
from webis_mcp.page.value import Findings
from webis_mcp.service.values.filling import fill
from webis_mcp.service.values.plan import Plan

ENGINE = "none"

NAMES = {"json": "JSON", "markdown": "Markdown", "text": "plain text"}

_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


def pass_text_on(
    body: bytes, *, url: str, charset: str | None, kind: str, plan: Plan | None = None
) -> Extraction:
    """All that a text file says, but for characters that show nothing; values where a plan asks."""
    decoded = decode(body, charset="utf-8" if kind == "json" else charset)
    text = strip_invisible(decoded.text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    warnings = [f"This is {NAMES[kind]}, not HTML: it is given as it is."]
    if not decoded.certain:
        warnings.append(f"The encoding is a guess: {decoded.encoding}.")
    blocks = _blocks(text, kind)
    findings = _findings(blocks, plan, url) if plan is not None else None
    status = Status.CONTENT if text else Status.EMPTY
    if text and findings is not None and findings.missing:
        status = Status.NEEDS_READER
    return Extraction(
        content=text,
        blocks=blocks,
        engine=ENGINE,
        path=("passed_on",),
        quality=1.0 if text else 0.0,
        status=status,
        url=url,
        warnings=tuple(warnings),
        findings=findings,
    )


def _findings(blocks: Sequence[Kept], plan: Plan, url: str) -> Findings:
    """What a text says for a plan: its paragraphs as the blocks of a page without elements."""
    page = Page(
        url=url,
        blocks=tuple(
            Block(number, block.kind, block.text, element=-1, segment=0)
            for number, block in enumerate(blocks)
        ),
        elements=(),
    )
    return fill(plan, page, parse(""), [True] * len(blocks))


def _blocks(text: str, kind: str) -> tuple[Kept, ...]:
    """Its paragraphs; JSON is one piece. A text has no elements, so they have no place."""
    parts = [text] if kind == "json" else _PARAGRAPHS.split(text)
    look = Kind.CODE if kind == "json" else Kind.PARAGRAPH
    return tuple(
        Kept(id=number, kind=look, text=part, xpath="", p=1.0)
        for number, part in enumerate(parts)
        if part
    )
