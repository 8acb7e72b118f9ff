"""Which blocks a gold text is made of."""

from __future__ import annotations

from itertools import compress

from hypothesis import given
from hypothesis import strategies as st

from training.alignment import align, tokens, word_f1

STORY = "The ferry sailed again on Monday and the harbour was full of people"
MORE = "Tickets cost less than two coins while children travel free with their parents"


def test_blocks_of_the_gold_text_are_found() -> None:
    assert align(["Home News Sport", STORY, MORE, "All rights reserved"], f"{STORY}\n{MORE}") == [
        False,
        True,
        True,
        False,
    ]


def test_a_short_block_counts_only_near_the_others() -> None:
    texts = ["Timetable", *["Menu entry"] * 9, STORY, "Timetable", MORE]
    found = align(texts, f"{STORY}\nTimetable\n{MORE}")
    assert found[-3:] == [True, True, True]
    assert not found[0]


def test_text_that_stands_twice_on_the_page_counts_once() -> None:
    assert sum(align([STORY, MORE, STORY], f"{STORY} {MORE}")) == 2


def test_a_page_without_gold_has_no_content() -> None:
    assert align([STORY, MORE], "") == [False, False]
    assert align([], STORY) == []


def test_scripts_without_spaces_align_too() -> None:
    assert align(
        ["首页 新闻", "渡轮周一再次启航，港口挤满了人。"], "渡轮周一再次启航，港口挤满了人。"
    ) == [
        False,
        True,
    ]


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_any_choice_of_whole_paragraphs_is_found_again(chosen: list[bool]) -> None:
    texts = [" ".join(f"w{number}x{word}" for word in range(8)) for number in range(len(chosen))]
    assert align(texts, "\n".join(compress(texts, chosen))) == chosen


def test_the_f1_of_two_bags_of_words() -> None:
    assert word_f1(tokens("a b c d"), tokens("a b x y")) == 0.5
    assert word_f1([], []) == 1
    assert word_f1(tokens("a"), []) == 0
