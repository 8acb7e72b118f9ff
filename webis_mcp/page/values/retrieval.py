"""Which blocks likeliest hold what is asked for: BM25 over the page's own blocks, nothing learned.

The words of scripts without spaces are their letters by twos. The same page and
the same question give the same blocks.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from webis_mcp.page.model import Block, Page
from webis_mcp.page.values.grounding import is_spaced

SATURATION, LENGTH = 1.2, 0.75
"""The usual constants of BM25 (Robertson and Zaragoza 2009)."""

MAX_TEXT = 5_000
"""Characters of one block whose words are counted."""

HEADING_SHARE = 0.5
"""What a word in a heading above counts, beside one in the block itself."""

NEIGHBOUR_SHARE = 0.3
"""What a block gets of the score of the ones beside it: a value stands next to its label."""


def words_of(text: str) -> list[str]:
    """The words of a text, small and without accents; letters by twos where no space parts them."""
    plain = unicodedata.normalize("NFKD", text[:MAX_TEXT]).casefold()
    words: list[str] = []
    word: list[str] = []
    close: list[str] = []
    for letter in [*plain, " "]:
        if unicodedata.combining(letter) and is_spaced(letter):
            continue
        is_letter = letter.isalnum() or (not is_spaced(letter) and not letter.isspace())
        if is_letter and is_spaced(letter):
            word.append(letter)
        elif word:
            words.append("".join(word))
            word = []
        if is_letter and not is_spaced(letter):
            close.append(letter)
        elif close:
            words += _by_twos(close)
            close = []
    return words


def rank(
    page: Page, query: Mapping[str, float], bonus: Mapping[int, float], likely: Sequence[bool]
) -> list[tuple[float, int]]:
    """The blocks by how well they answer a query, best first, those that score nothing left out.

    Args:
        query: weights of words.
        bonus: what further speaks for a block, by its order: a word of the type that is wanted.
        likely: which blocks are content; others count half.
    """
    blocks = [block for block in page.blocks if block.text and not block.hidden]
    counts = {block.order: Counter(words_of(block.text)) for block in blocks}
    length = sum(c.total() for c in counts.values()) / max(1, len(blocks)) or 1.0
    rarity = _rarity(query, list(counts.values()))
    own: dict[int, float] = {}
    for block in blocks:
        words = counts[block.order]
        norm = SATURATION * (1 - LENGTH + LENGTH * words.total() / length)
        score = sum(
            query[word] * weight * words[word] * (SATURATION + 1) / (words[word] + norm)
            for word, weight in rarity.items()
            if word in words
        )
        above = {word for order in block.heading_path for word in counts.get(order, ())}
        score += HEADING_SHARE * sum(query[word] * rarity[word] for word in above & rarity.keys())
        own[block.order] = score + bonus.get(block.order, 0.0)
    return sorted(_scores(blocks, own, likely), key=lambda found: (-found[0], found[1]))


def _rarity(query: Mapping[str, float], counts: Sequence[Counter[str]]) -> dict[str, float]:
    total = len(counts)
    found = {word: sum(word in words for words in counts) for word in query}
    return {
        word: math.log(1 + (total - number + 0.5) / (number + 0.5))
        for word, number in found.items()
        if number
    }


def _scores(
    blocks: Sequence[Block], own: Mapping[int, float], likely: Sequence[bool]
) -> Iterator[tuple[float, int]]:
    orders = [block.order for block in blocks]
    beside = dict.fromkeys(orders, 0.0)
    for one, other in pairwise(orders):
        beside[one] = max(beside[one], own[other])
        beside[other] = max(beside[other], own[one])
    for order in orders:
        score = own[order] + NEIGHBOUR_SHARE * beside[order]
        if score > 0:
            yield score * (1.0 if likely[order] else 0.5), order


def _by_twos(letters: Sequence[str]) -> list[str]:
    if len(letters) == 1:
        return [letters[0]]
    return [one + other for one, other in pairwise(letters)]
