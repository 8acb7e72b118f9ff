"""The contract of an engine, held by the embedded one: one probability a block, in order."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given

from tests.support.html import documents
from webis_mcp.engine.embedded import judge, shipped
from webis_mcp.engine.features import see
from webis_mcp.page.model import Page
from webis_mcp.page.reading.reader import read_page

STORY = (
    "The ferry sailed again on Monday, and the harbour filled with people who had come to see it."
)
MORE = (
    "It had been laid up for nine years, after an inspection found rust in every second plate.",
    "Tickets cost less than two coins, while children travel free in the company of their parents.",
)
PAGES = {
    "article": "<nav><a href=/>Home</a><a href=/n>News</a></nav><main><h1>Ferry</h1>"
    f"<p>{STORY}</p><p>{MORE[0] * 2}</p><p>{MORE[1]}</p></main>"
    "<footer><a href=/t>Terms</a> <a href=/p>Privacy</a></footer>",
    "chinese": "<h1>渡轮复航</h1>" + "<p>渡轮周一再次启航，港口挤满了前来观看的人们。</p>" * 5,
    "one block": "<p>Hello</p>",
    "only pictures": "<img src=a.png alt=a><div><img src=b.png></div>",
    "no words": "<p>…!?…</p><p>☃</p>",
    "empty": "<html></html>",
    "deep": "<div>" * 190 + "<p>far down</p>",
    "table": "<table><tr><th>A<th>B<tr><td>1<td>2</table>",
    "hidden": "<p hidden>gone</p><p>here</p>",
}

MOST_MEMORY = 300_000_000
"""Bytes that judging the largest page may take, of the 1.5 GB that a reader has."""


@pytest.mark.parametrize("name", PAGES)
def test_every_block_gets_one_probability(name: str) -> None:
    page = read_page(PAGES[name])
    verdicts = judge(page)
    assert len(verdicts.content) == len(page.blocks)
    assert all(0 <= p <= 1 for p in verdicts.content)
    assert 0 <= verdicts.quality <= 1
    assert verdicts.engine == "embedded"


@pytest.mark.parametrize("name", PAGES)
def test_what_the_engine_sees_is_finite(name: str) -> None:
    seen = see(read_page(PAGES[name]), shipped().odds)
    assert np.isfinite(seen.matrix).all()
    assert len(seen.matrix) == len(seen.rows) == len(seen.words) == len(seen.around)


@given(documents())
def test_any_page_can_be_judged(html: str) -> None:
    page = read_page(html)
    assert np.isfinite(see(page, shipped().odds).matrix).all()
    verdicts = judge(page)
    assert len(verdicts.content) == len(page.blocks)
    assert all(0 <= p <= 1 for p in verdicts.content)


def test_the_story_is_likelier_content_than_the_menu_and_the_footer() -> None:
    page = read_page(PAGES["article"])
    verdicts = dict(zip([block.text for block in page.blocks], judge(page).content, strict=True))
    assert verdicts[STORY] > 0.5 > verdicts["Terms Privacy"]
    assert verdicts[STORY] > verdicts["Home News"]


def test_the_same_page_gets_the_same_verdicts() -> None:
    assert judge(read_page(PAGES["article"])) == judge(read_page(PAGES["article"]))


def test_twenty_pages_at_once_do_not_mix() -> None:
    pages = [read_page(PAGES[name]) for name in PAGES] * 2
    alone = [judge(page) for page in pages]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(judge, pages)) == alone


def test_a_page_of_thirty_thousand_blocks_is_judged() -> None:
    page = read_page(
        "".join(f"<p>Paragraph {number} of a long log.</p>" for number in range(30_000))
    )
    tracemalloc.start()
    verdicts = judge(page)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(verdicts.content) == len(page.blocks) >= 29_999
    assert peak < MOST_MEMORY


def test_a_picture_is_judged_by_the_text_around_it() -> None:
    page: Page = read_page(f"<p>{STORY}</p><img src=a.png><p>{STORY}</p>")
    before, picture, after = judge(page).content
    assert min(before, after) <= picture <= max(before, after)
