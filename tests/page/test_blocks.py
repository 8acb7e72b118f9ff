"""What becomes a block, of which kind, in which order and where: what a browser would set apart."""

from __future__ import annotations

import pytest

from tests.support import hostile
from webis_mcp.page.model import Block, Hidden, Kind, Mark
from webis_mcp.page.reading.blocks import MAX_BLOCKS, Cutter
from webis_mcp.page.reading.elements import says_without_buttons
from webis_mcp.page.reading.hiding import Hiding
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.tree import Node, parse


def cut(html: str, *, base: str | None = "https://example.org/a/") -> list[Block]:
    """The blocks of a page without style sheets."""
    cutter = Cutter(base, Hiding())
    cutter.cut(parse(html).root)
    return cutter.blocks


def texts(html: str) -> list[str]:
    return [block.text for block in cut(html)]


def kinds(html: str) -> list[tuple[Kind, str]]:
    return [(block.kind, block.text) for block in cut(html)]


def only(html: str) -> Block:
    (block,) = cut(html)
    return block


# ------------------------------------------------------------ kinds and edges


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<p>x", Kind.PARAGRAPH),
        ("x", Kind.PARAGRAPH),
        ("<div>x</div>", Kind.PARAGRAPH),
        ("<h2>x</h2>", Kind.HEADING),
        ("<ul><li>x</ul>", Kind.LIST_ITEM),
        ("<pre>x</pre>", Kind.CODE),
        ("<blockquote>x</blockquote>", Kind.QUOTE),
        ("<blockquote><p>x</blockquote>", Kind.QUOTE),
        ("<figure><figcaption>x</figure>", Kind.CAPTION),
        ("<dl><dt>x</dl>", Kind.TERM),
        ("<dl><dd>x</dl>", Kind.DEFINITION),
        ("<form><button>x</button></form>", Kind.FORM),
        ("<fieldset><legend>x</legend></fieldset>", Kind.FORM),
        ("<details><summary>x</summary></details>", Kind.OTHER),
        ("<address>x</address>", Kind.OTHER),
        ("<img src=x.png>", Kind.IMAGE),
        ("<table><tr><th>x<th>y<tr><td>1<td>2</table>", Kind.TABLE),
    ],
)
def test_a_block_is_of_the_kind_that_a_person_would_name(html: str, kind: Kind) -> None:
    assert only(html).kind is kind


def test_what_a_browser_sets_apart_is_a_block_each() -> None:
    html = "<div>one<p>two</p>three<section><b>fo</b>ur</section><hr>five</div>"
    assert texts(html) == ["one", "two", "three", "four", "five"]


def test_marks_links_and_spans_do_not_part_a_block() -> None:
    assert texts("<p>a<b>b</b><a href=x>c</a> <span>d</span><wbr>e") == ["abc de"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<a href=x><b class=brand>Kivi Ridge</b><i class=ware>Lamp 5</i></a>",
            "Kivi Ridge Lamp 5",
        ),
        ("<b class=much><i>2,5</i> dl</b><b class=what>water</b>", "2,5 dl water"),
        ("<a class=n href=x>Running</a><a class=n href=y>road</a>", "Running road"),
        ("<a href=x>Talent</a><a href=y>Read more</a>", "Talent Read more"),
        ("<a href=x>re</a><a href=x>search</a>", "research"),
        ("<b class=tag>Go</b><b class=tag>Ruby</b>", "Go Ruby"),
        ("<b class=k>Total time:</b><b class=v>1 hour</b>", "Total time: 1 hour"),
        ("<b class=k>Windproof</b><b>6/6</b>", "Windproof 6/6"),
        ("<em>Shipwreck</em><b class=label>Rack</b>", "Shipwreck Rack"),
        ("<b class=k>sea</b><i>son</i>", "season"),
        ("<b class=k>20</b><b>25</b>", "2025"),
        ("<i class=v>x</i><sup class=n>2</sup>", "x2"),
        ("<b class=c>le</b><b class=c>arn</b>", "learn"),
        ("<b class=cap>T</b><b class=rest>here</b>", "There"),
        ("<b class=c1>H</b><b class=c2>I</b>", "HI"),
        ("<b class=i>bank.example/pay</b><b class=j>ments</b>", "bank.example/payments"),
        ("<b class=h>12:</b><b class=m>30</b>", "12:30"),
        ("<b class=w>59</b><b class=f>.99</b>", "59.99"),
        ("<b class=m>functools.</b><b class=f>cache</b>", "functools.cache"),
        ("<code><b class=m>no</b><b class=f>ne</b></code>", "none"),
        ("<b class=a>\u6771</b><b class=b>\u897f</b>", "\u6771\u897f"),
        ("<b class=a>sea</b><b class=b></b>son", "season"),
        ("<b>sea</b><b>son</b>", "season"),
        ("<b class=a>sea</b>son", "season"),
        ("<b class=label>fat</b>19 g", "fat 19 g"),
        ("kcal<b class=n>389</b>", "kcal 389"),
        ("<b class=n>3</b>14", "314"),
        ("<b class=cap>T</b>HE harbour", "THE harbour"),
        ("<b>Boat</b>House", "BoatHouse"),
        ("note<sup class=ref>12</sup>", "note12"),
    ],
)
def test_elements_that_touch_are_two_words_where_a_style_sheet_is_likely_to_part_them(
    markup: str, text: str
) -> None:
    assert only(f"<p>{markup}</p>").text == text


