"""Passages in chunks that a reader takes one at a time: the likeliest first, each in page order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from webis_mcp.engine.vllm.tokens import estimate
from webis_mcp.page.value import Passage

LINE = 5
"""Tokens that a passage takes besides its words."""

SHARE = 4
"""A passage takes at most one in so many of a chunk: a longer one is parted."""

MOST_CHUNKS = 6
"""Chunks of one page that are asked about: 12,000 tokens of likely blocks, where half of all pages
have 2,500 in all."""


def chunked(passages: Sequence[Passage], room: int) -> list[tuple[Passage, ...]]:
    """The passages in chunks of so many tokens.

    Args:
        passages: the likeliest first.
    """
    chunks: list[list[Passage]] = [[]]
    left = room
    for passage in (part for whole in passages for part in _parts(whole, room // SHARE)):
        size = estimate(passage.text) + estimate(passage.under) + LINE
        if size > left and chunks[-1]:
            if len(chunks) == MOST_CHUNKS:
                break
            chunks.append([])
            left = room
        chunks[-1].append(passage)
        left -= size
    return [tuple(sorted(chunk, key=lambda passage: passage.block)) for chunk in chunks if chunk]


def _parts(passage: Passage, most: int) -> Iterator[Passage]:
    """The passage, or parts of so many tokens, ended between words where there are any."""
    size, text = estimate(passage.text), passage.text
    length = len(text) if size <= most else max(1, len(text) * most // size)
    while text:
        end = len(text) if len(text) <= length else text.rfind(" ", length * 3 // 4, length)
        end = end if end > 0 else length
        yield passage._replace(text=text[:end])
        text = text[end:]
