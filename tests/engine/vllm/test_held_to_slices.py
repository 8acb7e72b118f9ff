"""What the library in vLLM that holds a model to a grammar lets through of ours; no model."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer, grammar_from

from tests.engine.vllm.test_slices import ODD
from webis_mcp.engine.vllm.slices import PIECE, shown, slices_form

BYTES = LLTokenizer("byte")
"""A model that writes byte by byte: whatever another could write, it could."""

ENDS = st.text("ab1 .(”", max_size=2)

WARES = {3: "Lamp Aurora, 49.90 EUR, by Nordlys", 8: 'The "Aurora" is 1,299 mm high'}


def lets_through(form: str, answer: str) -> bool:
    matcher = LLMatcher(BYTES, grammar_from("grammar", form))
    assert not matcher.get_error()
    tokens = BYTES.tokenize_str(answer)
    return matcher.validate_tokens(tokens) == len(tokens) and (
        matcher.consume_tokens(tokens) and matcher.is_accepting()
    )


def answer(text: str, block: int = 3, field: str = "/a") -> str:
    return f'{{"{field}":{{"block":{block},"text":"{text}"}}}}'


@pytest.fixture(scope="module")
def wares() -> str:
    return slices_form(["/a"], [(number, shown(text)) for number, text in WARES.items()])


@pytest.mark.parametrize("text", ["Lamp Aurora", "49.90", "49.90 EUR", ", ", WARES[3]])
def test_a_run_of_a_blocks_words_may_be_said(wares: str, text: str) -> None:
    assert lets_through(wares, answer(text))


def test_null_may_always_be_said(wares: str) -> None:
    assert lets_through(wares, '{"/a":null}')
    assert lets_through(slices_form(["/a"], []), '{"/a":null}')


@pytest.mark.parametrize(
    "said",
    [
        answer("Lamp Auror"),
        answer("lamp aurora"),
        answer("Lamp  Aurora"),
        answer("49.91"),
        answer("49"),
        answer("Lamp Nordlys"),
        answer("1,299 mm"),
        answer(""),
        answer("Lamp", block=4),
        answer("Lamp", field="/b"),
        '{"/a":"Lamp"}',
        '{"/a":null,"/b":null}',
        "{}",
    ],
)
def test_what_is_altered_made_up_or_another_blocks_cannot_be_said(wares: str, said: str) -> None:
    assert not lets_through(wares, said)


@given(ODD | st.text(max_size=30), st.integers(0, 40), st.integers(1, 41), ENDS)
@settings(deadline=None)
def test_of_any_text_just_its_runs_of_whole_pieces_may_be_said(
    text: str, start: int, end: int, more: str
) -> None:
    seen = shown(text)
    pieces = PIECE.findall(seen)
    form = slices_form(["/a"], [(3, seen)])
    run = "".join(pieces[start:end])
    assert lets_through(form, answer(run)) == bool(run)
    runs = {"".join(pieces[i:j]) for i in range(len(pieces)) for j in range(i + 1, len(pieces) + 1)}
    assert lets_through(form, answer(run + more)) == (run + more in runs)


@given(st.text(max_size=20))
@settings(deadline=None)
def test_a_field_may_have_any_name(name: str) -> None:
    form = slices_form([name], [(3, "Lamp")])
    (key,) = re.findall(r'^start: "{" (".*") said "}"$', form, re.MULTILINE)
    assert json.loads("{" + json.loads(key) + "null}") == {name: None}
    assert lets_through(form, "{" + json.loads(key) + "null}")