def test_words_that_a_style_sheet_parts_stay_one_link() -> None:
    (run,) = only("<p><a href=x><span class=b>Kivi</span><span class=n>Lamp</span></a></p>").runs
    assert run.text == "Kivi Lamp"


def test_white_space_is_collapsed_as_a_browser_would() -> None:
    assert texts("<p>\n one \t <b> two </b>\n\n three&nbsp; four </p>") == ["one two three four"]


def test_levels_of_headings_are_theirs() -> None:
    html = "".join(f"<h{level}>x</h{level}>" for level in range(1, 7))
    assert [block.level for block in cut(html)] == [1, 2, 3, 4, 5, 6]


def test_a_heading_may_hold_blocks_and_links() -> None:
    (block,) = cut("<h2><div><a href=/x>Title</a></div></h2>")
    assert (block.kind, block.level, block.text) == (Kind.HEADING, 2, "Title")


@pytest.mark.parametrize("sign", ["¶", "#", " § "])
def test_a_link_of_a_heading_to_itself_is_no_word_of_it(sign: str) -> None:
    block = only(f"<h2>Title<a class=headerlink href='#title'>{sign}</a></h2>")
    assert block.text == "Title"
    assert block.links == ()


@pytest.mark.parametrize("sign", ["¶", "#", "§"])
def test_a_link_beside_a_heading_to_itself_is_no_word_of_the_page(sign: str) -> None:
    html = f"<div><a href='#ok' class=anchor>{sign}</a><h3>Ok(T)</h3></div><p>{sign}</p>"
    assert texts(html)[0] == "Ok(T)"
    assert texts(f"<p>See <a href=/law#7>{sign}</a> 7</p>") == [f"See {sign} 7"]


def test_a_heading_in_an_item_is_a_heading_and_keeps_its_place() -> None:
    heading, text = cut("<ul><li><h3>Title</h3>text</ul>")
    assert (heading.kind, heading.place is not None) == (Kind.HEADING, True)
    assert (text.kind, text.place is not None) == (Kind.LIST_ITEM, True)


def test_decoration_is_no_block() -> None:
    assert texts("<p>»</p><li>|</li><p>· · ·</p><p>→ 1</p>") == ["→ 1"]


# ------------------------------------------------------------ line breaks


def test_a_break_parts_lines_of_one_block() -> None:
    block = only("<p>one <br> two<br/>three</p>")
    assert block.text == "one\ntwo\nthree"
    assert [run.text for run in block.runs] == ["one", "\n", "two", "\n", "three"]


def test_two_breaks_part_paragraphs() -> None:
    assert texts("<div>one<br><br>two<br> <br/> <br>three<br>four</div>") == [
        "one",
        "two",
        "three\nfour",
    ]


def test_breaks_at_either_end_are_nothing() -> None:
    assert texts("<p><br>one<br></p><br><br><p><br></p>") == ["one"]


# ------------------------------------------------------------ lists


def places(html: str) -> list[tuple[str, int, int | None, bool]]:
    """Text, depth, number (`None` where there is a bullet) and whether the bullet is its own."""
    found = []
    for block in cut(html):
        assert block.place is not None
        place = block.place
        number = place.number if place.ordered else None
        found.append((block.text, place.depth, number, place.first))
    return found


