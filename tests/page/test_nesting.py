"""Lists and quotes: what each line begins with, and where blank lines stand."""

from __future__ import annotations

from webis_mcp.page.model import Block, Element, Kind, ListPlace, Page, Run
from webis_mcp.page.writing.nesting import MAX_ITEMS, MAX_QUOTES
from webis_mcp.page.writing.writer import write_markdown, write_text


def block(text: str, kind: Kind = Kind.PARAGRAPH, *, quotes: int = 0, element: int = -1) -> Block:
    level = 3 if kind is Kind.HEADING else 0
    return Block(0, kind, text, element, 0, level, (Run(text),), quote_depth=quotes)


def item(
    text: str, depth: int = 0, number: int | None = None, kind: Kind = Kind.LIST_ITEM
) -> Block:
    place = ListPlace(depth, ordered=number is not None, number=number or 1)
    return block(text, kind)._replace(place=place)


def further(text: str, depth: int = 0, kind: Kind = Kind.PARAGRAPH, quotes: int = 0) -> Block:
    place = ListPlace(depth, ordered=False, number=1, first=False)
    return block(text, kind, quotes=quotes)._replace(place=place)


def written(*blocks: Block, elements: tuple[Element, ...] = (), keep: str = "") -> str:
    ordered = tuple(block._replace(order=order) for order, block in enumerate(blocks))
    kept = [mark == "x" for mark in keep] or [True] * len(blocks)
    return write_markdown(Page(None, ordered, elements), kept)


# ------------------------------------------------ lists


def test_the_items_of_a_list_stand_close() -> None:
    assert written(item("a"), item("b"), block("End.")) == "- a\n- b\n\nEnd."


def test_numbers_are_the_pages() -> None:
    assert written(item("a", number=9), item("b", number=10)) == "9. a\n10. b"


def test_a_number_that_markdown_has_not_is_a_bullet() -> None:
    assert written(item("a", number=1_000_000_000)) == "- a"


def test_lists_in_lists_are_indented_by_what_they_stand_in() -> None:
    blocks = item("a"), item("b", 1, number=1), item("c", 2), item("d")
    assert written(*blocks) == "- a\n  1. b\n     - c\n- d"


def test_a_list_within_an_item_that_does_not_start_at_one_needs_a_blank_line() -> None:
    assert written(item("a"), item("b", 1, number=3)) == "- a\n\n  3. b"


def test_what_else_is_in_an_item_is_indented_under_it() -> None:
    blocks = item("a", number=10), further("more"), further("x\n\n y", kind=Kind.CODE), item("b")
    assert written(*blocks) == "10. a\n\n    more\n\n    ```\n    x\n\n     y\n    ```\n\n- b"


def test_a_quote_in_an_item_is_indented_under_it() -> None:
    assert written(item("a"), further("q", kind=Kind.QUOTE, quotes=1)) == "- a\n\n  > q"


def test_items_whose_parents_were_dropped_move_up() -> None:
    blocks = block("Text."), item("a"), item("b", 1), item("c", 2), item("d", 1)
    assert written(*blocks, keep="x..x.") == "Text.\n\n- c"
    assert written(*blocks, keep="x.xxx") == "Text.\n\n- b\n  - c\n- d"


def test_the_first_kept_part_of_an_item_gets_its_bullet() -> None:
    assert written(item("a"), further("b"), further("c"), keep=".xx") == "- b\n\n  c"


def test_what_is_left_of_a_dropped_item_is_not_given_to_the_item_before() -> None:
    elements = (Element("ul", -1, 1), Element("li", 0, 1), Element("li", 0, 2), Element("ul", 2, 1))
    blocks = (
        item("a")._replace(element=1),
        item("dropped")._replace(element=2),
        item("b", 1)._replace(element=3),
    )
    assert written(*blocks, elements=elements, keep="x.x") == "- a\n- b"


