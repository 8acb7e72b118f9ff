"""Extraction for the shell: what was ordered, and one page or URL to standard output or a file.

Content goes out, everything said about it goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webis_mcp.errors import InvalidInput
from webis_mcp.page.model import Extraction
from webis_mcp.server.wire import HINTS, WireExtraction, wire_extraction
from webis_mcp.service.extraction import Extractor
from webis_mcp.service.request import Request


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for.

    Attributes:
        page: a file, a folder, a URL, "-" for standard input, or a file of URLs.
        output: where to write; None is standard output.
        as_json: one JSON object a page, instead of its content alone.
        headers: sent with what is fetched.
        content: with values, the content too.
    """

    page: str
    request: Request
    output: Path | None = None
    as_json: bool = False
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    overwrite: bool = False
    content: bool = False


def is_json_lines(output: Path | None) -> bool:
    """Whether an output is meant to hold JSON lines, by its name."""
    return output is not None and output.suffix == ".jsonl"


def is_url(page: str) -> bool:
    """Whether a page is named by its URL; a file is hardly called so."""
    return page.lower().startswith(("http://", "https://"))


def parse_headers(lines: Sequence[str]) -> dict[str, str]:
    """Headers by name; which ones may be sent is not decided here.

    Raises:
        InvalidInput: a line has no colon.
    """
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise InvalidInput(
                f"{line[:100]!a} is no header.", hint="Write it as 'Accept-Language: de'."
            )
        headers[name.strip()] = value.strip()
    return headers


async def extract_url(extractor: Extractor, order: Order) -> int:
    """The page at a URL, to standard output or to a file; returns the exit code.

    Raises:
        InvalidInput: `--url` is there too.
    """
    if order.url:
        raise InvalidInput("--url is for HTML in hand; the page has its own URL.")
    extraction = await extractor.from_url(order.page, request=order.request, headers=order.headers)
    return write_out(extraction, order)


async def extract_page(extractor: Extractor, order: Order, html: bytes) -> int:
    """One page, to standard output or to a file; returns the exit code."""
    extraction = await extractor.from_html(html, url=order.url, request=order.request)
    return write_out(extraction, order)


def write_out(extraction: Extraction, order: Order) -> int:
    """One extraction, to standard output or to a file; what is odd about it, to stderr."""
    for remark in remarks(extraction):
        sys.stderr.write(f"webis-mcp: {remark}\n")
    text = render(extraction, order) + "\n"
    if order.output is None:
        sys.stdout.write(text)
        sys.stdout.flush()  # here, where a reader that has gone is noticed
    else:
        write_whole(order.output, text)
    return 0


def read_source(page: str) -> bytes:
    """The bytes of a file, or of standard input.

    Raises:
        InvalidInput: there is no such file, or it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if page == "-" else Path(page).read_bytes()
    except OSError as error:
        raise InvalidInput(f"{page} cannot be read: {error.strerror}.") from error


def render(extraction: Extraction, order: Order) -> str:
    """What is written of a page."""
    if order.as_json:
        return answer_of(extraction, order).to_json()
    return extraction.content.rstrip("\n")


def answer_of(extraction: Extraction, order: Order) -> WireExtraction:
    """What is written of a page as JSON."""
    return wire_extraction(extraction, format=order.request.format, with_content=order.content)


def read_schema(path: str) -> dict[str, Any]:
    """The JSON Schema in a file.

    Raises:
        InvalidInput: there is none.
    """
    try:
        schema = json.loads(read_source(path))
    except ValueError as error:
        raise InvalidInput(f"{path} is not JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise InvalidInput(f"{path} holds no JSON Schema: it is not an object.")
    return schema


def remarks(extraction: Extraction) -> list[str]:
    """What its reader should know, one line each."""
    hint = HINTS.get(extraction.status)
    return [*([f"{extraction.status}: {hint}"] if hint else []), *extraction.warnings]


def write_whole(target: Path, text: str) -> None:
    """Writes a file wholly or not at all, so that what is there is finished.

    Raises:
        InvalidInput: it cannot be written.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error


def unwritable(target: Path, error: OSError) -> InvalidInput:
    """What to raise for an output that the system refuses."""
    return InvalidInput(
        f"{target} cannot be written: {error.strerror}.", hint="Name another place."
    )
