"""How often: calls of a key, and wrong keys of a peer."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_NAMES = 10_000
"""Names remembered at once; the one not heard of for longest is forgotten first."""


class Rate:
    """A bucket of tokens for every name: `burst` at once, and `per_second` on the long run.

    Args:
        now: seconds on a clock that never goes back.
    """

    def __init__(
        self, per_second: float, burst: int, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> int:
        """Takes a token of the name: 0, or the seconds after which there will be one."""
        tokens, now = self._tokens(name), self._now()
        wait = 0 if tokens >= 1 else math.ceil((1 - tokens) / self._per_second)
        self._buckets[name] = (tokens if wait else tokens - 1, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > MOST_NAMES:
            self._buckets.popitem(last=False)
        return wait

    def _tokens(self, name: str) -> float:
        tokens, then = self._buckets.get(name, (float(self._burst), self._now()))
        return min(self._burst, tokens + (self._now() - then) * self._per_second)
