"""What kept blocks become as Markdown and as text: headings, paragraphs, marks, links, code."""

from __future__ import annotations

import pytest

from webis_mcp.page.model import Block, Element, Image, Kind, ListPlace, Mark, Page, Run
from webis_mcp.page.writing.writer import Writing, write_markdown, write_text

STRONG, EMPHASIS, CODE, STRIKE = Mark.STRONG, Mark.EMPHASIS, Mark.CODE, Mark.STRIKE
BREAK = Run("\n")


def block(*runs: Run | str, kind: Kind = Kind.PARAGRAPH, level: int = 0) -> Block:
    found = tuple(Run(run) if isinstance(run, str) else run for run in runs)
    return Block(0, kind, "".join(run.text for run in found), -1, 0, level, found)


def heading(*runs: Run | str, level: int = 2) -> Block:
    return block(*runs, kind=Kind.HEADING, level=level)


def code(text: str, language: str = "") -> Block:
    return block(text, kind=Kind.CODE)._replace(language=language)


def page_of(*blocks: Block, url: str | None = None, elements: tuple[Element, ...] = ()) -> Page:
    ordered = tuple(block._replace(order=order) for order, block in enumerate(blocks))
    return Page(url, ordered, elements)


def written(*blocks: Block, how: Writing | None = None) -> str:
    return write_markdown(page_of(*blocks), [True] * len(blocks), how or Writing())


def line(*runs: Run | str) -> str:
    return written(block(*runs))


# ------------------------------------------------ blocks


def test_blocks_are_parted_by_blank_lines() -> None:
    assert written(heading("News"), block("One."), block("Two.")) == "## News\n\nOne.\n\nTwo."


def test_a_block_that_is_not_kept_is_not_written() -> None:
    page = page_of(block("One."), block("Two."), block("Three."))
    assert write_markdown(page, [True, False, True]) == "One.\n\nThree."
    assert write_text(page, [False, True, False]) == "Two."


def test_nothing_kept_is_nothing_written() -> None:
    page = page_of(block("One."))
    assert write_markdown(page, [False]) == write_text(page, [False]) == ""
    assert write_markdown(page_of(), []) == write_text(page_of(), []) == ""


def test_there_has_to_be_one_verdict_a_block() -> None:
    with pytest.raises(ValueError, match="1 verdicts for 2 blocks"):
        write_markdown(page_of(block("One."), block("Two.")), [True])


def test_a_heading_is_not_bold_and_keeps_to_one_line() -> None:
    assert written(heading(Run("Big", STRONG), BREAK, "news", level=3)) == "### Big news"


def test_a_hash_at_the_end_of_a_heading_is_kept() -> None:
    assert written(heading("Sharps: C #")) == "## Sharps: C \\#"
    assert written(heading("C#")) == "## C#"


def test_a_caption_is_in_italics() -> None:
    caption = block("A harbour, ", Run("1902", EMPHASIS), kind=Kind.CAPTION)
    assert written(caption) == "*A harbour, 1902*"


def test_a_definition_stands_below_its_term() -> None:
    term = block("Tern", kind=Kind.TERM)
    meanings = [block(text, kind=Kind.DEFINITION) for text in ("A bird.", "Three.")]
    assert written(term, *meanings, block("End.")) == "**Tern**\n: A bird.\n: Three.\n\nEnd."


def test_a_term_without_a_definition_is_a_paragraph() -> None:
    assert written(block("Tern", kind=Kind.TERM), block("Text.")) == "Tern\n\nText."


def test_code_is_copied_as_it_stands() -> None:
    source = "if a:\n    b = '*'\n\n\treturn <c>"
    assert written(code(source, "python")) == f"```python\n{source}\n```"


def test_a_fence_is_longer_than_any_in_the_code() -> None:
    assert written(code("```\nx\n````")) == "`````\n```\nx\n````\n`````"


def test_a_language_that_is_none_is_left_out() -> None:
    assert written(code("x", "c++")) == "```c++\nx\n```"
    assert written(code("x", "` js")) == "```\nx\n```"


def test_text_is_the_blocks_text_and_no_markup() -> None:
    page = page_of(heading("News"), block("a ", Run("*b*", STRONG)), code("x\n  y"))
    assert write_text(page, [True] * 3) == "News\n\na *b*\n\nx\n  y"


def test_tables_are_left_out_of_markdown_and_text_when_they_are_not_wanted() -> None:
    page = page_of(block("One."), Block(0, Kind.TABLE, "a\tb", -1, 0))
    assert write_markdown(page, [True, True], Writing(tables=False)) == "One."
    assert write_text(page, [True, True], Writing(tables=False)) == "One."


# ------------------------------------------------ marks


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (STRONG, "a **b** c"),
        (EMPHASIS, "a *b* c"),
        (STRIKE, "a ~~b~~ c"),
        (CODE, "a `b` c"),
        (STRONG | EMPHASIS, "a ***b*** c"),
        (STRONG | CODE, "a **`b`** c"),
    ],
)
def test_marks_are_written(mark: Mark, expected: str) -> None:
    assert line("a ", Run("b", mark), " c") == expected


