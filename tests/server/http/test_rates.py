"""So many at once, so many on the long run, each name for itself."""

from __future__ import annotations

from tests.support.keys import Clock
from webis_mcp.server.http.rates import MOST_NAMES, Rate


def test_a_burst_is_let_through_and_the_next_has_to_wait() -> None:
    rate = Rate(0.5, 3, now=Clock())
    assert [rate.take("a") for _ in range(5)] == [0, 0, 0, 2, 2]


def test_waiting_as_long_as_told_is_enough() -> None:
    clock = Clock()
    rate = Rate(0.5, 1, now=clock)
    assert rate.take("a") == 0
    clock.time += rate.take("a")
    assert rate.take("a") == 0


def test_a_long_silence_saves_no_more_than_a_burst() -> None:
    clock = Clock()
    rate = Rate(1, 2, now=clock)
    rate.take("a")
    clock.time += 1000
    assert [rate.take("a") for _ in range(3)] == [0, 0, 1]


def test_one_name_does_not_pay_for_another() -> None:
    rate = Rate(1, 1, now=Clock())
    assert (rate.take("a"), rate.take("a"), rate.take("b")) == (0, 1, 0)


def test_the_name_not_heard_of_for_longest_is_forgotten_first() -> None:
    rate = Rate(1, 1, now=Clock())
    for number in range(MOST_NAMES + 1):
        rate.take(str(number))
    assert rate.take(str(MOST_NAMES)) == 1
    assert rate.take("0") == 0
