"""What a fuzzer feeds with bytes: which URLs are asked, which charset is chosen, what a body is.

    python tests/fuzz/targets.py urls|charsets|kinds [libFuzzer options]

Each target holds a promise; breaking it, or raising what is no refusal, is a find. Needs atheris.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["webis_mcp"]):
    from webis_mcp.errors import NotAPage, UrlRefused
    from webis_mcp.page.reading.decoding import decode
    from webis_mcp.service.fetching.addresses import literal, reach
    from webis_mcp.service.fetching.content import charset_of, kind_of
    from webis_mcp.service.fetching.urls import host_of, join_url, parse_url
    from webis_mcp.settings import FetchLimits

LIMITS = FetchLimits()
BASE = parse_url("https://a.example/b/c?d", LIMITS)


def urls(data: bytes) -> None:
    """A URL is refused, or is of the public web by its text and stays the same when read again."""
    text = data.decode("utf-8", "surrogateescape")
    for location in (text, f"//{text}", f"http://{text}"):
        try:
            url = join_url(BASE, location, LIMITS)
        except UrlRefused:
            continue
        address = literal(host_of(url))
        assert address is None or reach(address) == "public", url
        assert url.scheme in ("http", "https"), url
        assert parse_url(str(url), LIMITS) == url, url


def charsets(data: bytes) -> None:
    """Any bytes under any label become text that can be encoded."""
    provider = atheris.FuzzedDataProvider(data)
    label = charset_of(provider.ConsumeUnicodeNoSurrogates(60))
    body = provider.ConsumeBytes(sys.maxsize)
    decode(body, charset=label).text.encode()


def kinds(data: bytes) -> None:
    """A body is read as something or refused, and what follows its start changes nothing."""
    provider = atheris.FuzzedDataProvider(data)
    header = provider.ConsumeUnicodeNoSurrogates(60)
    body = provider.ConsumeBytes(sys.maxsize)
    assert _kind(body, header) == _kind(body[:1024], header), (body, header)


def _kind(body: bytes, header: str) -> str | None:
    try:
        return kind_of(body, header, "/page")
    except NotAPage:
        return None


TARGETS: dict[str, Callable[[bytes], None]] = {"urls": urls, "charsets": charsets, "kinds": kinds}

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