def test_items_of_nested_lists_know_their_depth() -> None:
    assert places("<ul><li>a<ol><li>b<ul><li>c</ul></ol><li>d</ul>") == [
        ("a", 0, None, True),
        ("b", 1, 1, True),
        ("c", 2, None, True),
        ("d", 0, None, True),
    ]


def test_further_paragraphs_of_an_item_have_no_bullet_of_their_own() -> None:
    assert places("<ol><li><p>a<p>b<ul><li>c</ul>d<li>e</ol>") == [
        ("a", 0, 1, True),
        ("b", 0, 1, False),
        ("c", 1, None, True),
        ("d", 0, 1, False),
        ("e", 0, 2, True),
    ]


@pytest.mark.parametrize(
    ("attributes", "numbers"),
    [
        ("", [1, 2, 3]),
        ("start=5", [5, 6, 7]),
        ("start=' 5 '", [5, 6, 7]),
        ("start=-1", [-1, 0, 1]),
        ("start=0", [0, 1, 2]),
        ("start=x", [1, 2, 3]),
        ("start=99999999999", [1, 2, 3]),
        ("reversed", [3, 2, 1]),
        ("reversed start=10", [10, 9, 8]),
    ],
)
def test_items_are_numbered_as_a_browser_would(attributes: str, numbers: list[int]) -> None:
    found = places(f"<ol {attributes}><li>a<li>b<li>c</ol>")
    assert [number for _, _, number, _ in found] == numbers


def test_an_item_may_say_its_number_and_the_next_go_on_from_there() -> None:
    found = places("<ol><li>a<li value=7>b<li>c<li value=x>d</ol>")
    assert [number for _, _, number, _ in found] == [1, 7, 8, 9]


def test_an_item_without_a_list_is_one_still() -> None:
    assert places("<li>a<li>b") == [("a", 0, None, True), ("b", 0, None, True)]


def test_terms_and_definitions_are_blocks_each() -> None:
    assert kinds("<dl><dt>t1<dt>t2<dd>d1<dd><p>d2<p>d3</dl>") == [
        (Kind.TERM, "t1"),
        (Kind.TERM, "t2"),
        (Kind.DEFINITION, "d1"),
        (Kind.DEFINITION, "d2"),
        (Kind.DEFINITION, "d3"),
    ]


def test_pairs_may_be_wrapped() -> None:
    html = "<dl><div><dt>t</dt><dd>d</dd></div></dl>"
    assert kinds(html) == [(Kind.TERM, "t"), (Kind.DEFINITION, "d")]


# ------------------------------------------------------------ quotes


def test_quotes_know_how_deep_they_are() -> None:
    html = "<blockquote>a<blockquote><p>b</blockquote>c<ul><li>d</ul></blockquote>e"
    assert [(b.text, b.kind, b.quote_depth) for b in cut(html)] == [
        ("a", Kind.QUOTE, 1),
        ("b", Kind.QUOTE, 2),
        ("c", Kind.QUOTE, 1),
        ("d", Kind.LIST_ITEM, 1),
        ("e", Kind.PARAGRAPH, 0),
    ]


# ------------------------------------------------------------ code


def test_code_stands_as_it_is() -> None:
    block = only("<pre><code>def f():\n\treturn  1  # &lt;b&gt;\n\n\n</code></pre>")
    assert block.text == "def f():\n\treturn  1  # <b>"
    assert block.runs[0].text == block.text


def test_code_may_be_laid_out_by_breaks_and_boxes() -> None:
    assert only("<pre>a<br>b<div>c</div><div>d</div></pre>").text == "a\nb\nc\nd"
    assert only("<pre><span>a\n</span><span>  b</span></pre>").text == "a\n  b"


def test_code_knows_its_language() -> None:
    assert only("<pre><code class=language-python>x</code></pre>").language == "python"


def test_buttons_and_scripts_in_code_are_no_code() -> None:
    html = "<pre>ls -l<button>Copy</button><script>track()</script><textarea>x</textarea></pre>"
    assert only(html).text == "ls -l"


