"""A line as it is gathered, and where links and pictures lead."""

from __future__ import annotations

import pytest

from webis_mcp.page.model import Image, Mark
from webis_mcp.page.reading.lines import Line, Links
from webis_mcp.page.tree import parse

BASE = "https://example.org/dir/page?q=1#top"


def gathered(*pieces: str) -> list[str]:
    """The runs of a line that was given pieces; "\\n" is a break."""
    line = Line()
    for piece in pieces:
        if piece == "\n":
            line.end_line()
        else:
            line.add(piece, Mark.PLAIN, None)
    return [run.text for run in line.runs()]


@pytest.mark.parametrize(
    ("pieces", "runs"),
    [
        (["one two"], ["one two"]),
        ([" one ", " two "], ["one two"]),
        (["one", " ", " ", "two"], ["one two"]),
        (["one", "two"], ["onetwo"]),
        (["\n", "one"], ["one"]),
        (["one ", "\n", " two"], ["one", "\n", "two"]),
        (["one", " ", "\n", "two"], ["one", "\n", "two"]),
        (["one", "\n"], ["one"]),
        ([" ", "\t"], []),
        (["\u200b", "one", "\ufeff "], ["one"]),
        (["\ue095", " Pin"], ["Pin"]),  # an icon of the site's own font
        (["one \uf0e1", " two"], ["one two"]),
        (["有\ue2e5较深"], ["有\ue2e5较深"]),  # a letter that Unicode had not yet
    ],
)
def test_white_space_is_collapsed_over_pieces_and_none_is_left_at_the_ends(
    pieces: list[str], runs: list[str]
) -> None:
    assert gathered(*pieces) == runs


def test_a_second_break_says_that_the_line_was_empty() -> None:
    line = Line()
    assert not line.end_line()  # nothing was there to be broken
    line.add("one", Mark.PLAIN, None)
    assert not line.end_line()
    line.add("  ", Mark.PLAIN, None)
    assert line.end_line()


def test_a_picture_is_kept_though_it_has_no_text() -> None:
    line = Line()
    line.add("one ", Mark.PLAIN, None)
    line.add_image(Image("p.png", ""), "https://example.org/")
    (text, picture) = line.runs()
    assert (text.text, picture.href) == ("one ", "https://example.org/")
    assert picture.image == Image("p.png", "")


def test_ten_thousand_pieces_of_one_look_are_one_run() -> None:
    line = Line()
    for _ in range(10_000):
        line.add("x ", Mark.STRONG, None)
    (run,) = line.runs()
    assert run.text == " ".join(["x"] * 10_000)


@pytest.mark.parametrize(
    ("href", "resolved"),
    [
        ("other", "https://example.org/dir/other"),
        ("./other", "https://example.org/dir/other"),
        ("../up", "https://example.org/up"),
        ("/root", "https://example.org/root"),
        ("/a/../b", "https://example.org/b"),
        ("/./b", "https://example.org/b"),
        ("?q=2", "https://example.org/dir/page?q=2"),
        ("//other.example/x", "https://other.example/x"),
        ("https://other.example/x", "https://other.example/x"),
        ("HTTPS://other.example/x", "https://other.example/x"),
        ("#name", "#name"),
        ("mailto:someone@example.org", "mailto:someone@example.org"),
        (" \n/root\t ", "https://example.org/root"),
        ("/ro\n\tot", "https://example.org/root"),
        ("/two words", "https://example.org/two words"),
        ("/two\n words", "https://example.org/two words"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_links_are_resolved_against_the_base(href: str, resolved: str) -> None:
    assert (Links(BASE).resolve(href) or "").lower() == resolved


@pytest.mark.parametrize(
    "href",
    [
        "",
        "  ",
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "\x00 \x1fdata:text/html,x",
        "vbscript:x",
        "about:blank",
    ],
)
def test_a_link_to_a_script_or_to_nothing_leads_nowhere(href: str) -> None:
    assert Links(BASE).resolve(href) is None


@pytest.mark.parametrize("base", [None, "", "http://[::1"])
def test_without_a_base_links_stay_as_they_are(base: str | None) -> None:
    links = Links(base)
    assert links.resolve("other") == "other"
    assert links.resolve("/root") == "/root"
    assert links.resolve("https://example.org/") == "https://example.org/"


def image(markup: str) -> Image | None:
    (node,) = parse(markup).named["img"]
    return Links(BASE).image(node)


@pytest.mark.parametrize(
    ("markup", "src"),
    [
        ("<img src=a.png>", "https://example.org/dir/a.png"),
        ("<img src=a.png width=100 height=100>", "https://example.org/dir/a.png"),
        ("<img data-src=/lazy.png>", "https://example.org/lazy.png"),
        ("<img src=blank.gif data-src=/lazy.png>", "https://example.org/lazy.png"),
        ("<img src='data:image/gif;base64,R0' data-original=/l.png>", "https://example.org/l.png"),
        ("<img src='' data-lazy-src=/l.png>", "https://example.org/l.png"),
    ],
)
def test_a_picture_lies_where_it_will_be_loaded_from(markup: str, src: str) -> None:
    found = image(markup)
    assert found is not None
    assert found.src == src


@pytest.mark.parametrize(
    "markup",
    [
        "<img>",
        "<img src=''>",
        "<img src='#'>",
        "<img src='data:image/gif;base64,R0'>",
        "<img src=count.gif width=1 height=1>",
        "<img src=count.gif height=0>",
        "<img src='javascript:x'>",
    ],
)
def test_placeholders_and_counting_pixels_are_no_pictures(markup: str) -> None:
    assert image(markup) is None


def test_what_a_picture_says_is_one_line() -> None:
    found = image("<img src=a.png alt=' A\n\u200bpicture '>")
    assert found is not None
    assert found.alt == "A picture"
