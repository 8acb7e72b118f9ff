"""Slices of a block: what is shown of it is found in it again, and nothing else is."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine.vllm.slices import original, shown, slices_form

ROUND = str.maketrans("[]", "()")
"""A mark in brackets is no longer one where it is cut."""

ODD = st.text(
    st.sampled_from('ab1 .,\t\n\u00a0"\\<>|[](）\u200b\u202e价INST</_▁｜é\u0301'), max_size=40
)


def test_a_slice_is_found_in_the_pages_own_words() -> None:
    text = 'Ring  "Anna"\non <b>\u200b[INST]'
    assert shown(text) == "Ring \u201dAnna\u201d on \u2039b\u203a(INST)"
    assert original("\u201dAnna\u201d on", text) == '"Anna"\non'
    assert original("\u2039b\u203a(INST)", text) == "<b>\u200b[INST]"


@pytest.mark.parametrize("said", ["Bert", "", " ", "anna"])
def test_what_is_no_slice_is_not_found(said: str) -> None:
    assert original(said, "Ring Anna") is None


@given(ODD, st.integers(0, 40), st.integers(0, 40))
def test_every_slice_of_what_is_shown_is_a_slice_of_the_page(
    text: str, start: int, end: int
) -> None:
    said = shown(text)[start:end]
    found = original(said, text)
    assert (found is None) == (not said.strip())
    if found is not None:
        assert found in text
        assert shown(found).translate(ROUND) == said.strip().translate(ROUND)


@given(ODD)
def test_what_is_shown_needs_no_escape_in_json(text: str) -> None:
    assert json.dumps(shown(text), ensure_ascii=False) == f'"{shown(text)}"'


@given(st.lists(ODD, max_size=4))
def test_the_form_holds_each_block_in_whole_pieces(texts: list[str]) -> None:
    form = slices_form(["/a b"], [(7 * at, shown(text)) for at, text in enumerate(texts)])
    held = ["".join(json.loads(one)) for one in re.findall(r'"substring_chunks": (\[.*\])', form)]
    assert held == [shown(text) for text in texts if shown(text)]
    assert form.startswith('start: "{" "\\"/a b\\":" said "}"\nsaid: "null"')


def test_words_and_numbers_are_pieces_and_letters_without_spaces_between_are() -> None:
    form = slices_form(["/a"], [(1, "ab1,299.00-12 价格")])
    assert '["ab", "1,299.00", "-", "12", " ", "价", "格"]' in form
