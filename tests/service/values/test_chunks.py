"""Passages in chunks: all of them, each within its room, the likeliest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine.vllm.tokens import estimate
from webis_mcp.page.value import Passage
from webis_mcp.service.values.chunks import LINE, MOST_CHUNKS, chunked

ROOM = 100


def passage(number: int, text: str) -> Passage:
    return Passage(number, f"/p[{number}]", text, "Under")


def size(chunk: tuple[Passage, ...]) -> int:
    return sum(estimate(one.text) + estimate(one.under) + LINE for one in chunk)


def test_what_fits_is_one_chunk_in_the_pages_order() -> None:
    one, other = passage(9, "likely words"), passage(2, "others")
    assert chunked([one, other], ROOM) == [(other, one)]


def test_nothing_is_no_chunk() -> None:
    assert chunked([], ROOM) == []
    assert chunked([passage(1, "")], ROOM) == []


def test_a_long_passage_is_parted_between_words() -> None:
    text = "several words of a passage " * 30
    parts = [one for chunk in chunked([passage(4, text)], ROOM) for one in chunk]
    assert "".join(part.text for part in parts) == text
    assert all(part.text.startswith(" ") for part in parts[1:])
    assert {(part.block, part.under) for part in parts} == {(4, "Under")}


@given(st.lists(st.text("ab 1.价\n", max_size=400), max_size=12))
def test_every_chunk_fits_and_the_likeliest_come_first(texts: list[str]) -> None:
    passages = [passage(number, text) for number, text in enumerate(texts)]
    chunks = chunked(passages, ROOM)
    assert len(chunks) <= MOST_CHUNKS
    assert all(size(chunk) <= ROOM for chunk in chunks)
    said = "".join(part.text for chunk in chunks for part in chunk)
    assert "".join(texts).startswith(said)
    assert said == "".join(texts) or len(chunks) == MOST_CHUNKS
