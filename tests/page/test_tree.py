"""Markup to a bounded tree: what the standard says, and what is flattened when it is too much."""

from __future__ import annotations

import pytest

from tests.support import hostile
from webis_mcp.page.tree import (
    MAX_ATTRIBUTES,
    MAX_DATA,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_VALUE,
    Node,
    parse,
)


def outline(node: Node) -> str:
    """A tree in one line: `p(text b(bold))`."""
    inner = " ".join(c if isinstance(c, str) else outline(c) for c in node.children)
    return f"{node.tag}({inner})"


def depth_of(node: Node) -> int:
    deepest, stack = 0, [(node, 0)]
    while stack:
        at, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in at.children if not isinstance(child, str))
    return deepest


def only(html: str, tag: str) -> Node:
    (node,) = parse(html).named[tag]
    return node


def test_a_fragment_becomes_a_document() -> None:
    assert outline(parse("<p>one<p>two").root) == "(html(head() body(p(one) p(two))))"


def test_nothing_at_all_is_an_empty_document() -> None:
    assert parse("").root.text() == ""
    assert parse("<!-- only a comment -->").root.text() == ""


def test_an_xml_declaration_is_passed_over() -> None:
    assert parse("<?xml version='1.0' encoding='gbk'?><html><p>text").root.text() == "text"


def test_misnested_marks_are_mended_as_the_standard_has_it() -> None:
    assert outline(only("<p>1<b>2<i>3</b>4</i>5</p>", "p")) == "p(1 b(2 i(3)) i(4) 5)"


def test_text_in_a_table_but_in_no_cell_goes_before_it() -> None:
    body = only("<table>lost<tr><td>cell</table>", "body")
    assert outline(body) == "body(lost table(tbody(tr(td(cell)))))"


def test_entities_are_read_and_attributes_without_value_are_empty() -> None:
    node = only("<p hidden title='a &amp; b &copy; c'>&lt;x&gt;", "p")
    assert node.attrs == {"hidden": "", "title": "a & b © c"}
    assert node.text() == "<x>"


def test_names_of_tags_and_attributes_are_lower_case() -> None:
    assert only("<DIV CLASS=Big>x</DIV>", "div").attrs == {"class": "Big"}


@pytest.mark.parametrize("character", ["\x00", "\ud800"])
def test_what_no_text_can_hold_is_replaced(character: str) -> None:
    assert "�" in parse(f"<p>a{character}b").root.text()
    parse(f"<p>a{character}b").root.text().encode()


def test_elements_are_found_by_their_tag_in_the_pages_order() -> None:
    assert [node.text() for node in parse("<p>1<div><p>2</div><p>3").named["p"]] == ["1", "2", "3"]


def test_the_deepest_elements_are_flattened_and_their_text_kept() -> None:
    tree = parse(hostile.deep(100_000))
    assert depth_of(tree.root) == MAX_DEPTH
    assert tree.root.text().split() == [hostile.NEEDLE]
    assert tree.warnings == (
        f"Elements nested deeper than {MAX_DEPTH} were flattened; their text is kept.",
    )


def test_what_is_flattened_still_stands_apart() -> None:
    tree = parse("<div>" * MAX_DEPTH + "<p>one</p><p>two<br>three</p>four<b>five</b>")
    assert tree.root.text().split() == ["one", "two", "three", "fourfive"]


@pytest.mark.parametrize("tag", ["script", "style", "template", "textarea", "noscript"])
def test_what_is_flattened_is_read_only_where_it_would_be_seen(tag: str) -> None:
    unseen = f"<{tag}><b>unseen</b></{tag}>"
    assert parse("<div>" * MAX_DEPTH + unseen + "seen").root.text().split() == ["seen"]


def test_the_walk_goes_on_as_before_after_what_was_flattened() -> None:
    tree = parse(hostile.deep(MAX_DEPTH + 50) + "<p>after</p>")
    assert [node.text() for node in tree.named["p"]] == ["after"]
    assert tree.named["p"][0].parent is tree.named["body"][0]


def test_the_text_of_a_million_elements_is_kept_and_elements_up_to_the_limit() -> None:
    tree = parse(hostile.many(1_000_000, "<i>x</i>"))
    assert sum(len(nodes) for nodes in tree.named.values()) == MAX_ELEMENTS
    assert tree.root.text().count("x") == 1_000_000
    assert tree.root.text().split()[-1] == hostile.NEEDLE
    assert tree.warnings == (
        f"More than {MAX_ELEMENTS:,} elements: the rest was read as plain text.",
    )


def test_attributes_past_the_limit_are_not_looked_at() -> None:
    node = only(hostile.many_attributes(100_000), "div")
    assert len(node.attrs) == MAX_ATTRIBUTES
    assert node.text() == hostile.NEEDLE


def test_long_values_are_cut() -> None:
    node = only(f"<p title={'x' * 1_000_000}>text", "p")
    assert len(node.attrs["title"]) == MAX_VALUE
    assert node.text() == "text"


def test_data_for_a_script_is_kept_whole() -> None:
    node = only(f"<p data-page={'x' * 1_000_000}>text", "p")
    assert len(node.attrs["data-page"]) == 1_000_000
    assert len(only(f"<p data-page={'x' * 3_000_000}>", "p").attrs["data-page"]) == MAX_DATA


@pytest.mark.parametrize(
    "page",
    [
        hostile.misnested(5_000),
        hostile.foster_parented(20_000),
        hostile.nested_tables(5_000),
        hostile.deep(50_000, "table"),
        hostile.deep_lists(3_000),
    ],
    ids=["misnested", "foster-parented", "tables", "empty tables", "lists"],
)
def test_no_shape_loses_the_last_word(page: str) -> None:
    tree = parse(page)
    assert hostile.NEEDLE in tree.root.text()
    assert depth_of(tree.root) <= MAX_DEPTH
    assert sum(len(nodes) for nodes in tree.named.values()) <= MAX_ELEMENTS


def test_a_frame_that_noscript_leaves_open_does_not_swallow_the_page() -> None:
    counter = "<noscript><iframe src=https://count.example/ns.html /></noscript>"
    tree = parse(f"{counter}<p>It sails.</p>{counter}<p>It sinks.</p>")
    assert [node.text() for node in tree.named["p"]] == ["It sails.", "It sinks."]
    assert len(tree.named["iframe"]) == 2


def test_a_frame_that_is_closed_or_left_open_elsewhere_is_read_as_a_browser_would() -> None:
    closed = parse("<noscript><iframe src=a></iframe></noscript><p>It sails.</p>")
    assert [node.text() for node in closed.named["p"]] == ["It sails."]
    swallows = parse("<iframe src=a /><noscript>no</noscript><p>It sails.</p>")
    assert "p" not in swallows.named
