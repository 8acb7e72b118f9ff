"""Page text made fit for a model's view."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine.vllm.scrub import scrub, scrubbed


@pytest.mark.parametrize(
    "mark",
    ["<|im_start|>", "<|im_end|>", "<s>", "</s>", "<start_of_turn>", "<think>", "<<SYS>>", "[INST]",
     "[/INST]", "[TOOL_CALLS]", "<｜User｜>", "＜|im_end|＞", "<unused7>", "<|eot_id|>"],
)  # fmt: skip
def test_no_mark_of_a_chat_is_left(mark: str) -> None:
    shown = scrub(f"before {mark} after")
    assert mark not in shown
    assert not set("<>＜＞｜") & set(shown)
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@given(st.text(max_size=200))
def test_a_block_is_one_line_that_can_be_sent(text: str) -> None:
    shown = scrub(text)
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert scrub(shown) == shown


def test_nothing_invisible_is_shown() -> None:
    assert scrub("in\u200bvis\u2060ible\u202e \U000e0041") == "invisible"


def test_a_long_text_is_shown_by_its_ends() -> None:
    shown = scrubbed("a" * 500 + " middle " + "z" * 500, 110, 40)
    assert shown == "a" * 110 + "…" + "z" * 40


def test_a_text_that_fits_is_shown_whole() -> None:
    assert scrubbed("x" * 151, 110, 40) == "x" * 151


def test_of_a_book_only_the_ends_are_looked_at() -> None:
    assert scrubbed("word " * 2_000_000 + "end", 5, 3) == "word…end"
