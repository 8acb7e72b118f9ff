"""When a server that ended may be started again. Pure: time comes in as a figure."""

from __future__ import annotations

from collections import deque

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before the first restart, and at most: 1, 2, 4 ... 60."""

MAX_ENDS, WINDOW = 5, 600.0
"""Ends within so many seconds after which it is left alone."""


HEALTHY = 60.0
"""Seconds of being ready after which an end counts as the first again."""


class Restarts:
    """The ends that a server has met, and what follows from them."""

    def __init__(self, first_wait: float = FIRST_WAIT) -> None:
        self._first_wait = first_wait
        self._ends = deque[float](maxlen=MAX_ENDS)
        self._in_a_row = 0

    def after_end(self, now: float, *, was_ready: float) -> float | None:
        """Takes note of an end: the seconds to wait before the next start; None to leave it.

        Args:
            was_ready: how long the server had been ready.
        """
        while self._ends and now - self._ends[0] >= WINDOW:
            self._ends.popleft()
        self._ends.append(now)
        self._in_a_row = 1 if was_ready >= HEALTHY else self._in_a_row + 1
        if len(self._ends) == MAX_ENDS:
            return None
        return min(self._first_wait * 2.0 ** min(self._in_a_row - 1, 10), LONGEST_WAIT)

    def forget(self) -> None:
        """Somebody asks for a new beginning."""
        self._ends.clear()
        self._in_a_row = 0
