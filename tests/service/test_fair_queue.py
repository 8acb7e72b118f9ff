"""A queue that is fair: callers come in turn, and nobody is lost or served twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.service.fair_queue import FairQueue


@dataclass(frozen=True)
class Item:
    caller: str
    number: int


def filled(callers: str) -> FairQueue[Item]:
    queue: FairQueue[Item] = FairQueue()
    for number, caller in enumerate(callers):
        queue.append(Item(caller, number))
    return queue


def drained(queue: FairQueue[Item]) -> list[Item]:
    return [queue.popleft() for _ in range(len(queue))]


def test_callers_come_in_turn() -> None:
    assert [item.caller for item in drained(filled("aaabab"))] == list("ababaa")


def test_the_caller_with_most_is_told_by_its_last() -> None:
    assert filled("abbab").last_of_longest() == Item("b", 4)
    assert filled("").last_of_longest() is None


@given(st.text("abc", max_size=20), st.sets(st.integers(0, 19)))
def test_who_waits_is_served_once_and_in_its_callers_order(callers: str, gone: set[int]) -> None:
    queue = filled(callers)
    left = [item for item in queue if item.number not in gone]
    for item in [item for item in queue if item.number in gone]:
        queue.remove(item)
    assert len(queue) == len(left)
    served = drained(queue)
    assert Counter(served) == Counter(left)
    for caller in set(callers):
        numbers = [item.number for item in served if item.caller == caller]
        assert numbers == sorted(numbers)


@given(st.text("abc", min_size=1, max_size=20))
def test_nobody_is_served_twice_while_another_waits_for_his_first(callers: str) -> None:
    served = [item.caller for item in drained(filled(callers))]
    first = served[: len(set(callers))]
    assert len(set(first)) == len(first)