def test_white_space_stands_outside_the_marks() -> None:
    assert line("a", Run(" b ", STRONG), "c") == "a **b** c"


def test_neighbours_of_one_mark_are_one() -> None:
    assert line(Run("a", STRONG), Run(" ", STRONG), Run("b", STRONG)) == "**a b**"
    assert line(Run("a", STRONG), " ", Run("b", STRONG)) == "**a b**"


def test_what_is_marked_alike_and_parted_by_a_space_alone_is_marked_as_one() -> None:
    assert line(Run("so", STRONG), " ", Run("far", STRONG)) == "**so far**"
    assert line(Run("so", STRONG), " and ", Run("far", STRONG)) == "**so** and **far**"


def test_what_looks_like_an_item_is_escaped_before_a_mark_or_a_link_too() -> None:
    assert line("1. ", Run("One", STRONG), " more") == "1\\. **One** more"
    assert line("1. ", Run("One", href="/a")) == "1\\. [One](/a)"
    assert line("1.", Run("One", href="/a")) == "1\\.[One](/a)"


def test_a_mark_without_a_word_in_it_is_left_out() -> None:
    assert line("a ", Run("\u2013", STRONG), " b") == "a \u2013 b"


def test_a_mark_within_a_mark_is_nested() -> None:
    runs = Run("a ", STRONG), Run("b", STRONG | EMPHASIS), Run(" c", STRONG)
    assert line(*runs) == "**a *b* c**"


def test_marks_do_not_cross_line_breaks() -> None:
    assert line(Run("a", STRONG), BREAK, Run("b", STRONG)) == "**a**  \n**b**"


def test_part_of_a_word_can_be_marked() -> None:
    assert line("un", Run("frigging", EMPHASIS), "believable") == "un*frigging*believable"


def test_punctuation_beside_a_letter_is_moved_out_of_the_mark_that_could_not_stand() -> None:
    assert line("他说", Run("“你好”", STRONG), "然后") == "他说“**你好**”然后"
    assert line("Why", Run("?", STRONG), " Because.") == "Why? Because."


def test_marks_that_would_run_together_give_way_to_the_words() -> None:
    assert line(Run("a", STRONG), Run("b", EMPHASIS)) == "**a**b"


def test_code_with_backticks_has_more_of_them_around_it() -> None:
    assert line(Run("a`b", CODE)) == "``a`b``"
    assert line(Run("`", CODE)) == "`` ` ``"


def test_a_number_that_is_raised_does_not_run_into_its_neighbour() -> None:
    raised = Mark.SUPERSCRIPT
    assert line("10", Run("6", raised), " volts") == "10<sup>6</sup> volts"
    assert line("the 1", Run("st", raised), " of May") == "the 1st of May"


def test_a_lowered_text_is_text() -> None:
    assert line("CO", Run("2", Mark.SUBSCRIPT)) == "CO2"


# ------------------------------------------------ links and images


def test_a_link_is_written_with_its_address() -> None:
    href = "https://example.org/a"
    assert line("See ", Run("this", href=href), ".") == "See [this](https://example.org/a)."
    assert written(block(Run("this", href=href)), how=Writing(links=False)) == "this"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/a_(b)", "https://example.org/a_(b)"),
        ("https://example.org/a)", "https://example.org/a%29"),
        ("https://example.org/<b>", "https://example.org/%3Cb%3E"),
        ("https://example.org/?a&lt;", "https://example.org/?a\\&lt;"),
        ("https://example.org/ä", "https://example.org/ä"),
    ],
)
def test_an_address_keeps_within_its_parentheses(href: str, expected: str) -> None:
    assert line(Run("x", href=href)) == f"[x]({expected})"


@pytest.mark.parametrize(
    "href",
    ["", "javascript:x", " JAVASCRIPT:x", "java\nscript:x", "data:,x", "file:///a", "#top", "#"],
)
def test_what_leads_nowhere_is_text(href: str) -> None:
    assert line(Run("x", href=href)) == "x"


def test_a_link_to_a_place_on_the_same_page_is_text() -> None:
    page = page_of(block(Run("below", href="https://example.org/a#b")), url="https://example.org/a")
    assert write_markdown(page, [True]) == "below"


def test_a_link_that_is_its_own_address_is_one() -> None:
    href = "https://example.org/a"
    assert line(Run(href, href=href)) == "<https://example.org/a>"


def test_a_link_in_bold_is_bold_within() -> None:
    assert line(Run("x", STRONG, "https://example.org/")) == "[**x**](https://example.org/)"


def test_a_link_over_two_lines_is_one_link() -> None:
    href = "https://example.org/"
    runs = Run("Title", href=href), BREAK, Run("Author", href=href)
    assert line(*runs) == "[Title Author](https://example.org/)"


def test_brackets_in_a_link_are_escaped_only_where_they_do_not_match() -> None:
    href = "https://example.org/"
    assert line(Run("[1]", href=href)) == "[[1]](https://example.org/)"
    assert line(Run("a] [b", href=href)) == "[a\\] \\[b](https://example.org/)"