def test_a_second_numbered_list_does_not_go_on_with_the_first() -> None:
    elements = (
        Element("ol", -1, 1),
        Element("li", 0, 1),
        Element("ol", -1, 2),
        Element("li", 2, 1),
    )
    blocks = item("a", number=1)._replace(element=1), item("b", number=1)._replace(element=3)
    assert written(*blocks, elements=elements) == "1. a\n\n1) b"


def test_cards_in_a_list_read_as_sections() -> None:
    cards = [
        card
        for name in ("Kettle", "Lamp")
        for card in (item(name, kind=Kind.HEADING), further("Good."), item("new", 1))
    ]
    section = "### {}\n\nGood.\n\n- new"
    assert written(*cards) == f"{section.format('Kettle')}\n\n{section.format('Lamp')}"


def test_a_heading_in_a_numbered_item_keeps_its_number() -> None:
    steps = item("Mix", number=2, kind=Kind.HEADING), further("Well.")
    assert written(*steps) == "2. ### Mix\n\n   Well."


def test_lists_are_written_only_so_deep() -> None:
    lines = written(*(item("a", depth) for depth in range(100))).split("\n")
    assert lines[MAX_ITEMS - 1] == "  " * (MAX_ITEMS - 1) + "- a"
    assert set(lines[MAX_ITEMS - 1 :]) == {lines[MAX_ITEMS - 1]}


def test_the_items_of_a_list_stand_close_in_plain_text_too() -> None:
    blocks = block("Text.", element=-1), item("a"), item("b", 1), block("End.")
    page = Page(None, tuple(b._replace(order=n) for n, b in enumerate(blocks)), ())
    assert write_text(page, [True] * 4) == "Text.\n\na\nb\n\nEnd."


# ------------------------------------------------ quotes


def test_the_paragraphs_of_a_quote_stand_in_one_quote() -> None:
    quote = block("a", Kind.QUOTE, quotes=1), block("b", Kind.QUOTE, quotes=1)
    assert written(*quote, block("End.")) == "> a\n>\n> b\n\nEnd."


def test_a_quote_within_a_quote_ends_with_it() -> None:
    blocks = (
        block(text, Kind.QUOTE, quotes=depth) for text, depth in (("a", 1), ("b", 2), ("c", 1))
    )
    assert written(*blocks) == "> a\n>\n> > b\n>\n> c"


def test_two_quotes_one_after_the_other_stay_two() -> None:
    elements = (Element("blockquote", -1, 1), Element("blockquote", -1, 2))
    quotes = (block(text, Kind.QUOTE, quotes=1, element=n) for n, text in enumerate("ab"))
    assert written(*quotes, elements=elements) == "> a\n\n> b"


def test_lists_and_code_can_be_quoted() -> None:
    blocks = item("a"), item("b", 1), block("x\n\ny", Kind.CODE)
    quoted = [block._replace(quote_depth=1) for block in blocks]
    assert written(*quoted) == "> - a\n>   - b\n>\n> ```\n> x\n>\n> y\n> ```"


def test_a_quote_that_opens_an_item_stands_in_it() -> None:
    elements = (Element("ul", -1, 1), Element("li", 0, 1), Element("blockquote", 1, 1))
    quote = item("q", kind=Kind.QUOTE)._replace(quote_depth=1, element=2)
    after = further("a")._replace(element=1)
    assert written(quote, after, elements=elements) == "- > q\n\n  a"


def test_quotes_are_written_only_so_deep() -> None:
    assert written(block("a", Kind.QUOTE, quotes=99)) == "> " * MAX_QUOTES + "a"


def test_items_in_different_quotes_are_not_in_each_other() -> None:
    elements = (Element("blockquote", -1, 1), Element("blockquote", -1, 2))
    blocks = (
        item("a")._replace(quote_depth=1, element=0),
        item("b", 1)._replace(quote_depth=1, element=1),
    )
    assert written(*blocks, elements=elements) == "> - a\n\n> - b"
