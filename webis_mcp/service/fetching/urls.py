"""Which URLs we ask for: rules about their text alone. Nothing is resolved here.

A guard falls where two parsers read one URL differently. So the text is first held to a shape in
which there is nothing to read differently, then parsed once; what is sent and connected to comes
from that one parse.
"""

from __future__ import annotations

import re
import unicodedata

import httpx2

from webis_mcp.errors import UrlRefused
from webis_mcp.service.fetching.addresses import Address, literal, reach
from webis_mcp.settings import FetchLimits

MAX_URL_CHARS = 8192
SHOWN_CHARS = 100
HINT = "Give the page's public address, in the form https://host/path."

SHAPE = re.compile(r"https?://(?P<authority>[^/?#]+)([/?#].*)?", re.IGNORECASE | re.DOTALL)
AUTHORITY = re.compile(
    r"(\[[0-9a-f:.]+\]|[^\[\]:@%\u3002\uff0e\uff61]+)(:[0-9]{0,5})?", re.IGNORECASE | re.ASCII
)
"""The three strange ones are full stops too: with them, an address can hide in other letters."""
LABEL = re.compile(r"[a-z0-9_-]{1,63}")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

LOCAL_NAMES = frozenset(
    {"localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan"}
    | {"home.arpa", "svc", "alt", "invalid", "onion", "i2p"}
)
"""Names that mean something else on each network (RFC 6761, 6762, 8375, 9476), or nothing there."""

ODD_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Controls, spaces, and what cannot be seen: parsers disagree about dropping them."""


def parse_url(text: str, limits: FetchLimits) -> httpx2.URL:
    """The URL in the one form that is asked for: ASCII, without fragment or trailing dot.

    Raises:
        UrlRefused: it is malformed, carries credentials, or is not a place on the public web.
    """
    refuse_odd_text(text)
    shape = SHAPE.fullmatch(text)
    if shape is None:
        raise _refused(text, "is not an http or https URL")
    _refuse_authority(text, shape["authority"])
    try:
        url = httpx2.URL(text)
        url = url.copy_with(host=url.raw_host.decode("ascii").removesuffix("."), fragment=None)
    except (httpx2.InvalidURL, ValueError) as error:
        raise _refused(text, "has no valid host") from error
    _refuse_place(text, url, limits)
    return url


def join_url(base: httpx2.URL, location: str, limits: FetchLimits) -> httpx2.URL:
    """Where a redirect from `base` leads; sites leave spaces unescaped there.

    Raises:
        UrlRefused: as for a URL that a caller names.
    """
    location = location.strip(" \t").replace(" ", "%20")
    refuse_odd_text(location)
    try:
        joined = base.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise _refused(location, "has no valid host") from error
    return parse_url(str(joined), limits)


def host_of(url: httpx2.URL) -> str:
    """The host that is asked and connected to: never `url.host`, which is decoded for people."""
    return url.raw_host.decode("ascii")


def port_of(url: httpx2.URL) -> int:
    """The port, named or not."""
    return {"http": 80, "https": 443}[url.scheme] if url.port is None else url.port


def origin_of(url: httpx2.URL) -> str:
    """Scheme, host and port: the bounds of what one site may be told."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def refuse_odd_text(text: str) -> None:
    """Refuse a URL that is too long, or holds what parsers read differently."""
    if len(text) > MAX_URL_CHARS:
        raise UrlRefused(
            f"The URL has {len(text)} characters; the limit is {MAX_URL_CHARS}.", hint=HINT
        )
    if "\\" in text:
        raise _refused(text, "holds a backslash")
    if any(unicodedata.category(char) in ODD_CATEGORIES for char in text):
        raise _refused(text, "holds a space, a control or an invisible character")


def _refuse_authority(text: str, authority: str) -> None:
    if "@" in authority:
        raise UrlRefused(
            "The URL carries a user name or a password.", hint="Leave out what stands before the @."
        )
    if AUTHORITY.fullmatch(authority) is None:
        raise _refused(text, "has no valid host and port")


def _refuse_place(text: str, url: httpx2.URL, limits: FetchLimits) -> None:
    host = host_of(url)
    address = literal(host)
    if address is not None:
        _refuse_address(text, address, limits)
    else:
        _refuse_name(text, host, limits)
    port = port_of(url)
    if port not in limits.allowed_ports:
        known = ", ".join(map(str, sorted(limits.allowed_ports)))
        raise UrlRefused(
            f"Port {port} is not one we ask.",
            hint=f"Pages come from ports {known}; WEBIS_ALLOWED_PORTS can change that.",
        )


def _refuse_address(text: str, address: Address, limits: FetchLimits) -> None:
    found = reach(address)
    if found == "never" or (found == "private" and not limits.allow_private_addresses):
        raise _refused(text, "names an address that is not on the public web")


def _refuse_name(text: str, host: str, limits: FetchLimits) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(map(LABEL.fullmatch, labels)) or NUMBER.fullmatch(labels[-1]):
        raise _refused(text, "has no valid host")
    if limits.allow_private_addresses:
        return
    if len(labels) == 1 or labels[-1] in LOCAL_NAMES or ".".join(labels[-2:]) in LOCAL_NAMES:
        raise _refused(text, "names a place on a local network")


def _refused(text: str, why: str) -> UrlRefused:
    shown = text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"
    return UrlRefused(f"{shown!a} {why}.", hint=HINT)