@pytest.mark.parametrize(
    ("gutter", "code"),
    [
        (
            "<td class=gutter><div>1</div><div>2</div>",
            "<td class=code><div class=container><div><code>a = </code><code>1</code></div>"
            "<div>&nbsp;b</div></div>",
        ),
        ("<td class=linenos><pre>1\n2\n</pre>", "<td><pre>a = 1\n\u00a0b\n</pre>"),
        ("<td><pre>9\n10</pre>", "<td><pre>a = 1\n\u00a0b\n</pre>"),
    ],
)
def test_the_numbers_of_lines_beside_code_are_no_code(gutter: str, code: str) -> None:
    block = only(f"<div class='syntaxhighlighter java'><table><tr>{gutter}{code}</table></div>")
    assert (block.kind, block.text) == (Kind.CODE, "a = 1\n\u00a0b")
    assert block.language == "java"


@pytest.mark.parametrize(
    "cells",
    [
        "<td class=gutter>1 3<td><pre>x</pre>",
        "<td class=gutter>1 a<td><pre>x</pre>",
        "<td>1<td>x",
        "<td class=gutter>1<td><pre>x</pre><td>y",
        "<td class=gutter>1<td><pre>x</pre><tr><td>2<td>y",
    ],
)
def test_other_numbers_beside_code_are_read(cells: str) -> None:
    assert "1" in " ".join(block.text for block in cut(f"<table><tr>{cells}</table>"))


def test_inline_code_is_a_mark() -> None:
    block = only("<p>Type <code>ls</code> or <kbd>q</kbd>.")
    assert block.kind is Kind.PARAGRAPH
    assert [run.text for run in block.runs if run.mark is Mark.CODE] == ["ls", "q"]


# ------------------------------------------------------------ marks and links


def test_marks_are_those_around_the_text() -> None:
    block = only("<p>a<b>b<i>c</i></b><s>d</s><sub>e</sub><sup>f</sup><strong>g</strong>")
    assert [(run.text, run.mark) for run in block.runs] == [
        ("a", Mark.PLAIN),
        ("b", Mark.STRONG),
        ("c", Mark.STRONG | Mark.EMPHASIS),
        ("d", Mark.STRIKE),
        ("e", Mark.SUBSCRIPT),
        ("f", Mark.SUPERSCRIPT),
        ("g", Mark.STRONG),
    ]


def test_neighbours_of_one_look_are_one_run() -> None:
    block = only("<p><b>a</b><b>b</b><span>c</span>d")
    assert [run.text for run in block.runs] == ["ab", "cd"]


def test_a_link_may_span_several_runs() -> None:
    block = only("<p>See <a href=x>the <b>bold</b> page</a>, or <a href=y>y</a>.")
    assert [(link.text, link.href) for link in block.links] == [
        ("the bold page", "https://example.org/a/x"),
        ("y", "https://example.org/a/y"),
    ]


def test_the_share_of_links_is_that_of_characters() -> None:
    assert only("<p>1234<a href=x>5678</a>").link_share == 0.5
    assert only("<p><a href=x>all</a>").link_share == 1.0
    assert only("<p>none").link_share == 0.0


def test_a_link_around_blocks_is_that_of_each() -> None:
    blocks = cut("<a href=/x><h3>Title</h3><p>Teaser</a>")
    assert [link.href for b in blocks for link in b.links] == ["https://example.org/x"] * 2


# ------------------------------------------------------------ pictures


def test_a_picture_in_a_line_is_a_run_without_text() -> None:
    block = only("<p>one <img src=p.png alt='A  picture'> two")
    assert block.text == "one two"
    assert [run.image.src for run in block.runs if run.image] == ["https://example.org/a/p.png"]
    assert [run.image.alt for run in block.runs if run.image] == ["A picture"]


def test_a_picture_alone_is_a_block_without_text() -> None:
    image, caption = cut("<figure><img src=p.png><figcaption>The caption</figcaption></figure>")
    assert (image.kind, image.text) == (Kind.IMAGE, "")
    assert (caption.kind, caption.text) == (Kind.CAPTION, "The caption")


# ------------------------------------------------------------ formulas and ruby


def test_a_formula_is_its_tex_where_the_page_has_it() -> None:
    html = (
        "<p>So <math><semantics><mi>x</mi>"
        "<annotation encoding='application/x-tex'>x^2</annotation></semantics></math>."
    )
    assert texts(html) == ["So x^2."]


def test_ruby_stands_beside_what_it_explains() -> None:
    assert texts("<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字") == ["漢(kan)字"]


