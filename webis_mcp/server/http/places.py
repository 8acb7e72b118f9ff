"""Room for so many at once, and for so many of one key: so that no key can take all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """Counts who is there.

    Args:
        most: at once.
        of_a_key: of them, for one key.
    """

    def __init__(self, most: int, of_a_key: int) -> None:
        self._most = most
        self._of_a_key = of_a_key
        self._taken: Counter[str] = Counter()
        self._all = 0

    @contextmanager
    def place_for(self, id: str) -> Iterator[bool]:
        """A place while the context lasts, or False where there is none."""
        if self._all >= self._most or self._taken[id] >= self._of_a_key:
            yield False
            return
        self._all += 1
        self._taken[id] += 1
        try:
            yield True
        finally:
            self._all -= 1
            self._taken[id] -= 1
            if not self._taken[id]:
                del self._taken[id]
