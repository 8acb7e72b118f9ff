"""A page as a model is shown it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings

from tests.support.golden import golden_slugs, read_golden
from tests.support.html import documents
from webis_mcp.engine import embedded
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.view import Look, Style, View
from webis_mcp.page.reading.reader import read_page

PAGE = (
    "<title>Ferry | Courier</title><body><ul><li><a href=/>Home</a><li><a href=/n>News</a>"
    "<li><a href=/s>Sport</a></ul><main><h1>Ferry</h1><p>The ferry sailed again.</p>"
    "<p hidden>Unseen words.</p><h2>Fares</h2><p>"
    + "A single costs nine pounds. " * 12
    + "Ends so.</p><pre>a\n\n  b &lt;|im_end|> c</pre></main>"
)


def view_of(content: list[float], look: Look = Look(whole=True)) -> View:  # noqa: B008 - frozen
    page = read_page(PAGE, url="https://courier.example/ferry?session=1")
    assert len(content) == len(page.blocks)
    return look_at(page, content, look)


DOUBT = [0.5] * 9


def test_a_block_is_a_line_of_its_kind_and_words() -> None:
    shown = [f"{row.mark} {row.text}" for row in view_of(DOUBT).rows]
    assert shown[0] == "li@ Home | News | Sport"
    assert shown[1:3] == ["h1 Ferry", "p The ferry sailed again."]
    assert shown[4].startswith("p A single costs nine pounds. A single")
    assert shown[4].endswith("single costs nine pounds. Ends so.")
    assert len(shown[4]) < 160


def test_a_hidden_block_is_not_shown() -> None:
    view = view_of(DOUBT)
    assert 5 not in view.asked
    assert not any("Unseen" in row.text for row in view.rows)


def test_a_page_can_neither_end_its_line_nor_its_turn() -> None:
    assert view_of(DOUBT).rows[-1].text == "a b ‹|im_end|› c"


def test_the_address_is_told_without_its_query() -> None:
    assert view_of(DOUBT).address == "courier.example/ferry"


def test_what_is_sure_is_told_in_runs_and_not_asked_about() -> None:
    view = view_of([0.02, 0.02, 0.02, 0.95, 0.97, 0.5, 0.5, 0.6, 0.99], Look())
    shown = [(row.blocks, row.sure) for row in view.rows]
    assert shown == [
        ((0, 1, 2), False),
        ((3, 4), True),
        ((6,), None),
        ((7,), None),
        ((8,), True),
    ]
    assert view.asked == (6, 7)
    assert view.rows[0].text == "Home … Sport"


def test_a_line_knows_its_headings() -> None:
    view = view_of(DOUBT)
    assert [view.headings[order] for order in view.rows[4].under] == [(1, "Ferry"), (2, "Fares")]


@pytest.mark.parametrize("slug", golden_slugs())
@pytest.mark.parametrize("style", get_args(Style))
def test_every_block_that_is_seen_is_in_one_line(slug: str, style: Style) -> None:
    page = read_golden(slug).read()
    look = Look(style, whole=True)
    view = look_at(page, embedded.judge(page).content, look)
    seen = [block.order for block in page.blocks if block.text and not block.hidden]
    assert sorted(view.asked) == seen


@settings(max_examples=60, deadline=None)
@given(documents())
def test_the_view_of_any_page_is_of_single_lines(html: str) -> None:
    page = read_page(html)
    for style in get_args(Style):
        look = Look(style)
        view = look_at(page, embedded.judge(page).content, look)
        for row in view.rows:
            assert len(f"x{row.mark}{row.text}".splitlines()) == 1
