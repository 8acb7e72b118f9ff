"""When a server that ended may be started again."""

from __future__ import annotations

from webis_mcp.engine.process.restarts import MAX_ENDS, WINDOW, Restarts


def test_each_restart_waits_twice_as_long_as_the_last_and_the_fifth_end_is_one_too_many() -> None:
    restarts = Restarts()
    waits = [restarts.after_end(float(at), was_ready=0) for at in range(MAX_ENDS)]
    assert waits == [1, 2, 4, 8, None]


def test_ends_far_apart_never_stop_it_and_it_waits_a_minute_at_most() -> None:
    restarts = Restarts()
    waits = [restarts.after_end(at * WINDOW, was_ready=0) for at in range(9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_server_that_was_well_for_a_while_is_started_at_once() -> None:
    restarts = Restarts()
    assert restarts.after_end(0, was_ready=0) == 1
    assert restarts.after_end(10, was_ready=0) == 2
    assert restarts.after_end(200, was_ready=150) == 1


def test_who_says_so_gets_a_new_beginning() -> None:
    restarts = Restarts()
    for at in range(MAX_ENDS):
        restarts.after_end(at, was_ready=0)
    restarts.forget()
    assert restarts.after_end(9, was_ready=0) == 1
