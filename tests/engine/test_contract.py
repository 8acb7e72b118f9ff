"""What every engine keeps to, whoever it is. A new engine is done when it passes.

A real server is held to it, too, where there is one (`tests/support/real.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from tests.support.judges import Engine, at, in_a_thread, over
from tests.support.model_server import FULL
from tests.support.models import perfect
from tests.support.real import real_endpoint
from webis_mcp.engine import Capabilities, Verdicts
from webis_mcp.page.model import Page
from webis_mcp.page.reading.reader import read_page

WAYS = {
    "regex": FULL,
    "grammar": Capabilities(server="llamacpp", max_model_len=8192, grammar=True),
    "json": Capabilities(max_model_len=8192, json_schema=True),
    "plain": Capabilities(max_model_len=8192),
    "reads": Capabilities(server="vllm", max_model_len=8192, logprobs=True, choice=True),
    "small window": Capabilities(server="vllm", max_model_len=1024, regex=True),
}

REAL = {
    "real, regex": Capabilities(server="vllm", regex=True),
    "real, grammar": Capabilities(server="vllm", grammar=True),
    "real, json": Capabilities(server="vllm", json_schema=True),
    "real, reads": Capabilities(server="vllm", logprobs=True, choice=True),
}


def is_about_ferries(words: str) -> bool:
    return "ferry" in words.lower()


def page_of(number: int) -> Page:
    """A page of so many paragraphs, that none of the others has."""
    story = "".join(
        f"<p>The ferry of line {number} sailed trip {trip} with people who had come to see it.</p>"
        for trip in range(number)
    )
    menu = "<ul><li><a href=/>Home</a><li><a href=/n>News</a></ul>"
    return read_page(f"<body>{menu}<main><h1>Ferry</h1>{story}</main><footer>Terms</footer>")


@pytest.fixture(params=["embedded", *WAYS, *REAL])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    if request.param == "embedded":
        opened = in_a_thread()
    elif request.param in REAL:
        opened = at(await real_endpoint(REAL[request.param]), seconds=300)
    else:
        opened = over(perfect(is_about_ferries), WAYS[request.param])
    async with opened as engine:
        yield engine


async def test_there_is_one_probability_a_block(engine: Engine) -> None:
    page = page_of(7)
    verdicts = await engine(page)
    assert len(verdicts.content) == len(page.blocks)
    assert all(0 <= p <= 1 for p in verdicts.content)
    assert 0 <= verdicts.quality <= 1
    assert verdicts.engine


async def test_an_empty_page_has_no_verdicts(engine: Engine) -> None:
    assert (await engine(read_page("<body></body>"))).content == ()


async def test_a_page_of_hidden_text_has_verdicts(engine: Engine) -> None:
    page = read_page("<p hidden>The ferry sailed again.</p>")
    assert len((await engine(page)).content) == 1


async def test_the_same_page_is_judged_the_same(engine: Engine) -> None:
    page = page_of(4)
    assert (await engine(page)).content == (await engine(page)).content


async def test_answers_of_many_calls_at_once_do_not_mix(engine: Engine) -> None:
    pages = {number: page_of(number) for number in range(1, 21)}
    found: dict[int, Verdicts] = {}

    async def one(number: int) -> None:
        found[number] = await engine(pages[number])

    async with anyio.create_task_group() as group:
        for number in pages:
            group.start_soon(one, number)
    for number, page in pages.items():
        alone = await engine(page) if number % 5 == 0 else found[number]
        assert found[number].content == alone.content
        assert len(found[number].content) == len(page.blocks)


async def test_a_caller_may_give_up(engine: Engine) -> None:
    with anyio.move_on_after(0):
        await engine(page_of(9))
    assert len((await engine(page_of(2))).content) == len(page_of(2).blocks)


@pytest.mark.parametrize("way", WAYS)
async def test_a_perfect_model_is_understood(way: str) -> None:
    page = page_of(12)
    async with over(perfect(is_about_ferries), WAYS[way]) as engine:
        verdicts = await engine(page)
    labels = [p > 0.5 for p in verdicts.content]
    assert labels == [is_about_ferries(block.text) for block in page.blocks]
    assert verdicts.engine == "vllm: tiny"
