"""Whose turn it is where pages are read: what takes long must not keep what is short waiting.

How long a page takes shows only while it is read. So every call is looked at first, and one that
has worked for `LOOK_SECONDS` is long, as a large page is from the start. Long calls have so many
turns among them, and at least one more is never theirs: where theirs are taken and somebody waits,
a call that turns out to be long is put back, to begin anew when its turn comes. That costs a
process, so it is not done where one of the long calls is about to end, as most are. Callers take
turns, and where the queue is full, who fills it makes room for others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import anyio

from webis_mcp.errors import Busy
from webis_mcp.service.fair_queue import CALLER, FairQueue

LOOK_SECONDS = 0.06
"""Of work. Pages take 0.024 at the median, nine in ten take less (docs/measurements.md)."""

STUCK_SECONDS = 0.25
"""Of work. One page in a hundred takes longer: where all long turns do, none will be free soon."""

SHORTEST_WAIT = 0.02
"""Between two questions how long a call has worked; the system counts in hundredths."""

MAX_WAITING = 64
"""Calls that may wait. With two turns and 50 ms a page the last one waits 1.6 s."""

Result = TypeVar("Result")


Worked = Callable[[], float]
"""Tells for how many seconds a call has worked, which under load is less than has passed."""


@dataclass(eq=False, slots=True)
class Call:
    """A call that waits for its turn, or has it.

    Attributes:
        is_long: it takes long, as far as is known.
        caller: for whom it is.
        is_leaving: it is being put back.
        is_sent_away: it has made room for the call of another.
        has_begun: its work has; starting a process for it is no work.
        worked: for how long it has.
        may_begin: its turn has come.
        scope: what is done in its turn; cancelled to put it back.
    """

    is_long: bool
    caller: str = field(default_factory=CALLER.get)
    is_leaving: bool = False
    is_sent_away: bool = False
    has_begun: bool = False
    worked: Worked = float
    may_begin: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    def begin(self, worked: Worked) -> None:
        """Its work begins; from here on it is told for how long it has worked."""
        self.has_begun, self.worked = True, worked

    def is_look(self) -> bool:
        """Whether it has its turn because it may be short."""
        return not (self.is_long or self.is_leaving)


Work = Callable[[Call], Awaitable[Result]]
"""What is done in a turn. It says to the call when it begins; until then it is only prepared."""


class Turns:
    """Gives calls their turns: so many to long ones, and one more for a first look.

    Args:
        workers: the turns of long calls; others may have them while no long one does.
        places: turns in all, those of calls that are being put back among them.
    """

    def __init__(self, workers: int, places: int) -> None:
        self._workers = workers
        self._places = places
        self._having: list[Call] = []
        self._new: FairQueue[Call] = FairQueue()
        self._long: FairQueue[Call] = FairQueue()
        self._timer: asyncio.TimerHandle | None = None

    async def have(self, work: Work[Result], *, is_long: bool = False) -> Result:
        """What `work` returns, done when its turn has come; it may be cancelled, and done anew.

        Args:
            is_long: it need not be looked at first.

        Raises:
            Busy: too many wait already.
        """
        if len(self._new) + len(self._long) >= MAX_WAITING:
            self._make_room(CALLER.get())
        while True:
            call = Call(is_long)
            try:
                await self._come(call)
                with call.scope:
                    return await work(call)
            finally:
                self._leave(call)
            is_long = True  # it was put back

    async def _come(self, call: Call) -> None:
        (self._long if call.is_long else self._new).append(call)
        self._advance()
        await call.may_begin.wait()
        if call.is_sent_away:
            raise told_busy()

    def _make_room(self, caller: str) -> None:
        """Sends away the last call of whoever has most waiting, if that is not the caller."""
        for queue in (self._new, self._long):
            last = queue.last_of_longest()
            if last is not None and queue.of(last.caller) > queue.of(caller) + 1:
                queue.remove(last)
                last.is_sent_away = True
                last.may_begin.set()
                return
        raise told_busy()

    def _leave(self, call: Call) -> None:
        for calls in (self._having, self._new, self._long):
            if call in calls:
                calls.remove(call)
        self._advance()

    def _advance(self) -> None:
        """Ends looks that have lasted, and begins what may begin."""
        for call in self._looks():
            if call.worked() < LOOK_SECONDS:
                continue
            if self._count_long() < self._workers:
                call.is_long = True
            elif self._new and self._seconds_until_stuck() <= 0:
                call.is_leaving = True
                call.scope.cancel()
        while (following := self._next()) is not None:
            self._having.append(following)
            following.may_begin.set()
        self._see_again()

    def _see_again(self) -> None:
        """While somebody waits for a look to end, advances again when one may have to."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._new and (looks := self._looks()):
            seconds = self._seconds_left(looks)
            self._timer = asyncio.get_running_loop().call_later(seconds, self._advance)

    def _next(self) -> Call | None:
        """Who may begin now, taken out of its queue."""
        if len(self._having) >= self._places:
            return None
        left = self._workers - self._count_long()
        if self._long and left > 0:
            return self._long.popleft()
        if self._new and len(self._looks()) < max(left, 1):
            return self._new.popleft()
        return None

    def is_any_long(self) -> bool:
        """Whether a long call has a turn."""
        return self._count_long() > 0

    def is_anybody_else(self) -> bool:
        """Whether more than one call has its turn."""
        return len(self._having) > 1

    def _looks(self) -> list[Call]:
        return [call for call in self._having if call.is_look()]

    def _count_long(self) -> int:
        return sum(call.is_long for call in self._having)

    def _seconds_left(self, looks: Sequence[Call]) -> float:
        """How long it is, at least, until a look may have to end."""
        left = min(LOOK_SECONDS - call.worked() for call in looks)
        return max(left, self._seconds_until_stuck(), SHORTEST_WAIT)

    def _seconds_until_stuck(self) -> float:
        """How long it is, at least, until no long call is about to end; 0 if none is now."""
        busy = (call for call in self._having if call.is_long and call.has_begun)
        left = (STUCK_SECONDS - call.worked() for call in busy)
        return max(0.0, max(left, default=0.0))


def told_busy() -> Busy:
    """What one is told who cannot wait."""
    return Busy(
        f"{MAX_WAITING} calls wait for a reader already.", hint="Try again in a few seconds."
    )
