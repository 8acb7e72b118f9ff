"""What a fetch may cost, and how it fails: too long, too slow, packed too well, broken off."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest
from anyio.abc import ByteStream

from tests.support.site import (
    PAGE,
    PAGE_LIMIT,
    PATIENCE,
    Request,
    Site,
    answer,
    fetching,
    open_site,
    unused_port,
)
from webis_mcp.errors import FetchFailed, PageTooLarge, SiteUnavailable

LONG = b"<p>" + b"High water at Port Elsin. " * 1000


def packed(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=2))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


async def test_a_page_over_the_limit_is_cut_with_a_warning(site: Site) -> None:
    site.page("/", LONG, content_type="text/html")
    async with fetching(site) as fetcher:
        page = await fetcher.fetch(site.url("/"))
    assert page.body == LONG[:PAGE_LIMIT]
    assert page.truncated
    assert page.warnings == ("The page is too long: only its first 20,000 bytes are here.",)


async def test_a_page_of_exactly_the_limit_is_whole(site: Site) -> None:
    site.page("/", LONG[:PAGE_LIMIT], content_type="text/html")
    async with fetching(site) as fetcher:
        assert not (await fetcher.fetch(site.url("/"))).truncated


async def test_json_over_the_limit_is_refused(site: Site) -> None:
    site.page("/", b'[{"a": "' + b"a" * PAGE_LIMIT + b'"}]', content_type="application/json")
    async with fetching(site) as fetcher:
        with pytest.raises(PageTooLarge, match="JSON"):
            await fetcher.fetch(site.url("/"))


async def test_an_endless_page_is_refused(site: Site) -> None:
    site.endless("/", b"<p>High water" * 1000)
    async with fetching(site) as fetcher:
        with pytest.raises(PageTooLarge, match="40,000 bytes"):
            await fetcher.fetch(site.url("/"))


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", gzip.compress(b"a" * 10**7)),
        ("br", packed(b"a" * 10**7)),
        ("gzip, br", packed(gzip.compress(b"a" * 10**7))),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
async def test_a_bomb_is_refused(site: Site, coding: str, bomb: bytes, status: int) -> None:
    site.page("/", bomb, status=status, content_encoding=coding)
    async with fetching(site) as fetcher:
        with pytest.raises(PageTooLarge, match="unpacks"):
            await fetcher.fetch(site.url("/"))


async def test_a_good_page_comes_while_a_bomb_is_unpacked(site: Site) -> None:
    site.page("/bomb", packed(b"a" * 3 * 10**7), content_encoding="br")
    site.page("/good")
    finished: list[str] = []

    async def fetch(path: str) -> None:
        with suppress(PageTooLarge):
            await fetcher.fetch(site.url(path, host=path[1:] + ".example"))
        finished.append(path)

    limits = {"max_page_bytes": 10_000_000, "ignore_robots": True}
    async with fetching(site, **limits) as fetcher, anyio.create_task_group() as tasks:
        tasks.start_soon(fetch, "/bomb")
        tasks.start_soon(fetch, "/good")
    assert finished == ["/good", "/bomb"]


async def test_several_gzip_members_are_one_page(site: Site) -> None:
    site.page("/", gzip.compress(PAGE) + gzip.compress(b"<p>Low water"), content_encoding="gzip")
    async with fetching(site) as fetcher:
        assert (await fetcher.fetch(site.url("/"))).body == PAGE + b"<p>Low water"


async def test_endless_headers_fail(site: Site) -> None:
    site.endless("/", b"x: " + b"a" * 1000 + b"\r\n", head=b"HTTP/1.1 200 OK\r\n")
    async with fetching(site, max_page_bytes=1_000_000) as fetcher:
        with pytest.raises(FetchFailed, match="proper HTTP"):
            await fetcher.fetch(site.url("/"))


async def test_a_site_that_falls_silent_is_left(site: Site) -> None:
    site.silent("/", b"HTTP/1.1 200 OK\r\n\r\n<p>")
    async with fetching(site, stall_timeout_seconds=0.05) as fetcher:
        with pytest.raises(SiteUnavailable, match=r"did not answer for 0\.05 s"):
            await fetcher.fetch(site.url("/"))
    await site.hung_up.wait()


async def test_a_site_that_drips_is_left_in_the_end(site: Site) -> None:
    async def drip(stream: ByteStream, request: Request) -> None:
        await stream.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await stream.send(b"a")
            await anyio.sleep(0.01)

    site.plays["/"] = drip
    async with fetching(site, fetch_timeout_seconds=0.3) as fetcher:
        with pytest.raises(SiteUnavailable, match=r"within 0\.3 s"):
            await fetcher.fetch(site.url("/"))


async def test_who_gives_up_closes_the_connection(site: Site) -> None:
    site.silent("/", b"HTTP/1.1 200 OK\r\n\r\n<p>High water")
    async with fetching(site) as fetcher:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fetcher.fetch, site.url("/"))
            with anyio.fail_after(PATIENCE):
                while not site.paths():
                    await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        await site.hung_up.wait()
        site.page("/next")
        assert (await fetcher.fetch(site.url("/next"))).body == PAGE


async def test_a_broken_connection_is_tried_once_more(site: Site) -> None:
    times = 0

    async def break_off_once(stream: ByteStream, request: Request) -> None:
        nonlocal times
        times += 1
        if times > 1:
            await stream.send(answer())
        await stream.aclose()

    site.plays["/"] = break_off_once
    async with fetching(site) as fetcher:
        assert (await fetcher.fetch(site.url("/"))).body == PAGE
    assert times == 2


async def test_a_connection_that_breaks_twice_fails(site: Site) -> None:
    site.raw("/")
    async with fetching(site) as fetcher:
        with pytest.raises(SiteUnavailable, match="failed, twice") as failure:
            await fetcher.fetch(site.url("/"))
    assert failure.value.retryable
    assert site.paths() == ["/", "/"]


async def test_a_port_where_nobody_listens_fails() -> None:
    closed = Site(port=unused_port())
    async with fetching(closed) as fetcher:
        with pytest.raises(SiteUnavailable, match="failed, twice") as failure:
            await fetcher.fetch(closed.url("/", host="tides.example"))
    assert "127.0.0.1" not in str(failure.value)


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"NOT HTTP\r\n\r\n",
        b"<html>HTTP 0.9",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n",
    ],
)
async def test_a_site_that_speaks_no_proper_http_fails_without_its_words(
    site: Site, said: bytes
) -> None:
    site.raw("/", said)
    async with fetching(site) as fetcher:
        with pytest.raises(FetchFailed) as failure:
            await fetcher.fetch(site.url("/"))
    assert "OpenSSH" not in str(failure.value)
    assert site.paths() == ["/"]
