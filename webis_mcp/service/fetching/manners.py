"""How we behave towards sites: who we say we are, how many ask at once, when we come back.

State that changes is here, in three small objects; what they decide by is in pure functions.
"""

from __future__ import annotations

import time
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime

import anyio

from webis_mcp import __version__
from webis_mcp.service.fetching.cache import Cache
from webis_mcp.service.fetching.robots import PRODUCT, Rules

MAX_WAIT_SECONDS = 5.0
"""Longest Retry-After that is waited for; a longer one is told to the caller, who can plan."""
MAX_PAUSE_SECONDS = 60.0
"""Longest that one busy answer keeps us from all of a host, whose other pages may be well."""
MAX_TOLD_SECONDS = 86_400.0
"""Some sites ask for a thousand years."""
ROBOTS_SECONDS = 3600.0
"""How long a robots.txt stands; RFC 9309 allows a day."""
ROBOTS_BYTES = 8_000_000
MAX_PAUSES = 1000


def user_agent(contact: str) -> str:
    """The honest name: the product, its version, and how to reach the operator."""
    return f"{PRODUCT}/{__version__}" + (f" (+{contact})" if contact else "")


def parse_retry_after(value: str, now: float) -> float | None:
    """Seconds that a Retry-After asks for: a number, or a date compared with `now` (Unix time)."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), MAX_TOLD_SECONDS)
    try:
        return min(max(parsedate_to_datetime(value).timestamp() - now, 0.0), MAX_TOLD_SECONDS)
    except (ValueError, OverflowError):
        return None


class Turns:
    """Few requests at once: to each host, and to all together."""

    def __init__(self, *, per_host: int, in_all: int) -> None:
        self._per_host = per_host
        self._all = anyio.Semaphore(in_all)
        # A host's semaphore lives as long as somebody holds or awaits it, and no longer.
        self._hosts: weakref.WeakValueDictionary[str, anyio.Semaphore] = (
            weakref.WeakValueDictionary()
        )

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at a host, and hold it."""
        mine = self._hosts.setdefault(host, anyio.Semaphore(self._per_host))
        async with mine, self._all:
            yield

    def hosts(self) -> int:
        """How many hosts are being asked, or waited for."""
        return len(self._hosts)


class Pauses:
    """Which hosts asked to be left alone, and until when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def ask(self, host: str, seconds: float) -> None:
        """Remember that a host asked for a pause."""
        self._until.pop(host, None)
        self._until[host] = self._clock() + min(seconds, MAX_PAUSE_SECONDS)
        if len(self._until) > MAX_PAUSES:
            self._until.popitem(last=False)

    def left(self, host: str) -> float:
        """How many seconds of a host's pause are left."""
        return max(self._until.get(host, 0.0) - self._clock(), 0.0)


class RobotsFiles:
    """The robots.txt of each site, asked for once an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: Cache[Rules] = Cache(ROBOTS_BYTES)

    async def of(self, origin: str, read: Callable[[str], Awaitable[Rules]]) -> Rules:
        """The rules of a site, read if they are not known; what `read` raises passes, and is not
        remembered."""
        kept = self._known.get(origin)
        if kept is not None and self._clock() < kept.at + ROBOTS_SECONDS:
            return kept.value
        rules = await read(origin)
        self._known.keep(origin, rules, at=self._clock(), size=rules.size())
        return rules
