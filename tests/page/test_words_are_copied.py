"""The words of the content are the page's: all of the kept blocks, in order, and no others.

Pages are drawn from what pages are made of, with text that looks like Markdown and HTML; what we
write is read back by a CommonMark parser that we did not write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.support.html import documents, soups
from webis_mcp.page.model import Block, Cell, Element, Image, Kind, ListPlace, Mark, Page, Run
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.writing.writer import Writing, write_markdown, write_text

PIECES = (
    "# ## ####### - + * ** *** _ __ ~ ~~ ~~~ ` `` ``` 1. 12) 1234567890. > >> [ ] [] ]( ](x) "
    "[a](b) ![i](u) [^1] [^1]: [a]: [ ] [x] <b> </p> <br> <!-- --> <script> <?x <![CDATA[ "
    "<http://a.b> "
    "&amp; &#35; &lt; & \\ \\* \\\\ | || --- === *** ___ |---| :-: - a | b http://a.b/c_d www.x.y "
    "a b word You. 你好 “你 好” é €5 😀 : :: ! !! ( ) '' \" snake_case *x* _x_ **x** $ C# .5 5*3 "
    "10% \u00a0 \u3000 \u200d ️ क्षि"
).split(" ")
"""What text is made of here: words, and all that Markdown or HTML would take for more."""

HREFS = (
    "https://example.org/a",
    "https://example.org/a_(b)",
    "https://example.org/a)b(c",
    "https://example.org/a b|c`d<e>",
    "https://example.org/?a=1&amp;b=*c*",
    "mailto:someone@example.org",
    "#note",
    "",
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
)

texts = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map(" ".join),
    st.text("*_`~[]()<>!\\#-+=|:&; a.1b\n", min_size=1, max_size=12),
    st.text("aé你“”€😀।\u0301\u200d\u00a0\u3000\u2028\t\r.*_", min_size=1, max_size=8),
)
marks = st.sets(st.sampled_from(list(Mark)), max_size=3).map(
    lambda chosen: Mark(sum(mark.value for mark in chosen))
)
hrefs = st.one_of(st.none(), st.sampled_from(HREFS))
runs = st.one_of(
    st.builds(Run, texts, marks, hrefs, st.none()),
    st.builds(Run, texts, marks, st.none(), st.none()),
    st.just(Run("\n")),
    st.just(Run("https://example.org/a", href="https://example.org/a")),
    st.builds(
        Run,
        st.just(""),
        st.just(Mark.PLAIN),
        hrefs,
        st.builds(Image, st.sampled_from(HREFS), texts),
    ),
)
lines = st.lists(runs, min_size=1, max_size=5).map(tuple)
cells = st.builds(
    Cell,
    lines,
    header=st.booleans(),
    colspan=st.integers(1, 3),
    rowspan=st.integers(1, 3),
)
tables = st.lists(st.lists(cells, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)
places = st.one_of(
    st.none(),
    st.builds(
        ListPlace,
        depth=st.integers(0, 3),
        ordered=st.booleans(),
        number=st.sampled_from([0, 1, 2, 3, 10, 999_999_999, 1_000_000_000]),
        first=st.booleans(),
    ),
)
ELEMENTS = (
    Element("body", -1, 1),
    Element("ol", 0, 1),
    Element("li", 1, 1),
    Element("ul", 2, 1),
    Element("li", 3, 1),
    Element("li", 1, 2),
    Element("blockquote", 5, 1),
    Element("blockquote", 0, 1),
    Element("ul", 7, 1),
    Element("li", 8, 1),
)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(list(Kind)))
    rows = draw(tables) if kind is Kind.TABLE else ()
    found = draw(lines) if kind is not Kind.TABLE else ()
    if kind is Kind.CODE:
        found = (Run("".join(run.text for run in found)),)
    return Block(
        order=0,
        kind=kind,
        text="\n".join("\t".join(cell.text for cell in row) for row in rows)
        or "".join(run.text for run in found),
        element=draw(st.integers(-1, len(ELEMENTS) - 1)),
        segment=0,
        level=draw(st.integers(1, 6)) if kind is Kind.HEADING else 0,
        runs=found,
        rows=rows,
        place=draw(places),
        quote_depth=draw(st.integers(0, 2)),
        language=draw(st.sampled_from(["", "python", "c++", "` x"])) if kind is Kind.CODE else "",
    )


@st.composite
def judged_pages(draw: st.DrawFn) -> tuple[Page, list[bool]]:
    found = draw(st.lists(blocks(), max_size=6))
    page = Page(
        url=draw(st.sampled_from([None, "https://example.org/page"])),
        blocks=tuple(block._replace(order=order) for order, block in enumerate(found)),
        elements=ELEMENTS,
    )
    return page, draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found)))


writings = st.builds(Writing, links=st.booleans(), images=st.just(False), tables=st.booleans())


class CommonMark(MarkdownIt):
    """A reader of Markdown that shows the address of a link as it stands."""

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the parser's name for it
        return link


def parsed(markdown: str) -> list[Token]:
    return CommonMark("commonmark").enable(["table", "strikethrough"]).parse(markdown)


def unmarked(markdown: str) -> str:
    """The text that a reader of the Markdown sees."""
    return "\n".join(_seen(parsed(markdown)))


def _seen(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "fence":
            yield token.content
        elif token.type == "inline":
            yield "".join(_seen_in_line(token.children or []))


def _seen_in_line(tokens: Sequence[Token]) -> Iterator[str]:
    after_softbreak = False
    for token in tokens:
        if token.type in ("text", "code_inline"):
            text = token.content
            yield text.removeprefix(": ") if after_softbreak else text
        elif token.type in ("softbreak", "hardbreak") or token.content == "<br>":
            yield "\n"
        after_softbreak = token.type == "softbreak"


def words_of(page: Page, keep: Sequence[bool], how: Writing) -> list[str]:
    kept = (block for block, kept in zip(page.blocks, keep, strict=True) if kept)
    found: list[str] = []
    for block in kept:
        if block.kind is not Kind.TABLE:
            found += block.text.split()
        elif how.tables:
            for row in block.rows:
                for cell in row:
                    found += cell.text.split()
    return found


@given(judged_pages(), writings)
def test_markdown_has_exactly_the_words_of_the_kept_blocks(
    judged: tuple[Page, list[bool]], how: Writing
) -> None:
    page, keep = judged
    markdown = write_markdown(page, keep, how)
    assert unmarked(markdown).split() == words_of(page, keep, how)
    assert write_markdown(page, keep, how) == markdown


@given(judged_pages(), writings)
def test_plain_text_has_exactly_the_words_of_the_kept_blocks(
    judged: tuple[Page, list[bool]], how: Writing
) -> None:
    page, keep = judged
    assert write_text(page, keep, how).split() == words_of(page, keep, how)


@given(judged_pages(), writings)
def test_words_of_a_page_never_become_structure(
    judged: tuple[Page, list[bool]], how: Writing
) -> None:
    page, keep = judged
    kept = [block for block, kept in zip(page.blocks, keep, strict=True) if kept]
    tokens = parsed(write_markdown(page, keep, how))
    inner = [child for token in tokens for child in token.children or []]
    types = [token.type for token in tokens]

    assert not {"html_block", "code_block", "hr"} & set(types)
    assert types.count("heading_open") <= sum(block.kind is Kind.HEADING for block in kept)
    assert types.count("fence") <= sum(block.kind is Kind.CODE for block in kept)
    assert types.count("table_open") <= sum(block.kind is Kind.TABLE for block in kept)
    assert types.count("list_item_open") <= sum(block.place is not None for block in kept)
    html = {token.content for token in inner if token.type == "html_inline"}
    assert html <= {"<br>", "<sup>", "</sup>"}
    assert not [token for token in inner if token.type == "image"]
    marked = {run.mark for block in kept for run in block.all_runs()}
    if not any(mark & (Mark.STRONG | Mark.EMPHASIS | Mark.STRIKE) for mark in marked) and not any(
        block.kind in (Kind.TERM, Kind.CAPTION, Kind.TABLE) for block in kept
    ):
        assert not [token for token in inner if token.type in ("em_open", "strong_open", "s_open")]


@given(judged_pages())
def test_links_lead_where_the_page_leads_and_never_to_scripts(
    judged: tuple[Page, list[bool]],
) -> None:
    page, keep = judged
    tokens = parsed(write_markdown(page, keep))
    inner = [child for token in tokens for child in token.children or []]
    found = {str(token.attrs["href"]) for token in inner if token.type == "link_open"}
    assert found <= {
        "https://example.org/a",
        "https://example.org/a_(b)",
        "https://example.org/a%29b%28c",
        "https://example.org/a%20b%7Cc%60d%3Ce%3E",
        "https://example.org/?a=1&amp;b=*c*",
        "mailto:someone@example.org",
    }


@given(documents() | soups())
def test_what_is_read_of_markup_is_written_word_for_word(html: str) -> None:
    page = read_page(html, url="https://example.org/")
    keep = [True] * len(page.blocks)
    assert unmarked(write_markdown(page, keep)).split() == words_of(page, keep, Writing())
