"""Manners: who we say we are, turns, pauses, and a robots.txt asked for once."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from webis_mcp import __version__
from webis_mcp.service.fetching.cache import Cache
from webis_mcp.service.fetching.manners import (
    MAX_PAUSE_SECONDS,
    MAX_PAUSES,
    MAX_TOLD_SECONDS,
    ROBOTS_SECONDS,
    Pauses,
    RobotsFiles,
    Turns,
    parse_retry_after,
    user_agent,
)
from webis_mcp.service.fetching.robots import Rules, parse_robots


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_we_say_who_we_are_and_how_to_reach_the_operator() -> None:
    assert user_agent("") == f"webis-mcp/{__version__}"
    assert user_agent("https://site.example/bot") == (
        f"webis-mcp/{__version__} (+https://site.example/bot)"
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("99999999999999999999", MAX_TOLD_SECONDS),
        ("Thu, 01 Jan 1970 00:01:10 GMT", 60),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_TOLD_SECONDS),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Thu, 99 Jan 1970 00:00:01 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, now=10.0) == seconds


async def test_a_host_is_asked_by_two_at_once_and_no_more() -> None:
    turns = Turns(per_host=2, in_all=10)
    asking: list[str] = []
    done = anyio.Event()

    async def ask(host: str) -> None:
        async with turns.turn(host):
            asking.append(host)
            await done.wait()

    async with anyio.create_task_group() as tasks:
        for host in ("a", "a", "a", "b"):
            tasks.start_soon(ask, host)
        await anyio.wait_all_tasks_blocked()
        assert sorted(asking) == ["a", "a", "b"]
        done.set()
    assert sorted(asking) == ["a", "a", "a", "b"]


async def test_waiting_for_a_busy_host_keeps_nobody_from_others() -> None:
    turns = Turns(per_host=1, in_all=2)
    async with turns.turn("a"), anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(_pass, turns, "a")
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(5):
            await _pass(turns, "b")
        tasks.cancel_scope.cancel()


async def _pass(turns: Turns, host: str) -> None:
    async with turns.turn(host):
        await anyio.lowlevel.checkpoint()


async def test_hosts_are_forgotten_once_nobody_asks() -> None:
    turns = Turns(per_host=1, in_all=2)
    for number in range(10):
        await _pass(turns, f"host-{number}")
    assert turns.hosts() == 0


def test_a_pause_runs_out_and_is_never_long() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    pauses.ask("a", 30)
    pauses.ask("b", 10**9)
    assert (pauses.left("a"), pauses.left("b"), pauses.left("c")) == (30, MAX_PAUSE_SECONDS, 0)
    clock.now += 29
    assert pauses.left("a") == 1
    clock.now += 2
    assert pauses.left("a") == 0


def test_pauses_are_forgotten_oldest_first() -> None:
    pauses = Pauses(Clock())
    for number in range(MAX_PAUSES + 1):
        pauses.ask(f"host-{number}", 60)
    assert pauses.left("host-0") == 0
    assert pauses.left("host-1") == 60


async def test_a_robots_txt_is_asked_for_once_an_hour() -> None:
    clock, asked = Clock(), list[str]()

    async def read(origin: str) -> Rules:
        asked.append(origin)
        return parse_robots("User-agent: *\nDisallow: /a")

    files = RobotsFiles(clock)
    for _ in range(3):
        assert not (await files.of("http://site.example", read)).allow("/a")
    assert len(asked) == 1
    clock.now += ROBOTS_SECONDS
    await files.of("http://site.example", read)
    await files.of("https://site.example", read)
    assert asked == ["http://site.example", "http://site.example", "https://site.example"]


def test_a_cache_keeps_what_was_used_last() -> None:
    cache: Cache[str] = Cache(100)
    cache.keep("a", "A", at=1, size=40)
    cache.keep("b", "B", at=2, size=40)
    assert cache.get("a") is not None
    cache.keep("c", "C", at=3, size=40)
    assert cache.get("b") is None
    kept = cache.get("a")
    assert kept is not None
    assert (kept.value, kept.at) == ("A", 1)


def test_a_cache_keeps_nothing_larger_than_itself() -> None:
    cache: Cache[str] = Cache(100)
    cache.keep("a", "A", at=1, size=40)
    cache.keep("a", "A2", at=2, size=101)
    assert cache.get("a") is None
    cache.keep("b", "B", at=3, size=100)
    assert cache.get("b") is not None
