"""Which of two lists that tell the same is the better one to quote."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from webis_mcp.page.values.lexicon import fold
from webis_mcp.page.values.rows import says
from webis_mcp.page.values.things import Statement
from webis_mcp.service.values.sources import Sources

FAR_MORE = 3
"""How many times the letters of the data a shown list has that is believed in its place."""

BEYOND = 15
"""The same where the shown list has not even more items: the data has hardly a word for each."""

FEW = 4
"""Items from which on data that stands on the page word by word is a list and no summary."""

List = Sequence[Statement]

_ZEROS = re.compile(r"(?<=\d)[.,]0+(?!\d)")


def finer_first(named: List, other: List) -> tuple[List, List]:
    """Two lists of a page: first the named one, unless the other says more or is its part."""
    is_finer = _say_more(other, named) or _is_part(other, named)
    return (other, named) if is_finer else (named, other)


def is_better(shown: List, told: List, sources: Sources) -> bool:
    """Whether a list that is shown is a better quote than what data tells: it is the same and
    fuller, or the data is a mistake."""
    if not told or not shown:
        return False
    if is_fuller(shown, told):
        return True
    return _say_far_more(shown, told) and not _is_shown(told, sources)


def is_fuller(shown: List, told: List) -> bool:
    """Whether a list that is shown is that of the data, with what the data leaves out, as an
    amount, or written as for a reader: "500 g" for "500.0 g"."""
    if _say_more(shown, told):
        return True
    return _items(told, str) != _items(shown, str) and _items(told, _plain) == _items(shown, _plain)


def _is_part(one: List, other: List) -> bool:
    """Whether all items of a list stand in a longer one, which then is of several things."""
    texts = {fold(said.text) for said in other}
    return 1 < len(one) < len(other) and all(fold(said.text) in texts for said in one)


def _say_more(one: List, other: List) -> bool:
    """Whether a list has all items of another, and more to them."""
    if not len(other) <= len(one) <= 1.1 * len(other):
        return False
    longer, shorter = [fold(s.text) for s in one], [fold(s.text) for s in other]
    return sum(map(len, longer)) > sum(map(len, shorter)) and all(
        any(text in whole for whole in longer) for text in shorter
    )


def _items(listed: List, written: Callable[[str], str]) -> list[str]:
    return [fold(written(one.text)) for one in listed]


def _plain(text: str) -> str:
    return _ZEROS.sub("", text)


def _say_far_more(shown: List, told: List) -> bool:
    """Whether a list that is shown makes that of the data look like a mistake."""
    more = sum(len(s.text) for s in shown) / max(1, sum(len(s.text) for s in told))
    if len(shown) < max(3, 2 * len(told)):
        return more > BEYOND and len(shown) >= len(told)
    return more > FAR_MORE


def _is_shown(told: List, sources: Sources) -> bool:
    """Whether what the data tells is more than a summary, and a reader sees it."""
    return len(told) >= FEW and all(
        says(one.text) and sources.ground.find(one.text) for one in told
    )
