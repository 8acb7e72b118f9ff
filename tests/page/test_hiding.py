"""What a browser would not show, what is not to be taken for it, and what nobody can see."""

from __future__ import annotations

import pytest

from webis_mcp.page.model import Hidden
from webis_mcp.page.reading.hiding import Hiding, strip_invisible
from webis_mcp.page.tree import parse


def hidden(tag: str, *styles: str) -> Hidden:
    """Why the element of a start tag is hidden, on a page with such style sheets."""
    (body,) = parse(tag + "text").named["body"]
    node = body.children[0]
    assert not isinstance(node, str)
    return Hiding(styles).of(node)


def test_an_element_that_says_nothing_is_shown() -> None:
    assert hidden("<p>") is Hidden.NO
    assert hidden("<p class=text id=top style='color: red'>") is Hidden.NO


# ------------------------------------------------------------ inline styles

HIDES = [
    "display:none",
    "DISPLAY : NONE !important",
    "color: red; display:\nnone",
    "visibility: hidden",
    "visibility:collapse",
    "opacity:0",
    "opacity: 0.0; color: red",
    "opacity:0%",
    "font-size:0",
    "font-size: 0px !important",
    "font-size:.0em",
    "position:absolute; left:-9999px",
    "position:absolute;top:-1000px",
    "margin-left: -10000px",
    "text-indent:-9999px",
    "text-indent:-999em",
    "clip:rect(0,0,0,0)",
    "clip: rect(1px 1px 1px 1px)",
    "clip-path:inset(50%)",
    "clip-path: inset(100%)",
    "content-visibility:hidden",
    "color:transparent",
    "color:#fff;background:#fff",
    "color: white; background-color: #FFFFFF",
    "background:red;color:red",
    "color:rgb(255, 255, 255);background:#fff",
]


@pytest.mark.parametrize("style", HIDES)
def test_an_inline_style_may_hide(style: str) -> None:
    assert hidden(f'<p style="{style}">') is Hidden.CSS


SHOWS = [
    "display:block",
    "display: inline-block; margin: 0",
    "visibility:visible",
    "opacity:0.5",
    "opacity: .5",
    "opacity:0.05",
    "opacity:1",
    "opacity: 1",
    "opacity: 0.99; color: red",
    "font-size: 1em",
    "font-size: ",
    "font-size:0.9em",
    "font-size:.9em",
    "font-size: 01.5em",
    "font-size:100%",
    "left:-10px",
    "margin-left:-15px",
    "margin-left:-99em",
    "text-indent:-2em",
    "padding-bottom:9999px;margin-bottom:-9999px",
    "clip:rect(0,100px,100px,0)",
    "clip-path:inset(10%)",
    "content-visibility:auto",
    "background-color:transparent",
    "border-color: transparent",
    "fill-opacity:0",
    "--tooltip-display:none",
    "color:#fff",
    "color:#fff;background:#000",
    "color: white; background: #036 url(paper.png)",
    "color:inherit;background:inherit",
    "color:inherit;background-color:inherit",
    "background-color:red;border-color:red",
    "max-height:none;display:flex",
    "border:none",
    "pointer-events:none;user-select:none",
]


@pytest.mark.parametrize("style", SHOWS)
def test_a_style_that_hides_nothing_is_not_taken_for_one(style: str) -> None:
    assert hidden(f'<p style="{style}">') is Hidden.NO
    assert hidden("<p class=a>", f".a {{ {style} }}") is Hidden.NO


# ------------------------------------------------------------ attributes and names


@pytest.mark.parametrize(
    "tag", ["<p hidden>", "<p hidden=until-found>", "<dialog>", "<dialog id=x>"]
)
def test_attributes_and_closed_dialogs_hide(tag: str) -> None:
    assert hidden(tag) is Hidden.ATTRIBUTE


@pytest.mark.parametrize(
    "name",
    [
        "sr-only",
        "visually-hidden",
        "screen-reader-text",
        "u-srOnly",
        "wprm-screen-reader-text",
        "tasty-recipes-screen-reader",
        "utilities_visuallyhidden__5vJWI",
        "price__sr-text",
        "a-offscreen",
    ],
)
def test_class_names_may_mean_for_screen_readers_only(name: str) -> None:
    assert hidden(f"<p class='text {name}'>") is Hidden.SCREEN_READER


def test_a_hostile_class_name_is_looked_at_in_one_pass() -> None:
    name = "sronly__" * 8_000 + "!"  # square, each would take seconds
    assert {hidden(f"<p class='{name}{number}'>") for number in range(100)} == {Hidden.NO}


@pytest.mark.parametrize(
    "tag",
    [
        "<details>",
        "<summary>",
        "<dialog open>",
        "<p aria-hidden=true>",
        "<p class=not-sr-only>",
        "<p class=sr-only-focusable>",
        "<p class=focus:not-sr-only>",
        "<p class=visually-hidden-focusable>",
        "<p class=field--label-visually_hidden>",
        "<p class=user-only>",
        "<p class=hidden>",
        "<p class='md:hidden'>",
        "<p data-hidden>",
        "<p title='display:none'>",
    ],
)
def test_what_a_browser_shows_is_not_hidden(tag: str) -> None:
    assert hidden(tag) is Hidden.NO


