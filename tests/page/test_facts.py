"""What a page says of itself: which source is believed, and what is left out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.html import documents, soups
from webis_mcp.page.facts.facts import read_facts
from webis_mcp.page.model import Facts
from webis_mcp.page.tree import parse

BODY = (
    "<p>The council approved the new bridge over the river on Tuesday; work starts in spring.</p>"
)


def facts(html: str, url: str | None = None) -> Facts:
    return read_facts(parse(html), url=url)


def linked(*things: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(it)}</script>' for it in things)


# Titles


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("A new bridge | The Harbour Post", "A new bridge"),
        ("A new bridge - The Harbour Post", "A new bridge"),
        ("A new bridge \u2013 The Harbour Post", "A new bridge"),
        ("A new bridge \u2014 The Harbour Post", "A new bridge"),
        ("The Harbour Post: A new bridge", "A new bridge"),
        ("The Harbour Post » A new bridge", "A new bridge"),
        ("A new bridge · The Harbour Post", "A new bridge"),
    ],
)
def test_the_title_is_the_heading_that_the_head_bears_out(title: str, heading: str) -> None:
    html = f"<title>{title}</title><h1>The Harbour Post</h1><h1>{heading}</h1>{BODY}"
    assert facts(html, "https://www.harbourpost.example/a").title == heading


def test_a_heading_that_ends_the_title_is_a_banner_beside_another() -> None:
    html = f"<title>On bridges - Ada's Notes</title><h1>Ada's Notes</h1><h1>On bridges</h1>{BODY}"
    assert facts(html).title == "On bridges"


def test_the_sites_name_is_cut_off_the_title() -> None:
    site = '<meta property="og:site_name" content="The Harbour Post">'
    html = f"<title>Bridge - and ferry - Harbour Post</title>{site}{BODY}"
    assert facts(html).title == "Bridge - and ferry"


def test_the_host_is_cut_off_the_title() -> None:
    html = f"<title>Bridge or ferry? | Harbourpost.example</title>{BODY}"
    assert facts(html, "https://www.harbourpost.example/a").title == "Bridge or ferry?"


def test_a_part_that_is_not_the_sites_name_stays_in_the_title() -> None:
    html = f"<title>Bridges - A history</title>{BODY}"
    assert facts(html, "https://harbourpost.example/").title == "Bridges - A history"


def test_a_slogan_in_the_heading_is_not_the_title() -> None:
    html = f"<title>Plans for a bridge</title><h1>Always close to you</h1>{BODY}"
    assert facts(html).title == "Plans for a bridge"


def test_a_label_within_the_heading_is_not_the_title() -> None:
    html = f"<title>Plans for a bridge</title><h1>12 May <br>Plans for a bridge</h1>{BODY}"
    assert facts(html).title == "Plans for a bridge"


def test_the_sign_of_a_link_is_not_part_of_the_title() -> None:
    html = f"<title>Bridges — Docs</title><h1>Bridges<a href='#b'>¶</a></h1>{BODY}"
    assert facts(html).title == "Bridges"


def test_a_line_break_in_the_heading_parts_its_words() -> None:
    html = f"<title>A new bridge</title><h1>A new<br>bridge<i>s</i></h1>{BODY}"
    assert facts(html).title == "A new bridges"


def test_a_chinese_title_is_told_from_its_site() -> None:
    site = '<meta property="og:site_name" content="海港报">'
    html = f"<title>新桥五月开工_海港报</title>{site}{BODY}"
    assert facts(html).title == "新桥五月开工"


def test_the_title_of_a_drawing_is_not_the_pages() -> None:
    assert facts(f"<svg><title>Arrow</title></svg>{BODY}").title is None


# Authors


def test_the_author_is_the_person_of_the_structured_data() -> None:
    thing = {"@type": "NewsArticle", "author": {"@type": "Person", "name": "Ada Vance"}}
    html = f"{linked(thing)}<meta name=author content=Desk>{BODY}"
    assert facts(html).author == "Ada Vance"


def test_authors_are_joined_and_named_once() -> None:
    thing = {"@type": "Article", "author": [{"name": "Ada Vance"}, "Bo Ek", {"name": "ADA VANCE"}]}
    assert facts(linked(thing)).author == "Ada Vance, Bo Ek"


@pytest.mark.parametrize("name", ["Von Neumann", "Da Silva", "Di Vito Ada", "Text Ek", "Bya Ek"])
def test_a_name_that_begins_like_a_by_stays_whole(name: str) -> None:
    assert facts(linked({"@type": "Article", "author": name})).author == name


@pytest.mark.parametrize("name", ["Von Neumann", "Da Silva"])
def test_a_byline_that_is_only_a_name_stays_whole(name: str) -> None:
    assert facts(f"<h1>A new bridge</h1><p class=byline>{name}</p>{BODY}").author == name


def test_an_author_given_by_its_id_is_looked_up() -> None:
    graph = [
        {"@type": "BlogPosting", "author": {"@id": "#ada"}},
        {"@type": "Person", "@id": "#ada", "name": "Ada Vance"},
    ]
    assert facts(linked({"@graph": graph})).author == "Ada Vance"


@pytest.mark.parametrize(
    "author",
    ["https://harbour.example/ada", "www.harbour.example", "The Harbour Post", "ada@post.example"],
)
def test_an_address_or_the_site_is_nobodys_name(author: str) -> None:
    html = f"""<meta property="og:site_name" content="The Harbour Post">
        <meta name=author content="{author}"><span class=byline>By Bo Ek</span>{BODY}"""
    assert facts(html).author == "Bo Ek"


@pytest.mark.parametrize("name", ["undefined", "null", "None", "[object Object]"])
def test_what_a_script_writes_for_want_of_a_name_is_nobodys(name: str) -> None:
    thing = {"@type": "Article", "author": {"@type": "Person", "name": name}}
    assert facts(linked(thing) + BODY).author is None
    assert facts(f"{linked(thing)}<p class=byline>By Bo Ek</p>{BODY}").author == "Bo Ek"
    both = {"@type": "Article", "author": [name, "Ada Null"]}
    assert facts(linked(both)).author == "Ada Null"


def test_a_person_may_be_called_as_the_site_is() -> None:
    thing = {"@type": "BlogPosting", "author": {"@type": "Person", "name": "Ada Vance"}}
    html = f'<meta property="og:site_name" content="Ada Vance">{linked(thing)}{BODY}'
    assert facts(html).author == "Ada Vance"


@pytest.mark.parametrize(
    "byline",
    [
        "<p class=byline>By Ada Vance</p>",
        "<p class='post-author'>Written by <a>Ada Vance</a> on <b>May 3, 2024</b></p>",
        "<div class=meta><span>12 min read</span> <a rel=author href=/ada>Ada Vance</a></div>",
        "<span class=authorName>Ada Vance | Harbour reporter</span>",
        "<p>By <b>Ada Vance</b></p>",
        "<p>Von Ada Vance, 3. Mai 2024</p>",
        "<div itemprop=author><img><span itemprop=name>Ada Vance</span> writes on ships</div>",
        "<meta name='twitter:label1' content='Written by'>"
        "<meta name='twitter:data1' content='Ada Vance'>",
    ],
)
def test_an_author_is_found_in_a_byline(byline: str) -> None:
    assert facts(f"<h1>A new bridge</h1>{byline}{BODY}").author == "Ada Vance"


def test_a_byline_of_two_gives_both() -> None:
    html = f"<h1>A bridge</h1><p class=byline>By <a>Ada Vance</a> and <a>Bo Ek</a></p>{BODY}"
    assert facts(html).author == "Ada Vance, Bo Ek"


@pytest.mark.parametrize(
    "byline",
    [
        "<div class='comment-list'><p class=author>Cy Dorn</p></div>",
        "<aside><p class=author>Cy Dorn</p></aside>",
        "<p class=author>Read more about our authors</p>",
        "<p class=author>April</p>",
        "<p class=authors>Share this</p>",
        "<p>The bridge was designed by Cy Dorn.</p>",
    ],
)
def test_what_only_looks_like_a_byline_is_none(byline: str) -> None:
    assert facts(f"<h1>A new bridge</h1>{byline}{BODY}").author is None


# Dates


def test_the_structured_date_keeps_its_time() -> None:
    thing = {"@type": "Article", "datePublished": "2024-03-17T10:30:00+0100"}
    assert facts(linked(thing)).published == "2024-03-17T10:30:00+01:00"


def test_the_day_that_readers_are_shown_counts_against_a_time_in_utc() -> None:
    meta = '<meta property="article:published_time" content="2024-03-18T02:30:00Z">'
    html = f"{meta}<h1>A new bridge</h1><p>March 17, 2024</p>{BODY}"
    assert facts(html).published == "2024-03-17"


@pytest.mark.parametrize(
    "html",
    [
        "<meta name=date content=2024-03-17>",
        "<meta name='citation_publication_date' content='2024/03/17'>",
        "<meta name='parsely-pub-date' content='Sun, 17 Mar 2024'>",
        "<span itemprop=datePublished content=2024-03-17>last week</span>",
        "<time datetime=2024-03-17>last week</time>",
        "<h1>A new bridge</h1><p>17 March 2024</p>",
        "<p>17 March 2024</p><h1>A new bridge</h1>",
        "<h1>A new bridge</h1><p>Updated:</p><p>May 2, 2024</p><p>Published March 17, 2024</p>",
        "<div class=post-date>17.03.2024</div>",
    ],
)
def test_the_date_of_publication_is_found(html: str) -> None:
    assert facts(f"{html}{BODY}").published == "2024-03-17"


def test_the_date_in_the_address_counts_where_the_page_is_silent() -> None:
    assert facts(BODY, "https://post.example/2024/03/17/bridge").published == "2024-03-17"


def test_the_date_of_a_change_counts_only_where_there_is_no_other() -> None:
    html = f"<h1>A new bridge</h1><p>Updated May 2, 2024</p>{BODY}"
    assert facts(html).published == "2024-05-02"
    assert facts(html, "https://post.example/2024/03/17/bridge").published == "2024-03-17"


def test_the_country_of_the_language_tells_which_number_is_the_month() -> None:
    html = f"<html lang=en-US><h1>A new bridge</h1><p>3/4/2024</p>{BODY}"
    assert facts(html).published == "2024-03-04"


def test_a_date_within_the_story_is_not_the_pages() -> None:
    story = f"The first bridge was opened by the mayor on May 2, 2004, {'as many recall ' * 6}."
    assert facts(f"<h1>A new bridge</h1><p>{story}</p>").published is None


# Structured data, however written


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article", "author": "Ada Vance"} -->',
        '//<![CDATA[\n{"@type": "Article", "author": "Ada Vance"}\n//]]>',
        '/* <![CDATA[ */ {"@type": "Article", "author": "Ada Vance"} /* ]]> */',
        '[[{"@type": ["Article", "Thing"], "author": "Ada Vance",}]]',
        '{"@type": "WebSite"}{"@type": "Article", "author": "Ada Vance"};',
        '{"@type": "http://schema.org/Article", "author": "Ada&#32;Vance"}',
        '{"@type": "Article", "headline": "A "new" bridge", "author": {"name": "Ada Vance"}}',
        '{"@type": "Article", "author": [{"@type": "Person", "name": "Ada Vance"',
        '{"@type": "WebPage", "mainEntity": {"@type": "Article", "author": "Ada Vance"}}',
        '{"@type": "Article", "articleBody": "two\nlines", "author": "Ada Vance"}',
    ],
)
def test_structured_data_is_read_however_badly_written(script: str) -> None:
    html = f'<script type="application/ld+json">{script}</script>{BODY}'
    assert facts(html).author == "Ada Vance"


@pytest.mark.parametrize("script", ["[" * 100_000, '{"a":' * 100_000, "", "{", "null", "[1, true]"])
def test_structured_data_without_sense_is_passed_over(script: str) -> None:
    html = f'<script type="application/ld+json">{script}</script><title>Bridge</title>{BODY}'
    assert facts(html).title == "Bridge"


def test_structured_data_of_megabytes_is_not_read() -> None:
    thing = {"@type": "Article", "author": "Ada Vance", "articleBody": "x" * 2_200_000}
    assert facts(linked(thing) + BODY).author is None


def test_a_list_of_articles_lends_its_authors_to_no_page() -> None:
    things = [{"@type": "Article", "author": f"Ada Vance {n}"} for n in range(9)]
    assert facts(linked({"@graph": things})).author is None


# The other facts


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<html lang=de>", "de"),
        ("<html lang=en_US>", "en-US"),
        ("<html xml:lang=fr>", "fr"),
        ("<meta http-equiv=content-language content='es, en'>", "es"),
        ("<meta property=og:locale content=pt_BR.UTF-8>", "pt-BR"),
        ("<html lang='{{lang}}'><meta property=og:locale content=nl_NL>", "nl-NL"),
    ],
)
def test_the_language_is_the_one_declared(html: str, language: str) -> None:
    assert facts(html + BODY).language == language


def test_the_language_is_told_by_the_text_where_none_is_declared() -> None:
    assert facts(BODY * 3).language == "en"
    assert (
        facts("<p>Der Stadtrat hat gestern die neue Brücke über den Fluss genehmigt.").language
        == "de"
    )
    assert facts("<p>今天上午市政府宣布新桥将于五月开工预计明年秋天完成。").language == "zh"
    assert facts("<p>42</p>").language is None


def test_site_description_and_canonical_address_are_read() -> None:
    html = f"""<base href="/news/"><link rel="shortlink canonical" href="bridge">
        <meta property="og:site_name" content=" The  Harbour Post ">
        <meta name=description content="On a &quot;new&quot;\n bridge">{BODY}"""
    found = facts(html, "https://post.example/x?y")
    assert found.site_name == "The Harbour Post"
    assert found.description == 'On a "new" bridge'
    assert found.canonical_url == "https://post.example/news/bridge"


@pytest.mark.parametrize("href", ["javascript:void(0)", "", "http://[", "mailto:a@b.example", "/a"])
def test_a_canonical_address_that_is_none_is_left_out(href: str) -> None:
    assert facts(f'<link rel=canonical href="{href}">{BODY}').canonical_url is None


QUESTIONS: dict[str, object] = {
    "@type": "FAQPage",
    "mainEntity": [
        {
            "@type": "Question",
            "name": f"Is question {number} asked often?",
            "acceptedAnswer": {"@type": "Answer", "text": f"<p>Answer {number} is given.</p>"},
        }
        for number in range(5)
    ],
}


@pytest.mark.parametrize("kind", ["Article", "Product", "JobPosting"])
def test_questions_at_its_end_make_no_forum_of_what_a_page_is_about(kind: str) -> None:
    thing = {"@type": kind, "name": "A", "author": {"@type": "Person", "name": "Ada Wren"}}
    alone, both = facts(linked(thing) + BODY), facts(linked(thing, QUESTIONS) + BODY)
    assert (both.page_kind, both.author) == (alone.page_kind, "Ada Wren")
    assert alone.page_kind not in (None, "forum")


def test_questions_in_the_markup_make_no_forum_either() -> None:
    items = "<div itemscope itemtype='https://schema.org/FAQPage'><div itemscope itemtype="
    assert facts(f"{items}'https://schema.org/Question'></div></div>").page_kind == "faq"


def test_a_thread_is_a_forum_still() -> None:
    thread = {"@type": "QAPage", "mainEntity": {"@type": "Question", "name": "Why?"}}
    assert facts(linked(thread) + BODY).page_kind == "forum"


# What it tells of its text


def test_the_text_of_what_a_page_is_about_comes_without_markup_and_line_by_line() -> None:
    article = {"@type": "Article", "articleBody": "<p>It sails &amp; sinks.</p>\n It  sails again."}
    assert facts(linked(article)).body == "It sails & sinks.\nIt sails again."


def test_a_recipe_is_told_part_by_part() -> None:
    recipe = {
        "@type": "Recipe",
        "name": "Barley soup",
        "recipeIngredient": ["1 onion", "barley"],
        "recipeInstructions": [
            {"@type": "HowToSection", "itemListElement": [{"@type": "HowToStep", "text": "Stir."}]},
            {"@type": "HowToStep", "name": "Serve.", "text": "Serve."},
        ],
    }
    assert facts(linked(recipe)).body == "Barley soup\n1 onion\nbarley\nStir.\nServe."


def test_questions_are_told_wherever_they_stand() -> None:
    asked = {
        "@type": "Question",
        "@id": "#q",
        "name": "May I?",
        "acceptedAnswer": {"@type": "Answer", "text": "You may."},
    }
    page = {"@type": ["WebPage", "FAQPage"], "mainEntity": [{"@id": "#q"}]}
    assert facts(linked({"@graph": [page, asked]})).body == "May I?\nYou may."
    assert (facts(linked(QUESTIONS)).body or "").count("Answer 3") == 1


def test_what_is_told_of_others_is_not_of_the_page() -> None:
    author = {"@type": "Person", "name": "Ada Wren", "description": "Ada lives by the sea."}
    review = {"@type": "Review", "reviewBody": "Broke on day two."}
    thing = {"@type": "Product", "description": "A lamp.", "author": author, "review": [review]}
    told = facts(linked(thing))
    assert told.body == "A lamp."
    assert set((told.others or "").split("\n")) == {"Ada lives by the sea.", "Broke on day two."}


def test_of_a_long_text_the_beginning_is_kept() -> None:
    lines = "\n".join(f"line {number} of the story" for number in range(9_000))
    told = facts(linked({"@type": "Article", "articleBody": lines})).body or ""
    assert told.startswith("line 0 of")
    assert len(told) < 25_000


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        (linked({"@type": "NewsArticle"}), "article"),
        (linked({"@graph": [{"@type": "Article"}, {"@type": "Recipe"}]}), "recipe"),
        (linked({"@type": "Product"}), "product"),
        (linked({"@type": "QAPage"}), "forum"),
        (linked({"@type": "MusicEvent"}), "event"),
        (linked({"@type": "CollectionPage"}), "listing"),
        ("<div itemscope itemtype='https://schema.org/DiscussionForumPosting'></div>", "forum"),
        ("<meta property=og:type content=article>", "article"),
        ("<meta property=og:type content=video.other>", "video"),
        ("<meta property=og:type content=website>", None),
        (linked({"@type": "Organization"}), None),
    ],
)
def test_the_kind_of_page_is_that_of_the_thing_it_is_about(html: str, kind: str | None) -> None:
    assert facts(html + BODY).page_kind == kind


def test_a_page_that_says_nothing_of_itself_has_no_facts() -> None:
    assert facts("") == Facts()


HEADS = st.lists(
    st.sampled_from(
        [
            "<title>a | b</title>",
            "<meta name=author content='By '>",
            "<meta property=og:title content=' - '>",
            "<meta name=date content=2024-99-99>",
            "<link rel=canonical href='http://[x'>",
            "<base href='http://['>",
            "<h1> ¶</h1>",
            "<time datetime=0000-00-00>20</time>",
            "<p class=author><br></p>",
            "<div itemprop=author itemscope itemtype=''>",
            '<script type="application/ld+json">{"@type": {}, "author": [[1]]}</script>',
            '<script type="application/ld+json">{"@graph": "x", "@id": []}</script>',
        ]
    ),
    max_size=6,
).map("".join)


@given(
    HEADS, st.one_of(documents(), soups()), st.sampled_from([None, "", "http://[", "https://a.b/c"])
)
def test_nothing_makes_it_fail(head: str, html: str, url: str | None) -> None:
    found = facts(head + html, url)
    for fact in (found.title, found.author, found.published, found.language, found.description):
        assert fact is None or fact.strip() == fact != ""
