"""URLs to extractions: a real site on loopback, real readers, and what is said of both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from tests.support.site import PATIENCE, Site, limits_for, open_site, unused_port
from webis_mcp.errors import FetchFailed, InvalidInput, NotAPage, SiteUnavailable, UrlRefused
from webis_mcp.page.model import Alternative, Extraction, Status
from webis_mcp.service.extraction import Extractor, open_extractor
from webis_mcp.service.request import Request
from webis_mcp.settings import ReadingLimits, Settings

STORY = (
    "The ferry sailed again on Monday, and the harbour filled with people who had come to see it."
)
HTML = "text/html; charset=utf-8"


def article(*more: str, head: str = "") -> bytes:
    words = "".join(f"<p>{STORY} It was trip {number}.</p>" for number in range(6))
    return f"<title>Ferry</title>{head}<main><h1>Ferry</h1>{words}{''.join(more)}</main>".encode()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


@pytest.fixture
async def extractor(site: Site) -> AsyncIterator[Extractor]:
    limits = limits_for(site, max_page_bytes=50_000, stall_timeout_seconds=60)
    reading = ReadingLimits.model_validate({"workers": 1, "max_page_bytes": 50_000})
    async with open_extractor(Settings(fetch=limits, reading=reading)) as opened:
        yield opened


async def warned(extractor: Extractor, url: str) -> tuple[Extraction, str]:
    extraction = await extractor.from_url(url)
    return extraction, " ".join(extraction.warnings)


# A page that is there


async def test_a_page_becomes_its_content(site: Site, extractor: Extractor) -> None:
    site.page("/old", b"", status=301, location="/ferry")
    site.page("/ferry", article("<a href=next>Next</a>"), content_type=HTML)
    extraction = await extractor.from_url(site.url("/old"))
    assert STORY in extraction.content
    assert extraction.url == site.url("/ferry")
    assert (extraction.status, extraction.http_status) == (Status.CONTENT, 200)
    assert extraction.warnings == ()


async def test_the_charset_of_the_header_counts(site: Site, extractor: Extractor) -> None:
    words = "Паром снова вышел в море. " * 9
    body = f"<title>Паром</title><p>{words}</p>".encode("koi8-r")
    site.page("/ferry", body, content_type="text/html; charset=koi8-r")
    assert words.strip() in (await extractor.from_url(site.url("/ferry"))).content


async def test_links_are_resolved_against_the_final_url(site: Site, extractor: Extractor) -> None:
    site.page("/old", b"", status=302, location="/new/ferry")
    site.page("/new/ferry", article(f"<p>{STORY} <a href=tides>Tides</a></p>"))
    extraction = await extractor.from_url(site.url("/old"))
    assert f"[Tides]({site.url('/new/tides')})" in extraction.content


async def test_the_next_part_is_not_fetched_again(site: Site, extractor: Extractor) -> None:
    site.page("/ferry", article())
    first = await extractor.from_url(site.url("/ferry"))
    again = await extractor.from_url(site.url("/ferry"), request=Request(format="text"))
    assert site.paths() == ["/ferry"]
    assert STORY in first.content
    assert STORY in again.content


async def test_each_stage_is_told(site: Site, extractor: Extractor) -> None:
    told: list[str] = []

    async def tell(stage: str) -> None:
        told.append(stage)

    site.page("/ferry", article(f"<p>{STORY}</p>" * 9))
    await extractor.from_url(site.url("/ferry"), on_progress=tell)
    stages = [stage.split()[0] for stage in told]
    robots = ["Resolving", "Asking"]
    assert stages == [*robots, "Asking", "Fetched", "Reading", "Judging"]


async def test_a_page_that_is_cut_is_read_and_says_so(site: Site, extractor: Extractor) -> None:
    site.page("/long", article("<p>More words of the harbour.</p>" * 2_500))
    extraction, said = await warned(extractor, site.url("/long"))
    assert STORY in extraction.content
    assert "only its first 50,000 bytes" in said


# What is no HTML


async def test_markdown_is_passed_on_word_for_word(site: Site, extractor: Extractor) -> None:
    text = "# Ferry\n\n* one\n* <b>two</b>\n"
    site.page("/ferry.md", text.encode(), content_type="text/markdown")
    extraction, said = await warned(extractor, site.url("/ferry.md"))
    assert extraction.content == text.strip()
    assert (extraction.engine, extraction.path) == ("none", ("passed_on",))
    assert "This is Markdown" in said
    assert [block.text for block in extraction.blocks] == ["# Ferry", "* one\n* <b>two</b>"]


async def test_json_is_one_block(site: Site, extractor: Extractor) -> None:
    site.page("/data", b'{"ferry": "11:40"}\n\n', content_type="application/json")
    extraction, said = await warned(extractor, site.url("/data"))
    assert extraction.content == '{"ferry": "11:40"}'
    assert len(extraction.blocks) == 1
    assert "This is JSON" in said


async def test_plain_text_loses_what_nobody_sees(site: Site, extractor: Extractor) -> None:
    body = "Tides\u200b of\U000e0041 the bay\r\n\r\nHigh at four.".encode()
    site.page("/tides.txt", body, content_type="text/plain; charset=utf-8")
    extraction = await extractor.from_url(site.url("/tides.txt"))
    assert extraction.content == "Tides of the bay\n\nHigh at four."


async def test_an_image_is_refused_with_what_it_is(site: Site, extractor: Extractor) -> None:
    site.page("/map", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, content_type="text/html")
    with pytest.raises(NotAPage, match="a PNG image"):
        await extractor.from_url(site.url("/map"))


# A page that is not there


@pytest.mark.parametrize(
    ("status", "said", "standing"),
    [
        (404, "has no page at this URL (404)", Status.CONTENT),
        (410, "has no page at this URL (410)", Status.CONTENT),
        (401, "does not give us the page (401)", Status.LOGIN),
        (403, "does not give us the page (403)", Status.BLOCKED),
        (451, "does not give us the page (451)", Status.BLOCKED),
        (429, "cannot answer now (429)", Status.BLOCKED),
        (500, "cannot answer now (500)", Status.CONTENT),
    ],
)
async def test_an_error_page_gives_its_own_words_and_its_status(
    site: Site, extractor: Extractor, status: int, said: str, standing: Status
) -> None:
    body = b"<title>Oops</title><h1>Oops</h1><p>The timetable of 1901 was moved to the archive.</p>"
    site.page("/gone", body, status=status)
    extraction, warnings = await warned(extractor, site.url("/gone"))
    assert "moved to the archive" in extraction.content
    assert said in warnings
    assert (extraction.http_status, extraction.status) == (status, standing)


async def test_an_error_without_words_fails(site: Site, extractor: Extractor) -> None:
    with pytest.raises(FetchFailed, match="no page at this URL"):
        await extractor.from_url(site.url("/nothing"))


async def test_a_site_that_is_not_there_is_unavailable(site: Site, extractor: Extractor) -> None:
    limits = limits_for(site, allowed_ports={port := unused_port()})
    async with open_extractor(Settings(fetch=limits)) as other:
        with pytest.raises(SiteUnavailable):
            await other.from_url(f"http://127.0.0.1:{port}/")


async def test_a_url_that_is_not_ours_to_ask_is_refused(extractor: Extractor) -> None:
    with pytest.raises(UrlRefused):
        await extractor.from_url("file:///etc/passwd")


async def test_a_header_that_is_not_on_the_list_is_refused(
    site: Site, extractor: Extractor
) -> None:
    with pytest.raises(InvalidInput, match="Authorization"):
        await extractor.from_url(site.url("/"), headers={"Authorization": "secret"})


@pytest.mark.parametrize(
    ("page", "standing"),
    [
        ("<title>Log in</title><form>Password <input type=password></form>", Status.LOGIN),
        ("<title>Just a moment...</title><p>Checking your browser</p>", Status.BLOCKED),
        ("<div id=root></div><script src=app.js></script>", Status.JS_SHELL),
        (
            "<title>Before you continue</title><h1>Before you continue</h1><p>We use cookies and"
            " data to deliver our services and to measure them.</p>",
            Status.CONSENT,
        ),
    ],
)
async def test_what_stands_in_the_way_is_named(
    site: Site, extractor: Extractor, page: str, standing: Status
) -> None:
    site.page("/page", page.encode())
    assert (await extractor.from_url(site.url("/page"))).status is standing


async def test_a_soft_404_is_noted(site: Site, extractor: Extractor) -> None:
    site.page("/lost", b"<title>Ferry</title><h1>Page not found</h1><p>Try the harbour map.</p>")
    assert "what was asked for is not there" in (await warned(extractor, site.url("/lost")))[1]


async def test_a_redirect_to_the_front_page_is_noted(site: Site, extractor: Extractor) -> None:
    site.page("/1901/ferry", b"", status=302, location="/")
    site.page("/", article())
    assert "led to its front page" in (await warned(extractor, site.url("/1901/ferry")))[1]


# Where a page points


REFRESH = "<title>Moved</title><meta http-equiv=refresh content='0; url={}'><p>Moved.</p>"


async def test_a_meta_refresh_is_followed_once(site: Site, extractor: Extractor) -> None:
    site.page("/old", REFRESH.format("/older").encode())
    site.page("/older", REFRESH.format("/oldest").encode())
    extraction, said = await warned(extractor, site.url("/old"))
    assert site.paths() == ["/old", "/older"]
    assert extraction.url == site.url("/older")
    assert f"The page at {site.url('/old')} only led here, by a refresh." in said


async def test_a_refresh_in_the_header_is_followed_too(site: Site, extractor: Extractor) -> None:
    site.page("/old", b"<title>Moved</title><p>Moved.</p>", refresh="0; url=ferry")
    site.page("/ferry", article(), refresh="60")
    extraction, said = await warned(extractor, site.url("/old"))
    assert site.paths() == ["/old", "/ferry"]
    assert extraction.url == site.url("/ferry")
    assert "only led here, by a refresh" in said


async def test_a_meta_refresh_of_a_page_with_content_is_not_followed(
    site: Site, extractor: Extractor
) -> None:
    long = article(f"<p>{STORY}</p>" * 9, head="<meta http-equiv=refresh content='5; url=/next'>")
    site.page("/ferry", long)
    assert STORY in (await extractor.from_url(site.url("/ferry"))).content
    assert site.paths() == ["/ferry"]


async def test_a_meta_refresh_goes_through_the_same_guard(site: Site, extractor: Extractor) -> None:
    site.page("/old", REFRESH.format(f"http://127.0.0.1:{unused_port()}/").encode())
    extraction, said = await warned(extractor, site.url("/old"))
    assert extraction.content.endswith("Moved.")
    assert "leads on by a refresh: Port" in said


async def test_a_meta_refresh_takes_no_cookie_to_another_site(site: Site) -> None:
    async with open_site() as other:
        site.page("/old", REFRESH.format(other.url("/new")).encode())
        other.page("/new", article())
        limits = limits_for(site, allowed_ports={site.port, other.port}, allow_cookies=True)
        async with open_extractor(Settings(fetch=limits)) as extractor:
            await extractor.from_url(site.url("/old"), headers={"Cookie": "key=1"})
        assert [request.headers.get("cookie") for request in site.asked][-1] == "key=1"
        assert "cookie" not in other.asked[-1].headers


async def test_other_forms_are_offered_not_followed(site: Site, extractor: Extractor) -> None:
    head = "<link rel=canonical href=/canon><link rel=amphtml href=/amp>"
    site.page("/ferry", article(head=head))
    extraction: Extraction = await extractor.from_url(site.url("/ferry"))
    assert extraction.pointers.alternatives == (Alternative("amp", site.url("/amp")),)
    assert extraction.facts.canonical_url == site.url("/canon")
    assert site.paths() == ["/ferry"]


# Who gives up


async def test_a_caller_who_gives_up_closes_the_connection(
    site: Site, extractor: Extractor
) -> None:
    asked = anyio.Event()

    async def tell(stage: str) -> None:
        if stage.startswith("Fetched"):
            asked.set()

    site.silent("/slow", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + article() * 2)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: extractor.from_url(site.url("/slow"), on_progress=tell))
        with anyio.fail_after(PATIENCE):
            await asked.wait()
        group.cancel_scope.cancel()
    with anyio.fail_after(PATIENCE):
        await site.hung_up.wait()


async def test_a_caller_who_gives_up_while_it_is_read_frees_the_reader(
    site: Site, extractor: Extractor
) -> None:
    reading = anyio.Event()

    async def tell(stage: str) -> None:
        if stage == "Reading the page":
            reading.set()

    site.page("/ferry", article())
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: extractor.from_url(site.url("/ferry"), on_progress=tell))
        with anyio.fail_after(PATIENCE):
            await reading.wait()
        group.cancel_scope.cancel()
    assert STORY in (await extractor.from_url(site.url("/ferry"))).content