def test_an_exclamation_mark_does_not_make_a_link_an_image() -> None:
    assert line("Ha!", Run("x", href="https://example.org/")) == "Ha\\![x](https://example.org/)"


def test_images_are_written_only_when_they_are_wanted() -> None:
    image = Run("", image=Image("https://example.org/a b.png", "A [red] boat"))
    assert line("a ", image, " b") == "a b"
    wanted = written(block("a ", image, " b"), how=Writing(images=True))
    assert wanted == "a ![A \\[red\\] boat](https://example.org/a%20b.png) b"


def test_an_image_that_is_data_is_left_out() -> None:
    image = Run("", image=Image("data:image/png;base64,AAAA", "A boat"))
    assert written(block(image, kind=Kind.IMAGE), how=Writing(images=True)) == ""


# ------------------------------------------------ text that looks like Markdown


@pytest.mark.parametrize(
    "text",
    [
        "5 * 3 = 15",
        "snake_case and more_of_it",
        "Price* without tax",
        "from ~5 to ~6 km",
        "a < b > c & d",
        "[1] and [sic]",
        "C:\\temp\\new",
        "1.5 litres - or 2.",
        "#tag, C# and 50 %",
        "(see below) | that",
        "It's 5' 4\"; 100% sure!",
        "AT&T; R&D",
    ],
)
def test_text_that_no_one_would_misread_is_left_alone(text: str) -> None:
    assert line(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# one", "\\# one"),
        ("- one", "\\- one"),
        ("+ one", "\\+ one"),
        ("1. one", "1\\. one"),
        ("12) one", "12\\) one"),
        ("> one", "\\> one"),
        ("---", "\\---"),
        ("***", "\\*\\*\\*"),
        ("```", "\\`\\`\\`"),
        ("~~~", "\\~\\~\\~"),
        ("*one*", "\\*one\\*"),
        ("_one_", "\\_one\\_"),
        ("~~one~~", "\\~\\~one\\~\\~"),
        ("a `b` c", "a \\`b\\` c"),
        ("[a](b)", "[a\\](b)"),
        ("![a](b)", "!\\[a\\](b)"),
        ("[a]: b", "\\[a]: b"),
        ("[^1] and", "\\[^1] and"),
        ("[ ] todo", "\\[ ] todo"),
        ("a <b> c", "a \\<b> c"),
        ("<!-- a", "\\<!-- a"),
        ("&amp;", "\\&amp;"),
        ("\\*", "\\\\*"),
    ],
)
def test_text_that_would_be_misread_is_escaped(text: str, expected: str) -> None:
    assert line(text) == expected


def test_no_line_of_a_paragraph_becomes_a_heading_or_a_table() -> None:
    assert line("One", BREAK, "===") == "One  \n\\==="
    assert line("a | b", BREAK, "---|---") == "a | b  \n\\---|---"


def test_a_mark_of_the_page_is_escaped_beside_marks_of_ours() -> None:
    assert line("Price* is ", Run("low", STRONG)) == "Price\\* is **low**"


# ------------------------------------------------ footnotes


def call(label: str, anchor: str) -> Run:
    return Run(label, Mark.SUPERSCRIPT, f"#{anchor}")


NOTE_AT = (Element("p", -1, 1, "note fn1"),)


def test_a_footnote_is_one_when_its_note_is_written() -> None:
    page = page_of(
        block("Salt", call("[1]", "fn1"), " is old."),
        block("Very old.")._replace(element=0),
        elements=NOTE_AT,
    )
    assert write_markdown(page, [True, True]) == "Salt[^1] is old.\n\n[^1]: Very old."
    assert write_markdown(page, [True, False]) == "Salt[1] is old."


def test_a_note_that_begins_with_its_label_has_it_once() -> None:
    note = block(Run("1", Mark.SUPERSCRIPT, "#back"), " Very old.")._replace(element=0)
    page = page_of(block("Salt", call("1", "fn1")), note, elements=NOTE_AT)
    assert write_markdown(page, [True, True]) == "Salt[^1]\n\n[^1]: Very old."


def test_a_place_that_is_called_by_two_names_is_no_footnote() -> None:
    page = page_of(
        block("Salt", call("1", "fn1"), " and", call("2", "fn1")),
        block("Very old.")._replace(element=0),
        elements=NOTE_AT,
    )
    assert write_markdown(page, [True, True]) == "Salt<sup>1</sup> and<sup>2</sup>\n\nVery old."


def test_footnotes_in_a_list_are_not_its_items_any_more() -> None:
    elements = (Element("ol", -1, 1), Element("li", 0, 1, "fn1"), Element("li", 0, 2, "fn2"))
    notes = [
        block(text, kind=Kind.LIST_ITEM)._replace(
            element=number, place=ListPlace(0, ordered=True, number=number)
        )
        for number, text in ((1, "One."), (2, "Two."))
    ]
    page = page_of(block("a", call("1", "fn1"), " b", call("2", "fn2")), *notes, elements=elements)
    assert write_markdown(page, [True] * 3) == "a[^1] b[^2]\n\n[^1]: One.\n[^2]: Two."