# ------------------------------------------------------------ tables


def rows(block: Block) -> list[list[str]]:
    return [[cell.text for cell in row] for row in block.rows]


def test_a_table_of_data_is_one_block_with_its_rows() -> None:
    block = only("<table><tr><th>Name<th>Age<tr><td>Ada<td>36<tr><td>Bo<td></table>")
    assert block.kind is Kind.TABLE
    assert rows(block) == [["Name", "Age"], ["Ada", "36"], ["Bo", ""]]
    assert [cell.header for cell in block.rows[0]] == [True, True]
    assert block.text == "Name\tAge\nAda\t36\nBo\t"


def test_cells_know_what_they_span() -> None:
    block = only("<table><tr><th colspan=2>a<tr><td rowspan=2>b<td>c<tr><td>d</table>")
    assert [(c.colspan, c.rowspan) for row in block.rows for c in row] == [
        (2, 1),
        (1, 2),
        (1, 1),
        (1, 1),
    ]


def test_paragraphs_lists_and_code_in_a_cell_are_lines() -> None:
    html = "<tr><td><p>a<p>b<td>c<br><br>d<tr><td><ul><li>e<li>f</ul><td><pre>g\n h</pre>"
    block = only(f"<table>{html}</table>")
    assert rows(block) == [["a\nb", "c\nd"], ["e\nf", "g\nh"]]
    assert block.text == "a b\tc d\ne f\tg h"


def test_marks_links_and_pictures_in_a_cell_are_kept() -> None:
    block = only("<table><tr><td><b>a</b><td><a href=x>b</a><tr><td><img src=p.png><td>d</table>")
    assert block.rows[0][0].runs[0].mark is Mark.STRONG
    assert [link.href for link in block.links] == ["https://example.org/a/x"]
    assert block.rows[1][0].runs[0].image is not None


def test_the_caption_of_a_table_is_a_block_before_it() -> None:
    html = "<table><caption>The <b>caption</b></caption><tr><td>1<td>2<tr><td>3<td>4</table>"
    assert kinds(html) == [(Kind.CAPTION, "The caption"), (Kind.TABLE, "1\t2\n3\t4")]


def test_a_table_that_lays_out_a_page_is_opened() -> None:
    html = "<table><tr><td>menu<td><h1>Title</h1><p>text</table>"
    assert kinds(html) == [
        (Kind.PARAGRAPH, "menu"),
        (Kind.HEADING, "Title"),
        (Kind.PARAGRAPH, "text"),
    ]


def test_of_nested_tables_the_outer_one_is_opened() -> None:
    inner = "<table><tr><th>a<th>b<tr><td>1<td>2</table>"
    html = f"<table><tr><td>left<td>{inner}<tr><td>x<td>y</table>"
    assert kinds(html) == [
        (Kind.PARAGRAPH, "left"),
        (Kind.TABLE, "a\tb\n1\t2"),
        (Kind.PARAGRAPH, "x"),
        (Kind.PARAGRAPH, "y"),
    ]


# ------------------------------------------------------------ what is not seen


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>x</script>",
        "<style>x{}</style>",
        "<template><p>x</template>",
        "<noscript>x</noscript>",
        "<textarea>x</textarea>",
        "<select><option>x</select>",
        "<svg><title>x</title><text>x</text></svg>",
        "<iframe>x</iframe>",
        "<object>x</object>",
        "<video>x</video>",
        "<canvas>x</canvas>",
        "<input value=x>",
        "<!-- x -->",
        "<title>x</title>",
        "<datalist><option>x</datalist>",
    ],
)
def test_what_a_reader_does_not_see_is_no_text(unseen: str) -> None:
    assert texts(f"<p>be{unseen}fore</p>{unseen}<p>after") == ["before", "after"]


def test_the_rest_of_a_head_that_was_cut_short_is_no_text() -> None:
    head = "<noscript><img src=pixel width=1 height=1></noscript><title>T</title><style>x</style>"
    assert texts(f"<html><head>{head}</head><body><p>text") == ["text"]


def test_options_and_labels_of_forms_are_no_text_and_text() -> None:
    assert texts("<form><label>Name <input></label><select><option>a</select></form>") == ["Name"]


