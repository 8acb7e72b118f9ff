"""With comments, without them, or as the engine judges: what each keeps of a page."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.support.html import documents
from webis_mcp import extract
from webis_mcp.engine import Verdicts
from webis_mcp.page.comments import comments_of
from webis_mcp.page.model import Page, Status
from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.deciding import Decision, decide
from webis_mcp.service.pipeline import tell
from webis_mcp.service.request import Request

SURE, NOT = 0.9, 0.05

STORY = "<h1>Ferry sails again</h1><p>On Monday the ferry left the harbour, an hour late.</p>"
FIRST = "My grandmother took that ferry to school each winter morning."
SECOND = "It was late in those days, too."
TALK = (
    "<section class=comments><h3>Your words</h3>"
    f"<div class=comment><p>{FIRST}</p></div><div class=comment><p>{SECOND}</p></div>"
    "<form><p>Write a word of your own</p></form></section>"
)


def kept(html: str, chances: list[float], comments: bool | None) -> tuple[list[str], Decision]:
    page = read_page(html)
    assert len(page.blocks) == len(chances), [block.text for block in page.blocks]
    decision = decide(page, Verdicts("test", tuple(chances), 0.5), comments)
    pairs = zip(page.blocks, decision.keep, strict=True)
    return [block.text for block, keep in pairs if keep], decision


def test_true_keeps_what_people_wrote_and_nothing_else_of_the_section() -> None:
    chances = [SURE, SURE, NOT, NOT, NOT, NOT]
    assert kept(STORY + TALK, chances, None)[0][2:] == []
    texts, decision = kept(STORY + TALK, chances, True)
    assert texts[2:] == [FIRST, SECOND]
    assert decision.comments == 2


def test_false_leaves_the_whole_section_out_and_all_else_as_it_was() -> None:
    chances = [SURE, SURE, SURE, SURE, SURE, NOT]
    assert len(kept(STORY + TALK, chances, None)[0]) == 5
    texts, decision = kept(STORY + TALK, chances, False)
    assert len(texts) == 2
    assert decision.left_out == len("Your words" + FIRST + SECOND)


ARTICLE = f"{STORY}<p>{'The ice had held the boat. ' * 12}</p>"


def test_below_an_article_comments_are_left_out_unless_they_are_asked_for() -> None:
    chances = [SURE, SURE, SURE, SURE, SURE, SURE, NOT]
    assert kept(ARTICLE + TALK, chances, None)[0] == kept(ARTICLE + TALK, chances, False)[0]
    assert FIRST in kept(ARTICLE + TALK, chances, True)[0]


def test_below_an_article_the_rest_of_the_section_stays_out_with_the_comments_in() -> None:
    chances = [SURE, SURE, SURE, SURE, SURE, NOT, SURE]
    texts, decision = kept(ARTICLE + TALK, chances, True)
    assert texts[3:] == [FIRST, SECOND]
    assert (decision.comments, decision.left_out) == (2, 0)


def test_below_a_question_they_are_judged_as_the_rest_and_in_a_thread_too() -> None:
    chances = [SURE, SURE, SURE, SURE, SURE, NOT]
    assert FIRST in kept(STORY + TALK, chances, None)[0]
    thread = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'
    page = read_page(thread + ARTICLE + TALK)
    assert page.facts.page_kind == "forum"
    decision = decide(page, Verdicts("test", (SURE,) * len(page.blocks), 0.5))
    assert all(decision.keep)


def test_what_buyers_say_is_kept_where_the_engine_is_sure_of_it_and_not_where_it_is_in_doubt() -> (
    None
):
    ware = '<script type="application/ld+json">{"@type": "Product", "name": "Ferry"}</script>'
    reviews = f"<div id=reviews><p>{FIRST * 9}</p><p>{SECOND}</p></div>"
    chances = [SURE, SURE, SURE, 0.7, SURE]
    assert kept(ARTICLE + reviews, chances, None)[0][3:] == [FIRST * 9, SECOND]
    assert kept(ware + ARTICLE + reviews, chances, None)[0][3:] == [SECOND]
    nothing_else = [NOT, NOT, NOT, 0.7, 0.7]
    assert kept(ware + ARTICLE + reviews, nothing_else, None)[0] == [FIRST * 9, SECOND]


def test_hidden_comments_stay_hidden() -> None:
    hidden = f"<div class=comment hidden><p>{FIRST}</p></div>"
    texts, decision = kept(STORY + hidden, [SURE, SURE, NOT], True)
    assert (len(texts), decision.hidden_blocks) == (2, 1)


def test_hidden_comments_of_a_tab_are_kept_and_no_longer_counted_as_hidden() -> None:
    tab = f"<div class=tab-pane hidden><div class=comment><p>{FIRST}</p></div></div>"
    texts, decision = kept(STORY + tab, [SURE, SURE, NOT], True)
    assert (texts[2:], decision.hidden_blocks) == ([FIRST], 0)


def told(html: str, chances: list[float], comments: bool | None) -> tuple[Status, str, str]:
    verdicts = Verdicts("test", tuple(chances), 0.5)
    extraction = tell(read_page(html), verdicts, Request(include_comments=comments))
    return extraction.status, extraction.content, " ".join(extraction.warnings)


def test_where_all_content_is_comments_to_leave_them_out_is_not_silent() -> None:
    html, chances = STORY + TALK, [NOT, NOT, NOT, SURE, SURE, NOT]
    status, content, warnings = told(html, chances, False)
    assert (status, content) == (Status.LEFT_OUT, "")
    assert "was left out" in warnings
    assert told(html, chances, None) == (Status.CONTENT, f"{FIRST}\n\n{SECOND}", "")


def test_a_page_that_has_no_content_is_not_told_to_have_lost_comments() -> None:
    assert told("<p></p>", [], False)[0] is Status.EMPTY


def test_where_comments_are_wanted_and_none_are_found_it_is_said() -> None:
    status, _, warnings = told(STORY, [SURE, SURE], True)
    assert status is Status.CONTENT
    assert "No comment section" in warnings
    assert told(STORY, [SURE, SURE], False)[2] == ""


def test_the_embedded_engine_is_told_apart_from_what_was_asked() -> None:
    story = STORY + "<p>The harbour master said that the ice had held the boat in place.</p>" * 12
    html = f"<main>{story}</main>{TALK}"
    without, plain = (extract(html, include_comments=c).content for c in (False, None))
    with_them = extract(html, include_comments=True).content
    assert FIRST in with_them
    assert SECOND in with_them
    assert FIRST not in without
    assert "Write a word" not in with_them
    assert [line for line in plain.splitlines() if line not in with_them.splitlines()] == []


def test_comments_that_are_in_doubt_do_not_keep_the_rest_of_the_page() -> None:
    menu = "<ul><li>Harbour and town, by ship</li></ul>"
    many = "".join(f"<div class=comment><p>{FIRST} {number}</p></div>" for number in range(50))
    html = f"{menu}{ARTICLE}<section class=comments>{many}</section>"
    chances = [0.1, SURE, SURE, SURE, *[0.15] * 50]
    assert kept(html, chances, None)[0] == kept(html, chances, False)[0]
    assert "Harbour and town, by ship" not in kept(html, chances, None)[0]
    assert "Harbour and town, by ship" not in kept(html, chances, True)[0]
    assert f"{FIRST} 7" in kept(html, chances, True)[0]


# ------------------------------------------------ whatever the page

NAMES = (
    "main",
    "comments",
    "comment",
    "comment-meta",
    "comment-form",
    "replies",
    "recent-comments",
)


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Documents, some parts of which are called comments, one within the other or not."""
    parts = draw(st.lists(st.tuples(st.sampled_from(NAMES), documents()), max_size=4))
    html = ""
    for name, part in parts:
        inner = (html + part) if draw(st.booleans()) else part
        html = ("" if inner != part else html) + f"<div class={name}>{inner}</div>"
    return html


@given(pages(), st.randoms(use_true_random=False))
def test_without_comments_is_less_and_with_them_more_of_the_same_in_the_pages_order(
    html: str, random: Random
) -> None:
    page = read_page(html)
    chances = [random.random() for _ in page.blocks]
    without, plain, with_them = (orders(page, chances, c) for c in (False, None, True))
    comments = comments_of(page)
    assert set(without) == set(plain) - comments.section
    assert set(plain) <= set(with_them)
    assert not set(without) & (set(with_them) - set(plain)) & comments.section
    added = {order for order in set(with_them) - set(plain) if page.blocks[order].text}
    assert added <= comments.written


def orders(page: Page, chances: list[float], comments: bool | None) -> list[int]:
    """The blocks that the answer gives, each as the page has it."""
    request = Request(format="blocks", include_comments=comments)
    blocks = tell(page, Verdicts("test", tuple(chances), 0.5), request).blocks
    assert all(block.text == page.blocks[block.id].text for block in blocks)
    assert [block.id for block in blocks] == sorted({block.id for block in blocks})
    return [block.id for block in blocks]
