"""What counts as told of a recipe."""

from __future__ import annotations

import pytest

from benchmarks.recipes import Found, Recipe, score, tell, those_in

TEXT = "Barley soup. 200 g of pearl barley, salt. Stir the barley into the pot and wait an hour."


@pytest.mark.parametrize(
    ("string", "is_there"),
    [
        ("200 g of pearl barley", True),
        ("200 G of pearl BARLEY (rinsed)", True),  # four pairs of five
        ("salt", True),
        ("pepper", False),
        ("barley salt pot hour", False),  # its words, but no two that stand together there
        ("", False),
    ],
)
def test_a_string_is_there_where_most_of_its_pairs_of_words_are(
    string: str, is_there: bool
) -> None:
    assert those_in([string], TEXT) == ([string] if is_there else [])


def test_a_recipe_is_scored_by_what_of_it_stands_in_a_text() -> None:
    steps = ("Stir the barley into the pot.", "Serve with bread.")
    recipe = Recipe("", None, ("200 g of pearl barley", "salt"), steps)
    assert score(recipe, TEXT) == Found(1.0, 0.5, 18)


def test_a_row_tells_how_many_are_whole_in_part_and_not_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell("a", [Found(1.0, 1.0, 10), Found(0.5, 1.0, 20), Found(0.0, 0.5, 30)])
    assert capsys.readouterr().out == "| a | 0.500 | 0.833 | 1 | 1 | 1 | 20 |\n"
