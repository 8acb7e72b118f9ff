"""Which blocks stand in a comment section, and which somebody has written."""

from __future__ import annotations

import pytest

from webis_mcp.page.comments import comments_of, reviews_of
from webis_mcp.page.reading.reader import read_page

STORY = "<h1>The lighthouse is lit again</h1>" + "<p>The lamp was cleaned and lit at dusk.</p>" * 9
FIRST = "I remember when the lamp was still lit by hand, every single evening."
SECOND = "So do I."

BLOG = f"""
<div id="comments" class="comments-area">
  <h2 class="comments-title">2 thoughts on the lighthouse</h2>
  <ol class="comment-list">
    <li id="comment-12" class="comment byuser comment-author-admin even depth-1">
      <article class="comment-body">
        <footer class="comment-meta"><b class="fn">Ada</b><p>says on 3 May:</p></footer>
        <div class="comment-content"><p>{FIRST}</p></div>
        <div class="reply"><a href="#r">Reply</a></div>
      </article>
      <ul class="children">
        <li class="comment"><p>{SECOND}</p><p><a href="#13">Reply</a></p></li>
      </ul>
    </li>
  </ol>
  <div id="respond" class="comment-respond"><h3>Leave a reply</h3>
    <p class="must-log-in">You must be <a href="/in">logged in</a> to post a comment.</p>
    <form id="commentform"><p>Your address will not be published to anyone at all.</p></form>
  </div>
</div>
"""


def found(html: str) -> tuple[list[str], list[str]]:
    """The texts of the whole section, and of what somebody wrote."""
    page = read_page(html)
    comments = comments_of(page)
    assert comments.written <= comments.section
    section = [block.text for block in page.blocks if block.order in comments.section]
    return section, [block.text for block in page.blocks if block.order in comments.written]


def written(html: str) -> list[str]:
    return found(html)[1]


def test_a_comment_is_what_somebody_wrote_without_the_form_the_names_and_the_buttons() -> None:
    section, words = found(STORY + BLOG)
    assert words == [FIRST, SECOND]
    assert section[0] == "2 thoughts on the lighthouse"
    assert "You must be logged in to post a comment." in section
    assert not any("cleaned" in text for text in section)


@pytest.mark.parametrize(
    "marks",
    [
        "id=comments",
        "id=disqus_thread",
        "class=commentlist",
        "class='c-comments__list'",
        "class=userComments",
        "class=replies",
        "id=kommentare",
        "class=commentaires-liste",
        "class=lista-comentarios",
        "class=reacties",
        "id=yorumlar",
        "class='pinglun'",
        "id=評論",
    ],
)
def test_a_section_is_told_by_its_name_in_many_languages(marks: str) -> None:
    html = f"{STORY}<div {marks}><p>2 of them</p><ul><li>{FIRST}<li>{SECOND}</ul></div>"
    assert written(html) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "marks",
    [
        "class=comment",
        "id=comment-7",
        "itemprop=comment",
        "class=commentBody",
        "class=div-comment-7",
    ],
)
def test_one_comment_needs_no_section_around_it(marks: str) -> None:
    assert written(f"{STORY}<div {marks}><p>{FIRST}</p></div>") == [FIRST]


@pytest.mark.parametrize(
    "marks",
    [
        "class=commentary",
        "class=recommended",
        "class=commented-on",
        "class=wp-embed-responsive",
        "class=widget_recent_comments",
        "class=comments-count",
        "class=no-comments-link",
        "class=g-recaptcha-response",
    ],
)
def test_a_name_that_only_resembles_one_is_no_comment_section(marks: str) -> None:
    assert found(f"{STORY}<div {marks}><ul><li>{FIRST}</ul></div>") == ([], [])


WARE = '<script type="application/ld+json">{"@type": "Product", "name": "Lamp"}</script>'
PRAISE = "".join(
    f"<p>I bought {number} of them, and every one is bright.</p>" for number in range(20)
)


def reviews(html: str) -> list[str]:
    page = read_page(html)
    found = reviews_of(page)
    return [block.text for block in page.blocks if block.order in found]


@pytest.mark.parametrize(
    "marks",
    [
        "id=reviews",
        "class=woocommerce-Reviews",
        "class='customer-reviews js'",
        "class=productReviews",
        "id=kundenbewertungen class=Bewertungen",
        "class=liste-avis",
        "class=opiniones",
        "class='yotpo yotpo-main-widget'",
        "id=レビュー",
    ],
)
def test_where_one_thing_is_sold_what_buyers_say_is_told_and_elsewhere_not(marks: str) -> None:
    html = f"{STORY}<div {marks}>{PRAISE}</div>"
    assert len(reviews(WARE + html)) == 20
    assert reviews(html) == []
    assert found(WARE + html) == ([], [])


@pytest.mark.parametrize(
    "html",
    [
        f"<div class=reviews-count>{PRAISE}</div>",
        f"<div class=previews>{PRAISE}</div>",
        "<div class=user-reviews><p>Very good, say 18 of 19 buyers</p></div>",
        f"<title>Lamp</title><div class=reviews><h2>Lamp</h2>{PRAISE}</div>",
    ],
)
def test_what_the_shop_tells_of_reviews_and_what_holds_the_title_is_none(html: str) -> None:
    assert reviews(f"{WARE}{STORY}{html}") == []


def test_what_holds_the_title_is_the_page_whatever_it_is_called() -> None:
    assert found(f"<body class='single comments-open'>{STORY}<p>More.</p>") == ([], [])
    one = f"<title>The tide</title><div class=comments><h2>The tide</h2><p>{FIRST}</p></div>"
    assert found(one + STORY) == ([], [])


def test_what_holds_nearly_all_of_a_page_is_looked_into() -> None:
    thread = f"<p>a</p><div class=comments><div class=comment><p>{FIRST}</p></div>{{}}</div>"
    section, words = found(thread.format(f"<p>Menu</p><div class=comment><p>{SECOND}</p></div>"))
    assert (section, words) == ([FIRST, SECOND], [FIRST, SECOND])


def test_a_section_without_comments_has_nothing_written() -> None:
    empty = "<div id=comments><h3>0 comments</h3><p>No comments yet... Be the first!</p></div>"
    section, words = found(STORY + empty)
    assert (len(section), words) == (2, [])


def test_labels_that_stand_in_each_comment_are_not_written_be_they_numbered() -> None:
    items = "".join(f"<li><p>Answer {n}</p><p>{FIRST} {n}</p>" for n in range(3))
    assert written(f"{STORY}<ol class=comments>{items}</ol>") == [f"{FIRST} {n}" for n in range(3)]


def test_a_short_comment_and_one_of_only_a_long_link_are_written() -> None:
    link = "https://lighthouse.example/a/long/way/to/the/lamp"
    items = f"<li>Yes!<li><a href={link}>{link}</a><li><a href=/u/7>Ada</a>"
    assert written(f"{STORY}<ol class=comments>{items}</ol>") == ["Yes!", link]


def test_a_page_without_a_comment_section_has_none() -> None:
    assert found(STORY) == ([], [])
    assert found("") == ([], [])
    assert found("only text") == ([], [])
