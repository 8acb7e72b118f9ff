"""A file of URLs, several at once; each extraction is named after its URL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from webis_mcp.errors import InvalidInput
from webis_mcp.page.model import Extraction
from webis_mcp.server.shell.folder import extract_all
from webis_mcp.server.shell.page import Order, read_source
from webis_mcp.server.shell.shelf import Label, open_shelf
from webis_mcp.service.extraction import Extractor

MOST_WAITING = 40
"""URLs on their way at once, whatever may be fetched at once: those fetched wait for a reader, and
the readers refuse more than some dozens."""

NAME_CHARS = 80
"""Of a URL's path in a file's name; with a host and a hash it fits every file system."""

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_SPACE = re.compile(r"\s")


def read_links(source: str) -> dict[Path, str]:
    """The URLs in a file, one a line, by the names that their pages get; `#` begins a remark.

    Raises:
        InvalidInput: there is none, or a line holds something else.
    """
    lines = [
        line.strip() for line in read_source(source).decode("utf-8-sig", "replace").split("\n")
    ]
    urls = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    for url in urls:
        if _SPACE.search(url):
            raise InvalidInput(f"{url[:100]!a} is no URL.", hint="Write one URL a line.")
    if not urls:
        raise InvalidInput(f"There is no URL in {source}.", hint="Write one URL a line.")
    return {name_of(url): url for url in urls}


def name_of(url: str) -> Path:
    """The name of a page: its host, its path and, as others may share them, a mark of its URL."""
    try:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    except ValueError:
        host, path = "", ""
    words = _ODD.sub("-", path).strip("-.")[:NAME_CHARS]
    mark = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:8]
    stem = "-".join(filter(None, [words, mark]))
    return Path(_ODD.sub("-", host)[:NAME_CHARS].strip("-.") or "page") / f"{stem}.html"


async def extract_links(
    extractor: Extractor, order: Order, links: Mapping[Path, str], *, at_once: int
) -> int:
    """The pages of all links; returns the exit code, which tells whether some failed.

    Raises:
        InvalidInput: there is nowhere to write to.
    """
    if order.url:
        raise InvalidInput("--url names one page, not a list.", hint="Leave it out.")

    async def read(page: Path) -> Extraction:
        return await extractor.from_url(links[page], request=order.request, headers=order.headers)

    pages, called = list(links), links.__getitem__
    at_once = min(at_once, MOST_WAITING)
    with open_shelf(order, pages, Label("asked", called)) as shelf:
        return await extract_all(pages, read, shelf, at_once=at_once, called=called)
