"""A queue that is fair to callers: they take turns, so who asks for much waits for himself."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Generic, Protocol, TypeVar

CALLER: ContextVar[str] = ContextVar("webis_caller", default="stdio")
"""For whom the work at hand is done: the id of a key."""


class Waiting(Protocol):
    """What waits, and for whom."""

    @property
    def caller(self) -> str: ...


Item = TypeVar("Item", bound=Waiting)


class FairQueue(Generic[Item]):
    """Those who wait. The callers come in turn; of one caller the first comes first."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[Item]] = OrderedDict()  # the first is next

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def __iter__(self) -> Iterator[Item]:
        for queue in self._queues.values():
            yield from queue

    def append(self, item: Item) -> None:
        """Queues up."""
        self._queues.setdefault(item.caller, deque()).append(item)

    def popleft(self) -> Item:
        """Takes out who is next; then it is another caller's turn."""
        caller, queue = next(iter(self._queues.items()))
        item = queue[0]
        self.remove(item)
        if queue:
            self._queues.move_to_end(caller)
        return item

    def remove(self, item: Item) -> None:
        """Takes one out who waits no more."""
        queue = self._queues[item.caller]
        queue.remove(item)
        if not queue:
            del self._queues[item.caller]

    def of(self, caller: str) -> int:
        """How many wait for a caller."""
        return len(self._queues.get(caller, ()))

    def last_of_longest(self) -> Item | None:
        """The last of those who wait for the caller with most of them."""
        return max(self._queues.values(), key=len)[-1] if self._queues else None
