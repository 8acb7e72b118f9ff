"""What to say of an answer that may not be the page asked for. Decides, asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from webis_mcp.page.model import Extraction, Status
from webis_mcp.service.fetching.fetched import Fetched, why_no_page

STATUS_OF = {401: Status.LOGIN, 403: Status.BLOCKED, 429: Status.BLOCKED, 451: Status.BLOCKED}
"""What an answer means where the page does not say more of it."""


def account_for(extraction: Extraction, fetched: Fetched) -> Extraction:
    """The extraction with what its fetch tells of it: the site's answer, and warnings."""
    status = extraction.status
    if status in (Status.CONTENT, Status.EMPTY, Status.NEEDS_READER):
        status = STATUS_OF.get(fetched.status, status)
    return replace(
        extraction,
        status=status,
        http_status=fetched.status,
        warnings=(*_doubts(extraction, fetched), *fetched.warnings, *extraction.warnings),
    )


def _doubts(extraction: Extraction, fetched: Fetched) -> Iterator[str]:
    """Why this may not be the page."""
    if fetched.status >= 400:
        failure = why_no_page(urlsplit(fetched.url).hostname or "The site", fetched.status)
        yield f"{failure.message} What the site says instead is given here."
    elif _is_sent_home(fetched):
        yield "The site led to its front page: the page asked for may be gone."


def _is_sent_home(fetched: Fetched) -> bool:
    """Whether redirects led from a page deep in a site to the front page of one."""
    if not fetched.redirects:
        return False
    start, end = urlsplit(fetched.redirects[0]), urlsplit(fetched.url)
    return len(start.path) > 1 and end.path in ("", "/") and not end.query
