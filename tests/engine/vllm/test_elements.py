"""What MinerU-HTML's model is asked, and its answer."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine.vllm.elements import Elements
from webis_mcp.engine.vllm.parts import Part
from webis_mcp.engine.vllm.view import Row
from webis_mcp.errors import AnswerUnreadable

ROWS = (
    Row((2,), "h1", "Ferry", 0),
    Row((5,), 'p class="lead"', "The ferry sailed again.", 0),
    Row((6,), "li", "Home", 1),
)
QUESTION = Elements(Part("", "", ROWS))
labels = st.lists(st.booleans(), min_size=3, max_size=3)


def answer_of(found: list[bool]) -> str:
    pairs = (f'"{at}": "{"main" if main else "other"}"' for at, main in enumerate(found, start=1))
    return "{" + ",".join(pairs) + "}"


def test_elements_are_numbered_from_one() -> None:
    html = QUESTION.messages[0]["content"].partition("HTML:\n")[2]
    assert html == (
        '<h1 _item_id="1">Ferry</h1>'
        '<p class="lead" _item_id="2">The ferry sailed again.</p>'
        '<li _item_id="3">Home</li>'
    )


@given(labels)
def test_reading_undoes_what_a_perfect_model_writes(found: list[bool]) -> None:
    answer = answer_of(found)
    assert QUESTION.read(answer) == dict(zip((2, 5, 6), found, strict=True))
    assert re.fullmatch(QUESTION.constraint["regex"], answer)


@given(labels, st.integers(0, 60))
def test_the_beginning_of_an_answer_says_nothing_wrong(found: list[bool], cut: int) -> None:
    whole = QUESTION.read(answer_of(found))
    beginning = QUESTION.read_beginning(answer_of(found)[:cut])
    assert beginning.items() <= whole.items()


@given(st.dictionaries(st.sampled_from("1 2 3 4 01 x".split()), st.sampled_from(["main", "", []])))
def test_no_answer_labels_what_was_not_offered(answer: dict[str, object]) -> None:
    with pytest.raises(AnswerUnreadable):
        QUESTION.read(json.dumps(answer | {"9": "main"}))
