"""Probabilities to labels: a table of cases."""

from __future__ import annotations

import pytest

from webis_mcp.engine import Verdicts
from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.deciding import THRESHOLD, Decision, decide

SURE, NOT = THRESHOLD + 0.3, THRESHOLD - 0.3


def decided(html: str, *chances: float) -> Decision:
    page = read_page(html)
    assert len(page.blocks) == len(chances), [block.text for block in page.blocks]
    return decide(page, Verdicts("test", chances, 0.5))


def test_blocks_at_the_threshold_are_content() -> None:
    assert decided("<p>a</p><p>b</p><p>c</p>", THRESHOLD, NOT, SURE).keep == (True, False, True)


def test_where_nothing_is_sure_the_likeliest_are_content_and_it_is_said() -> None:
    decision = decided("<p>a</p><p>b</p><p>c</p>", 0.2, 0.05, 0.15)
    assert decision.keep == (True, False, True)
    assert decision.step == "recall"


def test_where_nothing_is_likely_nothing_is_content() -> None:
    decision = decided("<p>a</p><p>b</p>", 0.01, 0.02)
    assert decision.keep == (False, False)
    assert decision.step is None


def test_hidden_text_is_left_out_and_counted() -> None:
    decision = decided("<p>a</p><p hidden>b</p><p hidden>c</p>", SURE, SURE, NOT)
    assert decision.keep == (True, False, False)
    assert decision.hidden_blocks == 2


def test_hidden_text_never_comes_back_by_recall() -> None:
    assert decided("<p hidden>b</p><p>a</p>", 0.4, 0.06).keep == (False, True)


def test_hidden_text_of_a_tab_is_judged_like_any_other() -> None:
    html = '<p>a</p><div class="tab-pane" hidden><p>b</p></div>'
    assert decided(html, SURE, SURE).keep == (True, True)
    assert decided(html, SURE, NOT).keep == (True, False)


def test_a_picture_goes_with_the_text_around_it() -> None:
    html = "<p>a</p><img src=1.png><p>b</p><img src=2.png><p>c</p>"
    assert decided(html, SURE, NOT, SURE, SURE, NOT).keep == (True, True, True, False, False)


def test_a_picture_that_is_hidden_is_left_out() -> None:
    html = "<p>a</p><img src=1.png hidden><p>b</p>"
    assert decided(html, SURE, SURE, SURE).keep == (True, False, True)


@pytest.mark.parametrize("name", ["table-responsive", "tablet-only", "tabular", "modal", "stab"])
def test_hidden_text_of_what_is_only_named_like_a_tab_is_left_out(name: str) -> None:
    html = f"<p>a</p><div class={name} hidden><p>b</p></div>"
    assert decided(html, SURE, SURE).keep == (True, False)


@pytest.mark.parametrize("name", ["tab", "tabs", "tabPane", "tab-pane", "accordion", "faq-answer"])
def test_hidden_text_of_structures_that_show_their_parts_by_turns_may_be_content(
    name: str,
) -> None:
    html = f"<p>a</p><div class='x {name}'><p hidden>b</p></div>"
    assert decided(html, SURE, SURE).keep == (True, True)


def test_an_empty_page_is_decided() -> None:
    assert decided("").keep == ()
