"""Content a part at a time: nothing lost, nothing cut that a reader would see as one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.errors import InvalidInput
from webis_mcp.page.model import Kept, Kind
from webis_mcp.page.writing.paging import blocks_length, blocks_part, part_of

PIECES = (
    "word",
    " ",
    "\n",
    "\n\n",
    "A sentence. ",
    "句子。",
    "e\u0301",
    "\U0001f469\u200d\U0001f680",
    "\U0001f44d\U0001f3fd",
    "\U0001f1eb\U0001f1f7",
    "\u2764\ufe0f",
    "\u1112\u1161\u11ab",
    "\u0915\u094d\u0937",
    "x" * 30,
)
contents = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def parts_of(content: str, length: int) -> list[str]:
    parts = []
    start: int | None = 0
    while start is not None:
        part = part_of(content, start, length)
        parts.append(part.text)
        start = part.next_start
    return parts


def kept(*texts: str) -> list[Kept]:
    return [Kept(n, Kind.PARAGRAPH, text, "/", 0.9) for n, text in enumerate(texts)]


# ------------------------------------------------ parts of a text


@given(contents, st.integers(1, 60))
def test_all_parts_together_are_the_content(content: str, length: int) -> None:
    parts = parts_of(content, length)
    assert "".join(parts) == content
    assert all(0 < len(part) <= length for part in parts) or parts == [""]


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.integers(6, 60))
def test_no_part_ends_within_what_is_seen_as_one_character(pieces: list[str], length: int) -> None:
    content = "".join(pieces)
    ends = set()
    position = 0
    for piece in pieces:
        whole = piece if len(piece) < 5 and not piece.isascii() and piece != "句子。" else ""
        ends |= set(range(position + 1, position + len(whole)))
        position += len(piece)
    position = 0
    for part in parts_of(content, length):
        position += len(part)
        assert position not in ends


def test_a_content_that_fits_is_one_part() -> None:
    part = part_of("All of it.", 0, 10)
    assert (part.text, part.start, part.next_start) == ("All of it.", 0, None)


def test_an_empty_content_is_one_empty_part() -> None:
    assert part_of("", 0, 10).next_start is None


@pytest.mark.parametrize(
    ("content", "length", "first"),
    [
        ("One two.\nThree.\n\nFour. Five six", 20, "One two.\nThree.\n\n"),
        ("One two. Three four.\nFive. Six seven", 25, "One two. Three four.\n"),
        ("One two three four. Five six", 24, "One two three four. "),
        ("One two three four five six", 15, "One two three "),
        ("一二三四五六。七八九十", 9, "一二三四五六。"),
        ("onetwothreefourfivesix", 10, "onetwothre"),
        ("A\n\nverylongwordwithoutend", 12, "A\n\nverylongw"),
    ],
)
def test_a_part_ends_where_a_reader_would_stop(content: str, length: int, first: str) -> None:
    assert part_of(content, 0, length).text == first


def test_a_character_longer_than_a_part_is_cut_after_all() -> None:
    assert parts_of("a" + "\u0301" * 5, 2) == ["a\u0301", "\u0301" * 2, "\u0301" * 2]


@pytest.mark.parametrize("start", [5, 6, 900, -1])
def test_a_start_past_the_end_is_refused_with_the_length(start: int) -> None:
    with pytest.raises(InvalidInput, match="the content has 5 characters") as refusal:
        part_of("Hello", start, 10)
    assert "0 to 4" in refusal.value.hint


def test_a_part_of_no_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match="0 characters"):
        part_of("Hello", 0, 0)


# ------------------------------------------------ parts of blocks


def all_parts(blocks: Sequence[Kept], length: int) -> list[tuple[Kept, ...]]:
    parts = []
    start: int | None = 0
    while start is not None:
        part, start = blocks_part(blocks, start, length)
        parts.append(part)
    return parts


@given(st.lists(st.integers(0, 40).map(lambda n: "x" * n), max_size=12), st.integers(1, 60))
def test_all_parts_together_are_the_blocks(texts: list[str], length: int) -> None:
    blocks = kept(*texts)
    parts = all_parts(blocks, length)
    assert [block for part in parts for block in part] == blocks
    assert all(parts) or not blocks


def test_a_part_has_the_blocks_that_start_within_it() -> None:
    blocks = kept("aaaa", "bbbb", "cccc")
    assert blocks_part(blocks, 0, 5) == (tuple(blocks[:1]), 5)
    assert blocks_part(blocks, 0, 6) == (tuple(blocks[:2]), 10)
    assert blocks_part(blocks, 10, 1) == (tuple(blocks[2:]), None)


def test_a_block_longer_than_a_part_is_given_whole() -> None:
    blocks = kept("a" * 100, "b")
    assert blocks_part(blocks, 0, 10) == (tuple(blocks[:1]), 101)


def test_a_start_within_a_block_goes_on_with_the_next() -> None:
    blocks = kept("aaaa", "bbbb", "cccc")
    assert blocks_part(blocks, 2, 100) == (tuple(blocks[1:]), None)
    assert blocks_part(blocks, 12, 100) == (tuple(blocks[2:]), None)


def test_no_blocks_are_one_empty_part() -> None:
    assert blocks_part([], 0, 10) == ((), None)


def test_a_start_past_the_last_block_is_refused() -> None:
    blocks = kept("aaaa", "bbbb")
    assert blocks_length(blocks) == 9
    with pytest.raises(InvalidInput, match="the content has 9 characters"):
        blocks_part(blocks, 9, 10)
