"""What a page says twice, and what its structured data says too."""

from __future__ import annotations

from webis_mcp.engine.letters import Floats
from webis_mcp.engine.repeats import repeat_columns
from webis_mcp.engine.words import Bags, words_of
from webis_mcp.page.reading.reader import read_page

TEXT = "the last ferry of the summer sailed at dusk"


def columns(html: str) -> Floats:
    page = read_page(html)
    texts = [block.text for block in page.blocks]
    return repeat_columns(page, texts, Bags.of(list(map(words_of, texts))))


def test_the_second_of_two_equal_blocks_has_one_before_it() -> None:
    first, second = columns(f"<p>{TEXT}</p><p>{TEXT}</p>")
    assert first[0] == 0
    assert second[0] > 0


def test_a_quote_from_another_block_stands_elsewhere_and_the_block_in_part() -> None:
    long, quote, other = columns(f"<p>{TEXT}</p><p>the summer sailed at dusk</p><p>what a day</p>")
    assert quote[1] == 1
    assert 0 < long[1] < 1
    assert other[1] == 0


def test_only_what_stands_before_counts_as_earlier() -> None:
    first, second = columns(f"<p>{TEXT}</p><p>{TEXT} and came back</p>")
    assert first[2] == 0
    assert 0 < second[2] < 1


def test_words_of_the_structured_data_are_found_in_the_page() -> None:
    told = f'{{"@type": "Product", "name": "x", "description": "<p>{TEXT}</p>"}}'
    data = f'<script type="application/ld+json">{told}</script>'
    mine, other = columns(f"{data}<p>{TEXT}</p><p>Add all of it to your cart</p>")
    assert (mine[3], other[3]) == (1, 0)
    assert mine[4] == other[4] > 0


def test_a_page_of_single_words_repeats_no_run_of_them() -> None:
    assert columns("<p>one</p><p>two</p>")[:, 1:].sum() == 0


def test_a_line_of_the_data_that_is_too_short_for_a_run_is_found_as_a_whole() -> None:
    told = '{"@type": "Recipe", "name": "x", "recipeIngredient": ["2 eggs", "salt"]}'
    data = f'<script type="application/ld+json">{told}</script>'
    eggs, salt, save, more = columns(f"{data}<p>2 eggs</p><p>Salt</p><p>Save</p><p>eggs salt</p>")
    assert [block[3] for block in (eggs, salt, save, more)] == [1, 1, 0, 0]


def test_what_the_data_tells_of_others_is_told_apart() -> None:
    told = f'{{"@type": "Person", "name": "x", "description": "{TEXT}"}}'
    data = f'<script type="application/ld+json">{told}</script>'
    theirs, other = columns(f"{data}<p>{TEXT}</p><p>Add all of it to your cart</p>")
    assert (theirs[3], theirs[5], other[5]) == (0, 1, 0)
