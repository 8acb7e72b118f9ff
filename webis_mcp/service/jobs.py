"""What readers are asked to do. Known on both sides of the pipe, so it imports little."""

from __future__ import annotations

from webis_mcp.page.model import Extraction
from webis_mcp.service.request import Request


def extract_html(html: str | bytes, url: str | None, request: Request) -> Extraction:
    """The whole job on one page."""
    from webis_mcp.service.pipeline import extract_page  # the reader's imports, not the server's

    return extract_page(html, url=url, request=request)
