"""Markup to a page: the whole of reading, from bytes, fragments and plain text to blocks."""

from __future__ import annotations

import pytest

from tests.support import hostile
from webis_mcp.page.model import Hidden, Kind, Page
from webis_mcp.page.reading.reader import MOSTLY_HIDDEN, read_page


def texts(page: Page) -> list[str]:
    return [block.text for block in page.blocks]


def test_a_document_is_read_with_what_its_head_says() -> None:
    page = read_page(
        "<html lang=en><head><title>Title</title><script>x</script></head>"
        "<body><h1>Title</h1><p>Text.</p><script>y</script></body></html>",
        url="https://example.org/",
    )
    assert texts(page) == ["Title", "Text."]
    assert (page.url, page.facts.title, page.facts.language) == (
        "https://example.org/",
        "Title",
        "en",
    )
    assert page.scripts == 2
    assert page.warnings == ()


@pytest.mark.parametrize(
    "html",
    ["text", "<p>text", "<td>text", "<body>text", "</div>text", "<?xml version='1.0'?>text"],
)
def test_a_fragment_is_read_as_a_document(html: str) -> None:
    assert texts(read_page(html)) == ["text"]


@pytest.mark.parametrize(
    "html", ["", " \n", "<!-- note -->", "<html></html>", "<script>x</script>"]
)
def test_a_page_without_text_has_no_blocks(html: str) -> None:
    page = read_page(html)
    assert page.blocks == ()
    assert page.warnings == ()
    assert page == read_page(html.encode())


def test_text_without_markup_is_read_by_its_paragraphs() -> None:
    page = read_page("First line\nof one.\n\n\nThe second, 1 < 2 &amp; 3.\n \n")
    assert texts(page) == ["First line of one.", "The second, 1 < 2 & 3."]
    assert {block.kind for block in page.blocks} == {Kind.PARAGRAPH}


def test_bytes_are_read_in_the_encoding_that_they_are_in() -> None:
    html = "<meta charset=gb2312><p>你好，世界"
    assert texts(read_page(html.encode("gb18030"))) == ["你好，世界"]
    assert texts(read_page("<p>é".encode("latin-1"), charset="iso-8859-1")) == ["é"]


def test_a_guessed_encoding_is_a_warning() -> None:
    page = read_page(("<p>" + "これは日本語の文章です。" * 20).encode("shift_jis"))
    assert page.blocks[0].text.startswith("これは")
    assert [warning for warning in page.warnings if "encoding" in warning]


@pytest.mark.parametrize(
    ("base", "link"),
    [
        ("", "https://example.org/dir/x"),
        ("<base href='/base/'>", "https://example.org/base/x"),
        ("<base href='https://other.example/'>", "https://other.example/x"),
        ("<base target=_top><base href='/second/'>", "https://example.org/second/x"),
        ("<base href='/first/'><base href='/second/'>", "https://example.org/first/x"),
        ("<base href='http://['>", "https://example.org/dir/x"),
        ("<base href=' '>", "https://example.org/dir/x"),
    ],
)
def test_links_are_relative_to_the_first_base(base: str, link: str) -> None:
    page = read_page(f"{base}<a href=x>text</a>", url="https://example.org/dir/page")
    assert [found.href for found in page.blocks[0].links] == [link]


def test_an_address_that_is_none_does_no_harm() -> None:
    page = read_page("<a href=x>text</a>", url="http://[::1")
    assert [found.href for found in page.blocks[0].links] == ["x"]


def test_style_sheets_of_the_page_hide() -> None:
    page = read_page("<style>.a{display:none}</style><p>long enough text<p class=a>secret")
    assert [(b.text, b.hidden) for b in page.blocks] == [
        ("long enough text", Hidden.NO),
        ("secret", Hidden.CSS),
    ]


def test_a_page_that_is_all_hidden_until_its_script_runs_is_read_as_shown() -> None:
    page = read_page("<div style='opacity:0'><p>All of the text.</p></div><p>x")
    assert not any(block.hidden for block in page.blocks)
    assert page.warnings == (
        "Most of the page is hidden until its script runs; it was read as shown.",
    )


def test_a_page_of_which_less_is_hidden_is_not() -> None:
    hidden = round(100 * MOSTLY_HIDDEN) - 1
    page = read_page(f"<p style='display:none'>{'x' * hidden}</p><p>{'y' * (100 - hidden)}")
    assert [bool(block.hidden) for block in page.blocks] == [True, False]
    assert page.warnings == ()


def test_what_is_hidden_by_attribute_stays_so_however_much_it_is() -> None:
    page = read_page(f"<p hidden>{'x' * 1000}</p><p>y")
    assert [bool(block.hidden) for block in page.blocks] == [True, False]


def test_text_from_right_to_left_is_kept_in_its_order_without_signs_of_direction() -> None:
    page = read_page("<p dir=rtl>שלום \u200fעולם\u200e (2024) <b>طاب يومكم</b>")
    assert texts(page) == ["שלום עולם (2024) طاب يومكم"]


# ------------------------------------------------------------ paths


def test_a_path_leads_from_the_root_by_tag_and_number() -> None:
    page = read_page("<body><div></div><div><p>a<p>b<ul><li>c<li>d</ul></div>")
    assert [page.xpath(block) for block in page.blocks] == [
        "/html[1]/body[1]/div[2]/p[1]",
        "/html[1]/body[1]/div[2]/p[2]",
        "/html[1]/body[1]/div[2]/ul[1]/li[1]",
        "/html[1]/body[1]/div[2]/ul[1]/li[2]",
    ]


@pytest.mark.parametrize(
    ("tag", "step"),
    [
        ("x-y", "x-y[1]"),
        ("fb:like", '*[name()="fb:like"][1]'),
        ('x"y', "*[name()='x\"y'][1]"),
        ("a,b", '*[name()="a,b"][1]'),
    ],
)
def test_a_tag_that_is_no_name_in_xpath_is_asked_for_by_its_text(tag: str, step: str) -> None:
    page = read_page(f"<body><{tag}><div>text</div></{tag}>")
    assert page.xpath(page.blocks[0]) == f"/html[1]/body[1]/{step}/div[1]"


# ------------------------------------------------------------ too much


@pytest.mark.parametrize(
    ("page", "warns"),
    [
        (hostile.deep(100_000), True),
        (hostile.deep(100_000, "span"), True),
        (hostile.deep(50_000, "blockquote"), True),
        (hostile.deep_lists(3_000), True),
        (hostile.nested_tables(5_000), True),
        (hostile.many(310_000, "<i>x</i>"), True),
        (hostile.many(40_000), True),
        (hostile.many(4_000, "<table><tr><td>a<td>b<tr><td>c<td>d</table>"), False),
        (hostile.many_attributes(100_000), False),
        (hostile.span_bomb(2_000), False),
        (hostile.long_text(5_000_000), False),
        (hostile.misnested(5_000), False),
        (hostile.foster_parented(20_000), False),
    ],
    ids=[
        "deep",
        "deep spans",
        "deep quotes",
        "deep lists",
        "nested tables",
        "elements",
        "blocks",
        "tables",
        "attributes",
        "spans",
        "text",
        "misnested",
        "foster-parented",
    ],
)
def test_a_hostile_page_is_read_to_its_last_word_or_says_what_it_cut(
    page: str, warns: bool
) -> None:
    read = read_page(page)
    assert hostile.NEEDLE in read.blocks[-1].text
    assert bool(read.warnings) is warns