def test_hidden_text_is_a_block_of_its_own_before_the_line_it_stands_in() -> None:
    hidden, line = cut("<p>vis<span style='display:none'>secret</span>ible")
    assert (hidden.text, hidden.hidden) == ("secret", Hidden.CSS)
    assert (line.text, line.hidden) == ("visible", Hidden.NO)


def test_what_stands_in_something_hidden_is_hidden() -> None:
    html = (
        "<div hidden><h2>a</h2><p>b<ul><li>c</ul><table><tr><td>1<td>2<tr><td>3<td>4</table></div>d"
    )
    blocks = cut(html)
    assert [block.kind for block in blocks[:-1]] == [
        Kind.HEADING,
        Kind.PARAGRAPH,
        Kind.LIST_ITEM,
        Kind.TABLE,
    ]
    assert all(block.hidden is Hidden.ATTRIBUTE for block in blocks[:-1])
    assert not blocks[-1].hidden


def test_a_dialog_is_hidden_until_it_is_open() -> None:
    closed, open_ = cut("<dialog>closed</dialog><dialog open>open</dialog>")
    assert (closed.hidden, open_.hidden) == (Hidden.ATTRIBUTE, Hidden.NO)


def test_details_are_there_to_be_read() -> None:
    assert not any(block.hidden for block in cut("<details><summary>a</summary>b</details>"))


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>x<td>y<td hidden>secret",
        "<tr hidden><td>secret<tr><td>x<td>y",
        "<tbody hidden><tr><td>secret</tbody><tr><td>x<td>y",
        "<tr><td>x<td>y<span hidden>secret</span>",
    ],
    ids=["cell", "row", "body", "span"],
)
def test_hidden_parts_of_a_table_are_set_apart(row: str) -> None:
    hidden, table = cut(f"<table><tr><th>a<th>b{row}</table>")
    assert (hidden.text, hidden.hidden) == ("secret", Hidden.ATTRIBUTE)
    assert rows(table) == [["a", "b"], ["x", "y"]]


def test_hidden_parts_of_code_are_set_apart() -> None:
    hidden, code = cut("<pre>ls<span hidden>secret</span> -l</pre>")
    assert (hidden.text, hidden.hidden) == ("secret", Hidden.ATTRIBUTE)
    assert (code.text, code.hidden) == ("ls -l", Hidden.NO)


def test_a_hidden_heading_is_above_nothing() -> None:
    _, text = cut("<h2 hidden>Menu</h2><p>text")
    assert text.heading_path == ()


# ------------------------------------------------------------ where a block stands


def test_a_block_stands_under_the_headings_above_it() -> None:
    blocks = cut("<h1>A</h1>1<h2>B</h2>2<h3>C</h3>3<h2>D</h2>4<h4>E</h4>5<h1>F</h1>6")
    above = {block.text: [blocks[order].text for order in block.heading_path] for block in blocks}
    assert above == {
        "A": [],
        "1": ["A"],
        "B": ["A"],
        "2": ["A", "B"],
        "C": ["A", "B"],
        "3": ["A", "B", "C"],
        "D": ["A"],
        "4": ["A", "D"],
        "E": ["A", "D"],
        "5": ["A", "D", "E"],
        "F": [],
        "6": ["F"],
    }


def test_blocks_of_one_parent_in_a_row_are_a_segment() -> None:
    html = "<div><p>a<p>b</div><ul><li>c<li>d</ul><div><p>e</div>"
    segments = {block.text: block.segment for block in cut(html)}
    assert segments == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 2}


def test_text_belongs_to_the_nearest_element_that_stands_apart() -> None:
    cutter = Cutter(None, Hiding())
    cutter.cut(parse("<div id=main class='a  b' role=x><span>text <b>bold</b></span></div>").root)
    element = cutter.elements[cutter.blocks[0].element]
    assert (element.tag, element.marks) == ("div", "a b main x")


# ------------------------------------------------------------ too much


def test_text_past_the_last_block_stands_in_one_more() -> None:
    cutter = Cutter(None, Hiding())
    cutter.cut(parse(hostile.many(MAX_BLOCKS + 10)).root)
    assert len(cutter.blocks) == MAX_BLOCKS + 1
    assert cutter.blocks[-1].text == " ".join(["word"] * 10 + [hostile.NEEDLE])
    assert len(cutter.warnings) == 1


