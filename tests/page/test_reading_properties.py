"""What holds for every page: nothing is lost, doubled or moved, and nothing fails."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import turbohtml
from hypothesis import given

from tests.support.html import documents, soups
from webis_mcp.page.model import Block, Hidden, Kind, Page
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.tree import BLOCK_TAGS, MAX_DEPTH, SKIPPED

SHOWN_ANYWAY = "Most of the page is hidden until its script runs; it was read as shown."
EDGES = {*BLOCK_TAGS, "br"}
HIDING = re.compile("display:none|visibility: hidden")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def is_hidden(element: turbohtml.Element) -> bool:
    attrs = element.attrs
    closed = element.tag == "dialog" and "open" not in attrs
    return closed or "hidden" in attrs or bool(HIDING.search(str(attrs.get("style", ""))))


def text_of(node: turbohtml.Node, *, hidden: bool = False) -> Iterator[tuple[bool, str]]:
    """Each piece of text of a page, and whether it is hidden; edges of blocks as line ends."""
    for child in node.children:
        if isinstance(child, turbohtml.Text):
            yield hidden, child.text
        elif isinstance(child, turbohtml.Element) and child.tag not in SKIPPED:
            inner = hidden or is_hidden(child)
            edge = "\n" if child.tag in EDGES or inner is not hidden else ""
            yield inner, edge
            yield from text_of(child, hidden=inner)
            yield inner, edge


def words_of(html: str) -> tuple[list[str], list[str]]:
    """The words that a browser would show, and those it would not, each in their order."""
    pieces = list(text_of(turbohtml.parse(html)))
    shown = "".join(text for hidden, text in pieces if not hidden)
    return words(shown), words("".join(text for hidden, text in pieces if hidden))


def words_in(blocks: list[Block]) -> list[str]:
    return [word for block in blocks for word in words(block.text)]


@given(documents())
def test_every_word_that_is_shown_stands_in_one_block_in_the_pages_order(html: str) -> None:
    page = read_page(html)
    shown, hidden = words_of(html)
    if SHOWN_ANYWAY in page.warnings:
        assert Counter(words_in(list(page.blocks))) == Counter(shown + hidden)
    else:
        assert words_in([block for block in page.blocks if not block.hidden]) == shown
        assert words_in([block for block in page.blocks if block.hidden]) == hidden


@given(soups())
def test_reading_never_fails(soup: str) -> None:
    assert_is_whole(read_page(soup, url="https://example.org/a/"))
    assert_is_whole(read_page(soup.encode("utf-8", "surrogatepass")))


@given(documents())
def test_what_is_read_of_a_page_is_whole(html: str) -> None:
    assert_is_whole(read_page(html, url="https://example.org/a/"))


def assert_is_whole(page: Page) -> None:
    assert [block.order for block in page.blocks] == list(range(len(page.blocks)))
    assert all(element.parent < index for index, element in enumerate(page.elements))
    assert all(sum(1 for _ in page.ancestors(b.element)) <= MAX_DEPTH for b in page.blocks)
    for block in page.blocks:
        assert_text_is_that_of_its_runs(block)
        assert_stands_under_headings_above(block, page)
    assert_segments_are_runs_with_one_parent(page)


def assert_text_is_that_of_its_runs(block: Block) -> None:
    if block.kind is Kind.TABLE:
        rows = ["\t".join(" ".join(c.text.split()) for c in row) for row in block.rows]
        assert block.text.split() == "\n".join(rows).split()
    else:
        assert block.text.strip() == "".join(run.text for run in block.runs).strip()
    assert block.text or block.kind is Kind.IMAGE
    assert 0 <= block.link_share <= 1


def assert_stands_under_headings_above(block: Block, page: Page) -> None:
    above = [page.blocks[order] for order in block.heading_path]
    levels = [heading.level for heading in above]
    assert levels == sorted(set(levels))
    assert all(h.kind is Kind.HEADING and h.order < block.order for h in above)
    assert not any(heading.hidden is Hidden.ATTRIBUTE for heading in above)
    if block.kind is Kind.HEADING and not block.hidden:
        assert all(level < block.level for level in levels)


def assert_segments_are_runs_with_one_parent(page: Page) -> None:
    def parent(block: Block) -> int:
        return page.elements[block.element].parent if block.element >= 0 else -1

    for before, block in zip(page.blocks, page.blocks[1:], strict=False):
        same = parent(before) == parent(block)
        assert block.segment == before.segment + (not same)


@given(documents())
def test_the_path_of_a_block_leads_to_one_element_and_it_holds_the_blocks_text(html: str) -> None:
    page = read_page(html)
    document = turbohtml.parse(html)
    for block in page.blocks:
        if page.elements[0].tag == "html":  # plain text is no document: nothing to lead to
            found = document.xpath(page.xpath(block))
            assert isinstance(found, list)
            assert len(found) == 1
            assert isinstance(found[0], turbohtml.Element)
            assert has_in_order(found[0].text, block.text)


def has_in_order(whole: str, part: str) -> bool:
    """Whether the letters of one text stand in the other in the same order."""
    letters = iter(filter(str.isalnum, whole))
    return all(letter in letters for letter in filter(str.isalnum, part))


@given(soups())
def test_the_same_page_is_read_the_same(soup: str) -> None:
    assert read_page(soup) == read_page(soup)
