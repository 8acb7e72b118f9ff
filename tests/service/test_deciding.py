"""Probabilities to labels: a table of cases."""

from __future__ import annotations

import pytest

from webis_mcp.engine import Verdicts
from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.deciding import USUAL, WARES, Decision, decide, threshold_of

SURE, NOT = USUAL.highest + 0.3, USUAL.lowest / 4


def decided(html: str, *chances: float) -> Decision:
    page = read_page(html)
    assert len(page.blocks) == len(chances), [block.text for block in page.blocks]
    return decide(page, Verdicts("test", chances, 0.5))


def test_blocks_at_the_threshold_are_content() -> None:
    assert decided("<p>a</p><p>b</p><p>c</p>", USUAL.highest, NOT, SURE).keep == (True, False, True)


@pytest.mark.parametrize(
    ("chances", "threshold"),
    [
        ((1.0, 1.0, 0.0), USUAL.highest),  # all is known: what is kept is all that is wanted
        # the best is to keep the first: 2 * 0.7 / (1 + 0.9)
        ((0.7, 0.1, 0.1), USUAL.slope * 1.4 / 1.9 + USUAL.shift),
        ((0.2, 0.2, 0.2), USUAL.lowest),
        ((0.0, 0.0), USUAL.lowest),
        ((), USUAL.lowest),
    ],
)
def test_the_threshold_goes_by_the_f1_to_be_expected(
    chances: tuple[float, ...], threshold: float
) -> None:
    blocks = read_page("<p>abc</p>" * len(chances)).blocks
    assert threshold_of(blocks, chances) == pytest.approx(threshold)


def test_a_block_counts_by_its_length_for_the_threshold() -> None:
    blocks = read_page(f"<p>{'long ' * 50}</p><p>a</p>").blocks
    assert threshold_of(blocks, (1.0, 0.0)) == pytest.approx(USUAL.highest)
    assert threshold_of(blocks, (0.6, 1.0)) < threshold_of(blocks, (1.0, 0.6))


def test_one_endless_block_does_not_decide_for_all_the_rest() -> None:
    html = "<p>a few words</p>" * 10_000 + f"<pre>{'x' * 9_000_000}</pre>"
    blocks = read_page(html).blocks
    assert threshold_of(blocks, [0.35] * (len(blocks) - 1) + [0.8]) < 0.35


def test_in_doubt_more_of_what_is_doubtful_is_kept() -> None:
    html = "<p>a</p>" * 4
    assert decided(html, 0.99, 0.99, 0.99, 0.3).keep[3] is False
    assert decided(html, 0.35, 0.3, 0.3, 0.3).keep[3] is True


def test_on_a_page_that_sells_one_thing_less_that_is_doubtful_is_kept() -> None:
    data = '<script type="application/ld+json">{"@type":"Product","name":"Lamp"}</script>'
    doubtful = (0.3, (WARES.lowest + USUAL.lowest) / 2, 0.2, 0.2)
    assert decided("<p>a</p>" * 4, *doubtful).keep[1] is True
    assert decided(data + "<p>a</p>" * 4, *doubtful).keep[1] is False


def test_where_nothing_is_sure_the_likeliest_are_content_and_it_is_said() -> None:
    decision = decided("<p>a</p><p>b</p><p>c</p>", 0.09, 0.03, 0.07)
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


def test_a_structure_that_shows_its_parts_by_turns_is_seen_from_deep_within_it() -> None:
    inner = "<div><section><div><div><div><p>b</p></div></div></div></section></div>"
    html = f"<p>a</p><div role=tabpanel><div style='display:none'>{inner}</div></div>"
    assert decided(html, SURE, SURE).keep == (True, True)


@pytest.mark.parametrize("name", ["et_animated", "fade-in", "scroll-reveal", "aos", "wow", "lazy"])
def test_hidden_text_that_is_shown_when_it_is_scrolled_to_may_be_content(name: str) -> None:
    html = f"<p>a</p><div class='x {name}' style='opacity:0'><p>b</p></div>"
    assert decided(html, SURE, SURE).keep == (True, True)


def test_one_hidden_element_that_holds_much_of_the_page_may_be_content() -> None:
    text = "text of the page itself " * 100
    page = f"<p>a</p><div style='display:none'><p>b</p><p>{text}</p></div>"
    assert decided(page, NOT, SURE, SURE).keep == (False, True, True)
    outweighed = f"<p>{text * 2}</p><div style='display:none'><p>b</p><p>{text}</p></div>"
    assert decided(outweighed, NOT, SURE, SURE).keep[1:] == (False, False)
    apart = f"<p>a</p><div hidden><p>b</p></div><div hidden><p>{text[:1400]}</p></div>"
    assert decided(apart, SURE, SURE, SURE).keep == (True, False, False)


def test_paragraphs_that_are_hidden_one_by_one_count_as_one_element() -> None:
    shown = f"<p>{'what everybody may read ' * 60}</p>"
    hidden = f"<p class=members style='display:none'>{'text of the page itself ' * 30}</p>"
    assert decided(shown + hidden * 3, SURE, SURE, SURE, NOT).keep == (True, True, True, False)
    notes = "".join(hidden.replace("members", name) for name in ("one", "two", "three"))
    assert decided(shown + notes, SURE, SURE, SURE, SURE).keep == (True, False, False, False)


def test_on_a_page_that_is_sure_a_label_has_to_be_so_too() -> None:
    story = f"<p>{'a long story ' * 9}</p>"
    assert decided(f"{story}<p>Copy</p>", 0.99, 0.55).keep == (True, False)
    assert decided(f"{story}<h2>Copy</h2>", 0.99, 0.55).keep == (True, True)
    assert decided(f"{story}<p>Copy</p>", 0.3, 0.3).keep == (True, True)


def test_in_a_list_that_is_kept_a_label_is_an_item() -> None:
    story = f"<p>{'a long story ' * 9}</p>"
    recipe = f"{story}<ul><li>3/4 c.<p>flour</p></li><li>2 c.<p>water</p></li></ul>"
    assert decided(recipe, 0.99, 0.55, 0.65, 0.55, 0.65).keep == (True,) * 5
    assert decided(recipe, 0.99, 0.55, 0.1, 0.55, 0.1).keep == (True, *(False,) * 4)


def test_text_that_a_page_tells_only_to_machines_is_content() -> None:
    text = "The ferry sailed again on Monday. " * 10
    entity = f'{{"@type": "NewsArticle", "articleBody": "{text}"}}'
    html = f"<script type=application/ld+json>{entity}</script><p>menu</p>"
    assert decided(html, NOT, NOT).keep == (False, True)


def test_an_empty_page_is_decided() -> None:
    assert decided("").keep == ()


def test_a_heading_between_kept_blocks_is_kept_unless_a_browser_would_not_show_it() -> None:
    html = "<p>before</p><h2{}>The second crossing</h2><p>after</p>"
    assert decided(html.format(""), SURE, 0.2, SURE).keep == (True, True, True)
    assert decided(html.format(" hidden"), SURE, 0.2, SURE).keep == (True, False, True)


def test_a_button_takes_more_than_a_mark_where_a_page_is_sure() -> None:
    html = f"<p>{'long ' * 50}</p><button>Copy</button><p>Note</p>"
    assert decided(html, 0.99, 0.7, 0.7).keep == (True, False, True)
