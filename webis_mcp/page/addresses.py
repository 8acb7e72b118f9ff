"""Addresses that a page names, and where the value of a refresh leads.

The server reads a site's headers with it, so it imports no parser.
"""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin, urlsplit

MOST_SECONDS = 10
"""Longest refresh that leads on; a slower one is a page that keeps itself fresh."""

_REFRESH = re.compile(
    r"\s*(?P<seconds>\d{1,9})?(?:\.[\d.]{0,20})?[\s;,]{1,20}+(?:url\s{0,20}=\s{0,20})?+"
    r"(?:\"(?P<double>[^\"]*)|'(?P<single>[^']*)|(?P<bare>[^\"'].*))",
    re.IGNORECASE | re.DOTALL,
)


def resolved(address: str, base: str) -> str | None:
    """An http(s) address made whole, or nothing."""
    try:
        whole = urljoin(base, address.strip())
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if address and parts.scheme in ("http", "https") and parts.netloc else None


def is_same_page(one: str, other: str) -> bool:
    """Whether two addresses differ in their fragments at most."""
    return urldefrag(one)[0] == urldefrag(other)[0]


def refresh_target(value: str, *, base: str, url: str) -> str | None:
    """Where a refresh leads, by the value of the element or the header that asks for it."""
    found = _REFRESH.match(value[:8_192])
    if found is None or int(found["seconds"] or 0) > MOST_SECONDS:
        return None
    target = found["double"] or found["single"] or found["bare"] or ""
    whole = resolved(target.strip(), base)
    return None if whole is None or is_same_page(whole, url) else whole