# ------------------------------------------------------------ style sheets


@pytest.mark.parametrize(
    "sheet",
    [
        ".a{display:none}",
        ".x { color: red }\n\n.a {\n  display : none;\n}",
        ".x, .a , .y{visibility:hidden}",
        "p.a{display:none !important}",
        "#i{position:absolute;left:-5000px}",
        "@charset 'utf-8'; .a{display:none}",
        "@import url(x.css);\n.a{display:none}",
        "@font-face{font-family:x}.a{display:none}",
        "@media print{.b{color:red}.c{x:y}} .a{display:none}",
        "/* .b{ */ .a{/* hide */display:none}",
        ".b{} } .a{display:none}",
    ],
)
def test_a_rule_of_one_class_or_id_hides(sheet: str) -> None:
    assert hidden("<p class='z a' id=i>", sheet) is Hidden.CSS


@pytest.mark.parametrize(
    "sheet",
    [
        "@media print{.a{display:none}}",
        "@media print { .b{color:red} .a{display:none} } .c{x:y}",
        "@media (max-width: 600px) {\n.a{display:none}\n}",
        "@supports (x:y){@media print{.a{display:none}}}",
        "@keyframes a{from{opacity:0}to{opacity:1}}",
        ".b .a{display:none}",
        ".b > .a{display:none}",
        ".a.closed{display:none}",
        ".a:empty{display:none}",
        ".a::before{display:none}",
        ".a[hidden]{display:none}",
        ".aa{display:none}",
        ".A{display:none}",
        "#a{display:none}",
        "/* .a{display:none} */",
        ".b{display:none}",
    ],
)
def test_a_rule_for_print_or_for_others_hides_nothing(sheet: str) -> None:
    assert hidden("<p class='z a' id=i>", sheet) is Hidden.NO


def test_all_style_sheets_of_a_page_count() -> None:
    assert hidden("<p class=b>", ".a{display:none}", ".b{display:none}") is Hidden.CSS


@pytest.mark.parametrize(
    "sheet", ["", "{", "}", "{}", ".a{", "@media", "@media{", "{{{{", "}}}}", "/*"]
)
def test_a_broken_style_sheet_hides_nothing(sheet: str) -> None:
    assert hidden("<p class=a>", sheet) is Hidden.NO


@pytest.mark.parametrize(
    "sheet",
    [
        "/* " * 100_000,
        ".a{opacity:" + "0" * 30_000 + "1}",
        ".a{opacity:0." + "0" * 100_000 + "1}",
        ".a{none;" + ("display" + " " * 1_000) * 100 + "}",
        ".a{" + "clip:rect( 0 0 0" * 20_000 + "}",
        "{:none" * 50_000,
    ],
    ids=["open comments", "zeros", "decimals", "white space", "rectangles", "braces"],
)
def test_a_hostile_style_sheet_is_read_in_one_pass(sheet: str) -> None:
    """The first two once took minutes."""
    assert hidden("<p class=a>", sheet) is Hidden.NO


# ------------------------------------------------------------ characters


@pytest.mark.parametrize(
    "text",
    [
        "naïve – “quoted” … €5",
        "👨\u200d👩\u200d👧 and 👩🏽\u200d🚀",
        "❤\ufe0f and ☎\ufe0e and 1\ufe0f\u20e3 and ©\ufe0f",
        "می\u200cخواهم",
        "क्\u200dष and क्\u200cष",
        "ශ්\u200dරී ලංකා",
        "שלום עולם",
        "中文，日本語、한국어",
        "e\u0301 combined",
    ],
)
def test_characters_that_shape_what_is_seen_are_kept(text: str) -> None:
    assert strip_invisible(text) == text


@pytest.mark.parametrize(
    "characters",
    [
        "\u00ad",
        "\u200b",
        "\u200c\u200d",
        "\u2060\ufeff",
        "\u200e\u200f\u061c",
        "\u202a\u202e\u202c",
        "\u2066\u2067\u2069",
        "\u180e\u3164\uffa0",
        "\U000e0049\U000e0067\U000e006e",
        "\ufe00\ufe01\ufe0f",
        "\U000e0100",
        "\ufff9\ufffa\ufffb",
        "\u034f\u115f\u1160",
        "\u17b4\u17b5\u180b",
    ],
)
def test_characters_that_nobody_sees_are_stripped(characters: str) -> None:
    assert strip_invisible(f"be{characters}fore") == "before"


def test_a_message_in_variation_selectors_is_stripped_but_for_the_look_of_a_symbol() -> None:
    assert strip_invisible("😀\ufe0f\ufe01\ufe02\ufe03 end") == "😀\ufe0f end"


# ------------------------------------------------------------ parts that come late


def test_a_part_that_the_server_sends_late_is_shown() -> None:
    assert hidden('<div hidden id="S:1f">') is Hidden.NO
    assert hidden('<div hidden id="S:0" style="display:none">') is Hidden.NO
    assert hidden('<div hidden id="B:0">') is Hidden.ATTRIBUTE
    assert hidden('<div hidden id="S:story">') is Hidden.ATTRIBUTE
