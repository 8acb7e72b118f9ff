"""Numbers of lines, as models write them and as we read them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine.vllm.intervals import (
    grammar_of,
    read_beginning,
    read_intervals,
    regex_of,
    schema_of,
    write_intervals,
    write_json,
)
from webis_mcp.errors import AnswerUnreadable

numbers = st.sets(st.integers(1, 130))


def test_runs_are_joined() -> None:
    assert write_intervals([3, 1, 2, 7, 9, 8, 12]) == "1-3 7-9 12"
    assert write_intervals([]) == "none"


@given(numbers)
def test_what_a_perfect_model_writes_is_read_back(content: set[int]) -> None:
    assert read_intervals(write_intervals(content), 130) == content
    assert read_intervals(write_json(content), 130) == content


@given(numbers)
def test_the_constraint_allows_what_a_perfect_model_writes(content: set[int]) -> None:
    assert re.fullmatch(regex_of(130), write_intervals(content))


@pytest.mark.parametrize("last", [1, 7, 9, 10, 42, 99, 100, 305, 1000])
def test_the_constraint_allows_just_the_numbers_that_were_offered(last: int) -> None:
    allowed = re.compile(regex_of(last))
    assert [n for n in range(1200) if allowed.fullmatch(str(n))] == list(range(1, last + 1))
    assert not allowed.fullmatch("01")
    assert not allowed.fullmatch("")


@given(st.text(max_size=40) | st.from_regex(r"\A[\d\s,;-]{1,20}\Z"), st.integers(1, 50))
def test_no_answer_gives_a_number_that_was_not_offered(answer: str, last: int) -> None:
    try:
        found = read_intervals(answer, last)
    except AnswerUnreadable:
        return
    assert found <= set(range(1, last + 1))


@pytest.mark.parametrize(
    "answer",
    ["", "Lines 1 to 3", "0", "1-51", "51", "1--2", "1 2 x", "{", "{}", '{"content": [[1]]}',
     '{"content": [[1, 51]]}',
     '{"content": 3}', '{"content": [[1, 1e999]]}', "-1", "1.5", "none 3"],
)  # fmt: skip
def test_anything_else_is_unreadable(answer: str) -> None:
    with pytest.raises(AnswerUnreadable):
        read_intervals(answer, 50)


@pytest.mark.parametrize(
    "answer",
    ["1-3 7", " 1-3, 7 ", "1-3\n7\n", "1 - 3; 7.", "7 1-3", "3-1 7", "<think>\n5\n</think>\n1-3 7"],
)
def test_small_liberties_are_taken_as_meant(answer: str) -> None:
    assert read_intervals(answer, 50) == {1, 2, 3, 7}


@given(numbers, st.data())
def test_the_beginning_of_an_answer_says_nothing_wrong(
    content: set[int], data: st.DataObject
) -> None:
    answer = write_intervals(content)
    cut = answer[: data.draw(st.integers(0, len(answer)))]
    found, until = read_beginning(cut, 130) if cut not in ("n", "no", "non") else (frozenset(), 0)
    assert found == {number for number in content if number <= until}


def test_the_schema_bounds_the_numbers() -> None:
    schema = schema_of(42)
    assert schema["properties"]["content"]["items"]["items"]["maximum"] == 42
    json.dumps(schema)


def test_the_grammar_names_its_rules() -> None:
    grammar = grammar_of(42)
    assert grammar.startswith('root ::= "none" | interval (" " interval)*\n')
    assert "number ::= [1-9] | [1-3] [0-9] | [4-4] [0-1] | [4-4] [2-2]\n" in grammar
