"""Fetching: what comes back, what is sent, where a redirect may lead, what an error page gives."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.site import PAGE, Site, fetching, open_site
from webis_mcp import __version__
from webis_mcp.errors import FetchFailed, InvalidInput, NotAPage, SiteUnavailable, UrlRefused

LONG = b"<p>" + b"High water at Port Elsin. " * 500


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


async def test_a_page_comes_as_it_is_with_what_is_known_of_it(site: Site) -> None:
    site.page("/tides", content_type="text/html; charset=UTF-8", content_language="en", server="x")
    async with fetching(site) as fetcher:
        page = await fetcher.fetch(site.url("/tides#today", host="tides.example"))
    assert page.url == site.url("/tides", host="tides.example")
    assert (page.status, page.kind, page.content_type) == (200, "html", "text/html")
    assert (page.charset, page.body, page.truncated) == ("utf-8", PAGE, False)
    assert page.headers == {"content-language": "en"}
    assert (page.redirects, page.warnings, page.from_cache) == ((), (), False)


async def test_we_ask_honestly(site: Site) -> None:
    site.page("/")
    async with fetching(site, user_agent_contact="https://tides.example/us") as fetcher:
        await fetcher.fetch(site.url("/", host="tides.example"), headers={"accept-language": "de"})
    asked = site.asked[-1].headers
    assert asked["user-agent"] == f"webis-mcp/{__version__} (+https://tides.example/us)"
    assert asked["host"] == f"tides.example:{site.port}"
    assert asked["accept-language"] == "de"
    assert asked["accept-encoding"] == "gzip, deflate, br, zstd"


async def test_the_default_limits_refuse_this_machine(site: Site) -> None:
    async with fetching(site, allow_private_addresses=False) as fetcher:
        for host in ("127.0.0.1", "localhost", "tides.example"):
            with pytest.raises(UrlRefused):
                await fetcher.fetch(site.url("/", host=host))
    assert site.connections == 0


async def test_progress_is_told_in_words(site: Site) -> None:
    site.page("/", LONG, content_type="text/html")
    told: list[str] = []

    async def tell(words: str) -> None:
        told.append(words)

    async with fetching(site, ignore_robots=True) as fetcher:
        await fetcher.fetch(site.url("/"), on_progress=tell)
    assert told[:2] == ["Resolving 127.0.0.1.", "Asking 127.0.0.1."]
    assert told[-1].startswith("Fetched ")


@pytest.mark.parametrize(
    ("content_type", "path", "kind"),
    [
        ("text/markdown", "/", "markdown"),
        ("text/plain", "/", "text"),
        ("text/plain", "/a.md", "markdown"),
    ],
)
async def test_markdown_and_text_are_passed_on(
    site: Site, content_type: str, path: str, kind: str
) -> None:
    site.page(path, b"# Tides", content_type=content_type)
    async with fetching(site) as fetcher:
        assert (await fetcher.fetch(site.url(path))).kind == kind


async def test_a_pdf_is_refused_before_it_is_read_whole(site: Site) -> None:
    site.endless(
        "/", b"%PDF-1.7\n" * 1000, head=b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n"
    )
    async with fetching(site) as fetcher:
        with pytest.raises(NotAPage, match="PDF"):
            await fetcher.fetch(site.url("/"))


async def test_redirects_are_followed_and_told(site: Site) -> None:
    site.page("/a", b"", status=301, location="/b")
    site.page("/b", b"moved", status=307, location=site.url("/c", host="other.example"))
    site.page("/c")
    async with fetching(site) as fetcher:
        page = await fetcher.fetch(site.url("/a"))
    assert page.url == site.url("/c", host="other.example")
    assert page.redirects == (site.url("/a"), site.url("/b"))


async def test_too_many_redirects_fail(site: Site) -> None:
    site.page("/", b"", status=302, location="/")
    async with fetching(site, max_redirects=3) as fetcher:
        with pytest.raises(FetchFailed, match="more than 3 times"):
            await fetcher.fetch(site.url("/"))
    assert len(site.paths()) == 4


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "http://127.0.0.1:1/", "file:///etc/hosts", "//[::1"]
)
async def test_a_redirect_to_a_forbidden_place_is_refused(site: Site, location: str) -> None:
    site.page("/", b"", status=302, location=location)
    async with fetching(site) as fetcher:
        with pytest.raises(UrlRefused, match=r"127\.0\.0\.1 redirects"):
            await fetcher.fetch(site.url("/"))


async def test_a_redirect_to_two_places_is_refused(site: Site) -> None:
    head = b"HTTP/1.1 302 X\r\nlocation: /a\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n"
    site.raw("/", head)
    async with fetching(site) as fetcher:
        with pytest.raises(UrlRefused, match="several places"):
            await fetcher.fetch(site.url("/"))


async def test_the_body_of_a_redirect_is_not_read(site: Site) -> None:
    site.endless("/", b"a" * 9000, head=b"HTTP/1.1 302 X\r\nlocation: /b\r\n\r\n")
    site.page("/b")
    async with fetching(site) as fetcher:
        assert (await fetcher.fetch(site.url("/"))).body == PAGE


async def test_a_callers_headers_stay_with_the_site_they_were_for(site: Site) -> None:
    site.page("/a", b"", status=302, location="/b")
    site.page("/b", b"", status=302, location=site.url("/c", host="other.example"))
    site.page("/c")
    async with fetching(site, allow_cookies=True, ignore_robots=True) as fetcher:
        await fetcher.fetch(site.url("/a"), headers={"Cookie": "a=b", "Accept-Language": "de"})
    sent = [
        ("cookie" in request.headers, "accept-language" in request.headers)
        for request in site.asked
    ]
    assert sent == [(True, True), (True, True), (False, False)]


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"Cookie": "a=b"}, "'Cookie'"),
        ({"Authorization": "Basic x"}, "'Authorization'"),
        ({"X\r\nY": "z"}, r"'X\\r\\nY'"),
        ({"Accept-Language": "de\r\nCookie: a"}, "Accept-Language"),
        ({"Accept-Language": "é"}, "Accept-Language"),
        ({"Accept-Language": "d" * 5000}, "Accept-Language"),
    ],
)
async def test_only_harmless_headers_are_sent(
    site: Site, headers: dict[str, str], seen: str
) -> None:
    async with fetching(site) as fetcher:
        with pytest.raises(InvalidInput, match=seen):
            await fetcher.fetch(site.url("/"), headers=headers)
    assert site.asked == []


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
async def test_the_words_of_an_error_page_are_passed_on(site: Site, status: int) -> None:
    site.page("/", b"<h1>The tide table has moved</h1>", status=status, content_type="text/html")
    async with fetching(site) as fetcher:
        page = await fetcher.fetch(site.url("/"))
    assert (page.status, page.kind) == (status, "html")


@pytest.mark.parametrize(
    ("status", "body", "words", "error"),
    [
        (200, b" \n", "empty page", FetchFailed),
        (204, b"", "answers 204", FetchFailed),
        (304, b"", "answers 304", FetchFailed),
        (403, b"", "does not give us", FetchFailed),
        (404, b"", "no page at this URL", FetchFailed),
        (404, b"\x89PNG\r\n\x1a\n\0\0", "no page at this URL", FetchFailed),
        (429, b"", "cannot answer now", SiteUnavailable),
        (502, b"", "cannot answer now", SiteUnavailable),
        (418, b"", "answers 418", FetchFailed),
    ],
)
async def test_an_error_without_words_is_put_into_ours(
    site: Site, status: int, body: bytes, words: str, error: type[FetchFailed]
) -> None:
    site.page("/", body, status=status)
    async with fetching(site) as fetcher:
        with pytest.raises(error, match=words):
            await fetcher.fetch(site.url("/"))
