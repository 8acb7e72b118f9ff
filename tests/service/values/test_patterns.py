"""From words in one or two records to the like words in all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.page.value import Spot
from webis_mcp.service.values.patterns import Example, pattern_of


def spot(text: str, key: str = ".line#0") -> Spot:
    return Spot(key, text, "/p[1]", 3)


def words_in(text: str, *examples: tuple[str, str]) -> str | None:
    """What a pattern of examples finds in another record."""
    pattern = pattern_of([Example(spot(seen), words) for seen, words in examples])
    found = pattern and pattern.words_in([spot("other", ".other#0"), spot(text)])
    return found[0] if found else None


@pytest.mark.parametrize(
    ("text", "wanted", "examples"),
    [
        ("Hull", "Hull", [("Leeds", "Leeds")]),
        ("Phone: 01482", "01482", [("Phone: 0113", "0113")]),
        ("Fax: 01482", None, [("Phone: 0113", "0113")]),
        ("Hull, 01482 5", "01482 5", [("Leeds, 0113 4", "0113 4"), ("York, 0190 4", "0190 4")]),
        ("Hull, 01482 5", "Hull", [("Leeds, 0113 4", "Leeds"), ("York, 0190 4", "York")]),
        ("Bo Ek 41", "41", [("Anna Berg 34", "34"), ("Olof Krona 29", "29")]),
        ("by Ek (1999)", "Ek", [("by Berg (2001)", "Berg"), ("by Krona (1988)", "Krona")]),
        ("by Ek", None, [("by Berg (2001)", "Berg"), ("by Krona (1988)", "Krona")]),
        ("49 kr", "49", [("20 kr", "20"), ("35 kr", "35")]),
        ("", None, [("Leeds", "Leeds")]),
        ("x", None, []),
    ],
)
def test_words_are_found_where_examples_have_them(
    text: str, wanted: str | None, examples: list[tuple[str, str]]
) -> None:
    assert words_in(text, *examples) == wanted


def test_examples_that_have_nothing_in_common_leave_the_first_alone() -> None:
    assert words_in("Phone: 3", ("Phone: 1", "1"), ("2 is its number", "2")) == "3"


def test_of_examples_in_two_places_the_first_says_where() -> None:
    first, second = Example(spot("Leeds"), "Leeds"), Example(spot("0190", ".tel#0"), "0190")
    pattern = pattern_of([first, second])
    assert pattern is not None
    assert pattern.key == ".line#0"


@given(st.lists(st.tuples(st.text("aB1 ,:", max_size=6), st.text("aB1,", min_size=1, max_size=4),
                          st.text("aB1 ,:", max_size=6)), min_size=1, max_size=2),
       st.text("aB1 ,:", max_size=12))  # fmt: skip
def test_a_pattern_gives_its_first_example_again_and_only_words_that_are_there(
    seen: list[tuple[str, str, str]], text: str
) -> None:
    examples = [Example(spot(before + words + after), words) for before, words, after in seen]
    pattern = pattern_of(examples)
    if pattern is None:
        return
    assert pattern.words_in([examples[0].spot]) == (examples[0].words, examples[0].spot)
    found = pattern.words_in([spot(text)])
    assert found is None or found[0] in text