@pytest.mark.parametrize("around", ["<div hidden>{}</div>", "<table><tr><td>x<td>{}<td></table>"])
def test_blocks_are_bounded_wherever_the_last_one_stands(around: str) -> None:
    """Once the bound was forgotten on leaving the hidden element that had met it."""
    inner = "<p hidden>x</p>" * MAX_BLOCKS
    cutter = Cutter(None, Hiding())
    cutter.cut(parse(around.format(inner) + hostile.many(100)).root)
    assert len(cutter.blocks) == MAX_BLOCKS + 1
    assert not cutter.blocks[-1].hidden
    assert cutter.blocks[-1].text.endswith(hostile.NEEDLE)
    assert len(cutter.warnings) == 1


def test_hidden_text_past_the_last_block_is_not_mixed_with_what_is_shown() -> None:
    blocks = cut("<p>word</p>" * MAX_BLOCKS + "<p>more</p><p hidden>secret</p><p>end</p>")
    assert blocks[-1].text == "more end"


def test_a_bomb_of_spans_does_not_go_off() -> None:
    blocks = cut(hostile.span_bomb(2_000))
    table = blocks[0]
    assert table.kind is Kind.TABLE
    assert all(cell.colspan == cell.rowspan == 1 for row in table.rows for cell in row)
    assert blocks[-1].text == hostile.NEEDLE


def test_a_heading_that_is_a_button_stays_a_heading() -> None:
    (heading, text) = cut("<h3><button>When?</button></h3><p>On Monday.</p>")
    assert (heading.kind, heading.level) == (Kind.HEADING, 3)
    assert text.heading_path == (0,)


def test_a_button_beside_the_text_of_a_heading_is_no_heading() -> None:
    html = "<h1>Enum <span>Result</span><button>Copy item path</button></h1>"
    (heading, button) = cut(html)
    assert (heading.kind, heading.text) == (Kind.HEADING, "Enum Result")
    assert (button.kind, button.level, button.text) == (Kind.FORM, 0, "Copy item path")


def test_several_buttons_are_a_heading_where_nothing_else_is_in_it() -> None:
    kinds = {
        block.kind for block in cut("<h3><button>When?</button> | <button>Where?</button></h3>")
    }
    assert kinds == {Kind.HEADING}


def test_a_heading_of_many_buttons_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Node] = []

    def says(heading: Node) -> bool:
        looked.append(heading)
        return says_without_buttons(heading)

    monkeypatch.setattr("webis_mcp.page.reading.blocks.says_without_buttons", says)
    assert len(cut(f"<h3>{'<button>x</button>' * 200}</h3>")) == 200
    assert len(looked) == 1


# ------------------------------------------------------------ what holds no words


def test_links_by_which_a_section_is_edited_are_no_words() -> None:
    edit = "<span class=mw-editsection>[<a href='/w?action=edit'>edit</a>]</span>"
    html = f"<h2><span>History</span>{edit}</h2><div><h3>Early</h3>{edit}</div><p>It began.</p>"
    assert texts(html) == ["History", "Early", "It began."]


@pytest.mark.parametrize("name", ["material-icons", "notranslate material-symbols-outlined"])
def test_the_names_of_icons_are_no_words(name: str) -> None:
    icon = f"<i class='{name}'>chevron_right</i>"
    assert texts(f"<p>Go {icon} on</p><div style='display:none'>Hid {icon}</div>") == [
        "Go on",
        "Hid",
    ]
    assert texts("<p>Go <i>chevron_right</i></p>") == ["Go chevron_right"]


# ------------------------------------------------------------ shadow roots


@pytest.mark.parametrize("mode", ["shadowrootmode=open", "shadowroot='open'"])
def test_the_text_of_a_shadow_root_is_read_and_that_of_a_template_is_not(mode: str) -> None:
    html = f"<my-card><template {mode}><p>In the shade</p><slot></slot></template><p>In the sun</p>"
    assert texts(f"{html}</my-card><template><p>Not yet</p></template>") == [
        "In the shade",
        "In the sun",
    ]


def test_a_style_sheet_of_a_shadow_root_holds_there_alone() -> None:
    sheet = "<style>.note { display: none }</style>"
    html = (
        f"<my-card><template shadowrootmode=open>{sheet}</template></my-card><p class=note>Sun</p>"
    )
    (block,) = read_page(html).blocks
    assert (block.text, block.hidden) == ("Sun", Hidden.NO)
