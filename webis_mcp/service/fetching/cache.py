"""Keeps what was fetched, in memory, bounded in bytes: the least recently used goes first.

It is the memory of a reading, as a browser's history is, so that the second part of a long page
comes from the same page as the first; it is not a shared HTTP cache and obeys no Cache-Control. It
does not know how old is too old: who asks decides by `at`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    """A value with the time it was kept at."""

    value: Value
    at: float
    size: int


class Cache(Generic[Value]):
    """Values by key, up to so many bytes in all."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[object, Kept[Value]] = OrderedDict()

    def get(self, key: object) -> Kept[Value] | None:
        """What was kept under a key, if it is still there."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def keep(self, key: object, value: Value, *, at: float, size: int) -> None:
        """Keep a value; what no longer fits goes, or the value itself if it can never fit."""
        self.drop(key)
        if size > self._max_bytes:
            return
        self._kept[key] = Kept(value, at, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size

    def drop(self, key: object) -> None:
        """Forget a value."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size
