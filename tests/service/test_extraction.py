"""Pages to extractions, through real readers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from tests.support import hostile
from webis_mcp import extract
from webis_mcp.engine import Verdicts
from webis_mcp.errors import EngineNotReady, InvalidInput, PageTooLarge, ReadingFailed
from webis_mcp.page.model import Status
from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.extraction import Extractor, open_extractor
from webis_mcp.service.pipeline import extract_page, tell
from webis_mcp.service.request import Request
from webis_mcp.settings import Settings

STORY = (
    "The ferry sailed again on Monday, and the harbour filled with people who had come to see it."
)
PAGE = (
    "<title>Ferry | Courier</title><nav><a href=/>Home</a> <a href=/n>News</a></nav>"
    "<main><h1>Ferry</h1>"
    + "".join(f"<p>{STORY} It was <b>trip {number}</b>.</p>" for number in range(6))
    + "</main><footer><a href=/terms>Terms</a></footer>"
)
SETTINGS = Settings.from_environ({"WEBIS_MAX_PAGE_BYTES": "200000"})


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    async with open_extractor(SETTINGS) as opened:
        yield opened


async def test_a_page_becomes_its_content(extractor: Extractor) -> None:
    extraction = await extractor.from_html(PAGE, url="https://courier.example/ferry")
    assert STORY in extraction.content
    assert "Terms" not in extraction.content
    assert extraction.title == "Ferry"
    assert (extraction.engine, extraction.status) == ("embedded", Status.CONTENT)
    assert set(extraction.timings) == {"read_ms", "judge_ms", "write_ms"}


async def test_a_reader_says_what_this_process_would(extractor: Extractor) -> None:
    here, there = extract_page(PAGE), await extractor.from_html(PAGE)
    assert (here.content, here.blocks, here.quality) == (there.content, there.blocks, there.quality)


async def test_bytes_are_decoded(extractor: Extractor) -> None:
    html = f"<meta charset=windows-1251><p>{'Паром снова вышел в море. ' * 9}</p>".encode("cp1251")
    assert "Паром снова вышел в море." in (await extractor.from_html(html)).content


async def test_formats_differ_in_marks_not_in_words(extractor: Extractor) -> None:
    markdown = await extractor.from_html(PAGE)
    text = await extractor.from_html(PAGE, request=Request(format="text"))
    assert "It was **trip 3**." in markdown.content
    assert "It was trip 3." in text.content
    assert [block.text for block in text.blocks] == [block.text for block in markdown.blocks]


async def test_every_kept_block_has_its_place(extractor: Extractor) -> None:
    blocks = (await extractor.from_html(PAGE)).blocks
    places = {block.text[-7:]: block.xpath for block in blocks}
    assert places["trip 0."] == "/html[1]/body[1]/main[1]/p[1]"
    assert places["trip 5."] == "/html[1]/body[1]/main[1]/p[6]"
    assert [block.id for block in blocks] == sorted(block.id for block in blocks)


@pytest.mark.parametrize(
    ("chances", "quality"),
    [((0.9, 0.2), 0.8), ((0.06, 0.07), 0.07), ((0.01, 0.0), 0.0)],
)
def test_what_is_given_for_want_of_better_is_no_better_than_likely(
    chances: tuple[float, ...], quality: float
) -> None:
    page = read_page(f"<p>{STORY}</p><p>Terms</p>")
    assert tell(page, Verdicts("test", chances, 0.8), Request()).quality == quality


async def test_too_large_a_page_is_refused_with_the_figures(extractor: Extractor) -> None:
    with pytest.raises(PageTooLarge, match=r"0\.3 MB; the limit is 0\.2\."):
        await extractor.from_html("é" * 150_000)


async def test_an_empty_page_is_refused(extractor: Extractor) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        await extractor.from_html(" \n ")


async def test_an_engine_that_is_not_here_is_refused(extractor: Extractor) -> None:
    with pytest.raises(EngineNotReady, match='"auto"'):
        await extractor.from_html(PAGE, request=Request(engine="vllm"))


async def test_the_operator_names_the_engine_of_calls_that_name_none() -> None:
    async with open_extractor(Settings.from_environ({"WEBIS_ENGINE": "vllm"})) as extractor:
        with pytest.raises(EngineNotReady):
            await extractor.from_html(PAGE)
        named = await extractor.from_html(PAGE, request=Request(engine="embedded"))
    assert named.engine == "embedded"


async def test_many_pages_at_once_do_not_mix(extractor: Extractor) -> None:
    found: dict[int, str] = {}

    async def one(number: int) -> None:
        html = PAGE.replace("trip", f"voyage {number}")
        found[number] = (await extractor.from_html(html)).content

    async with anyio.create_task_group() as group:
        for number in range(12):
            group.start_soon(one, number)
    assert all(found[number].count(f"**voyage {number} ") == 6 for number in range(12))


async def test_a_caller_who_gives_up_does_not_spoil_the_next_call(extractor: Extractor) -> None:
    with anyio.move_on_after(0):
        await extractor.from_html(PAGE * 20)
    assert STORY in (await extractor.from_html(PAGE)).content


async def test_a_caller_who_gives_up_amid_reading_frees_the_reader() -> None:
    alone = Settings.from_environ({"WEBIS_WORKERS": "1"})
    async with open_extractor(alone) as extractor:
        await extractor.from_html(PAGE)
        async with anyio.create_task_group() as group:
            group.start_soon(extractor.from_html, hostile.many(100_000))
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        assert STORY in (await extractor.from_html(PAGE)).content


async def test_a_page_that_takes_a_reader_too_long_fails_and_the_next_is_read() -> None:
    hasty = Settings.from_environ({"WEBIS_WORKERS": "1", "WEBIS_READ_TIMEOUT_SECONDS": "2"})
    async with open_extractor(hasty) as extractor:
        await extractor.from_html(PAGE)
        with pytest.raises(ReadingFailed, match=r"longer than 2 s"):
            await extractor.from_html(hostile.many(900_000))
        assert STORY in (await extractor.from_html(PAGE)).content


def test_plain_python_needs_no_event_loop() -> None:
    extraction = extract(PAGE, url="https://courier.example/ferry", include_links=False)
    assert STORY in extraction.content
    with pytest.raises(InvalidInput):
        extract("")
