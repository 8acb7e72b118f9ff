"""How a fetch behaves: robots.txt, pauses, turns, and not asking twice."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from anyio.abc import ByteStream

from tests.support.site import PAGE, PATIENCE, Request, Site, answer, fetching, open_site
from webis_mcp.errors import SiteUnavailable, UrlRefused


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


async def test_what_robots_txt_closes_is_refused_unless_the_operator_says_otherwise(
    site: Site,
) -> None:
    site.page("/robots.txt", b"User-agent: *\nDisallow: /closed")
    site.page("/closed/a")
    site.page("/open")
    async with fetching(site) as fetcher:
        await fetcher.fetch(site.url("/open"))
        with pytest.raises(UrlRefused, match=r"robots\.txt .*WEBIS_IGNORE_ROBOTS"):
            await fetcher.fetch(site.url("/closed/a"))
    assert [request.path for request in site.asked] == ["/robots.txt", "/open"]
    async with fetching(site, ignore_robots=True) as fetcher:
        await fetcher.fetch(site.url("/closed/a"))


async def test_robots_txt_is_heeded_where_a_redirect_leads(site: Site) -> None:
    site.page("/robots.txt", b"User-agent: *\nDisallow: /closed")
    site.page("/open", b"", status=302, location="/closed")
    async with fetching(site) as fetcher:
        with pytest.raises(UrlRefused, match="robots"):
            await fetcher.fetch(site.url("/open"))


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429])
async def test_a_robots_txt_that_is_not_there_closes_nothing(site: Site, status: int) -> None:
    site.page("/robots.txt", b"", status=status)
    site.page("/")
    async with fetching(site) as fetcher:
        assert (await fetcher.fetch(site.url("/"))).body == PAGE


async def test_a_robots_txt_that_leads_nowhere_closes_nothing(site: Site) -> None:
    site.page("/")
    async with fetching(site) as fetcher:
        for location in ("http://169.254.169.254/", "/robots.txt"):
            site.page("/robots.txt", b"", status=302, location=location)
            assert (await fetcher.fetch(site.url("/"))).body == PAGE


async def test_a_site_whose_robots_txt_cannot_be_read_just_now_is_left_alone(site: Site) -> None:
    site.page("/")
    async with fetching(site, stall_timeout_seconds=0.05) as fetcher:
        site.page("/robots.txt", b"", status=503)
        with pytest.raises(SiteUnavailable, match=r"robots.txt answers 503.*WEBIS_IGNORE_ROBOTS"):
            await fetcher.fetch(site.url("/"))
        site.silent("/robots.txt")
        with pytest.raises(SiteUnavailable, match=r"robots.txt cannot be read"):
            await fetcher.fetch(site.url("/"))
        site.page("/robots.txt", b"")
        await fetcher.fetch(site.url("/"))
    assert site.paths() == ["/"]


async def test_a_huge_robots_txt_is_read_as_far_as_the_standard_asks(site: Site) -> None:
    rules = b"User-agent: *\nDisallow: /a\n" + b"# water\n" * 70_000 + b"Disallow: /b"
    site.page("/robots.txt", rules)
    site.page("/b")
    async with fetching(site, max_page_bytes=1_000_000) as fetcher:
        await fetcher.fetch(site.url("/b"))
        with pytest.raises(UrlRefused):
            await fetcher.fetch(site.url("/a"))


async def test_a_short_pause_is_waited_for_once(site: Site) -> None:
    site.page("/", b"<p>Busy", status=503, retry_after="0")
    async with fetching(site) as fetcher:
        page = await fetcher.fetch(site.url("/"))
    assert page.status == 503
    assert site.paths() == ["/", "/"]


async def test_a_long_pause_is_told_and_kept(site: Site) -> None:
    site.page("/", b"<p>Busy", status=429, retry_after="3000")
    site.page("/other")
    async with fetching(site) as fetcher:
        page = await fetcher.fetch(site.url("/"))
        assert page.warnings == ("The site asks to be left alone for 3000 s.",)
        with pytest.raises(SiteUnavailable, match=r"left alone for another \d+ s"):
            await fetcher.fetch(site.url("/other"))
    assert site.paths() == ["/"]


async def test_two_requests_at_once_are_enough_for_a_host(site: Site) -> None:
    gate = anyio.Event()

    async def wait(stream: ByteStream, request: Request) -> None:
        await gate.wait()
        await stream.send(answer())

    async with fetching(site, ignore_robots=True) as fetcher, anyio.create_task_group() as tasks:
        for number in range(5):
            site.plays[f"/{number}"] = wait
            tasks.start_soon(fetcher.fetch, site.url(f"/{number}"))
        with anyio.fail_after(PATIENCE):
            while len(site.asked) < 2:
                await anyio.wait_all_tasks_blocked()
        await anyio.wait_all_tasks_blocked()
        assert len(site.asked) == 2
        gate.set()
    assert len(site.asked) == 5


async def test_a_page_is_fetched_once_and_handed_out_again(site: Site) -> None:
    site.page("/")
    async with fetching(site) as fetcher:
        first = await fetcher.fetch(site.url("/"))
        second = await fetcher.fetch(site.url("/#part"))
    assert (first.from_cache, second.from_cache) == (False, True)
    assert second.body == first.body
    assert site.paths() == ["/"]


async def test_an_old_page_is_asked_about_before_it_is_handed_out(site: Site) -> None:
    site.page("/", etag='"1"', last_modified="Sat, 07 Nov 2026 10:00:00 GMT")
    async with fetching(site, cache_seconds=0) as fetcher:
        await fetcher.fetch(site.url("/"))
        site.page("/", b"", status=304)
        again = await fetcher.fetch(site.url("/"))
        assert (again.status, again.body, again.from_cache) == (200, PAGE, True)
        assert site.asked[-1].headers["if-none-match"] == '"1"'
        assert site.asked[-1].headers["if-modified-since"] == "Sat, 07 Nov 2026 10:00:00 GMT"
        site.page("/", b"<p>Low water")
        new = await fetcher.fetch(site.url("/"))
        assert (new.body, new.from_cache) == (b"<p>Low water", False)


async def test_a_strange_validator_is_not_sent_back(site: Site) -> None:
    site.page("/", etag='"\t\xe9"')
    async with fetching(site, cache_seconds=0) as fetcher:
        for _ in range(2):
            assert (await fetcher.fetch(site.url("/"))).body == PAGE
    assert "if-none-match" not in site.asked[-1].headers


async def test_pages_in_another_language_with_a_cookie_or_an_error_are_fetched_anew(
    site: Site,
) -> None:
    site.page("/")
    site.page("/gone", b"<p>Gone", status=404)
    async with fetching(site, allow_cookies=True, ignore_robots=True) as fetcher:
        for headers in ({}, {"Accept-Language": "de"}, {"Cookie": "a=b"}, {"Cookie": "a=b"}):
            assert not (await fetcher.fetch(site.url("/"), headers=headers)).from_cache
        for _ in range(2):
            assert not (await fetcher.fetch(site.url("/gone"))).from_cache
