"""Turns: who has one, who waits, and who is put back. What is done in them is a stand-in here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from webis_mcp.errors import Busy
from webis_mcp.service.fair_queue import CALLER
from webis_mcp.service.turns import LOOK_SECONDS, MAX_WAITING, STUCK_SECONDS, Call, Turns


@dataclass
class Job:
    """Something done in a turn, for as long as the test wants."""

    name: str
    turns: Turns
    log: list[str]
    worked: float = 0.0
    begun: anyio.Event = field(default_factory=anyio.Event)
    done: anyio.Event = field(default_factory=anyio.Event)
    wanted: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    was_refused: bool = False

    async def have(self, *, is_long: bool = False) -> None:
        with self.wanted:
            try:
                self.log.append(f"{await self.turns.have(self.work, is_long=is_long)} is done")
            except Busy:
                self.was_refused = True

    async def work(self, call: Call) -> str:
        call.begin(lambda: self.worked)
        self.log.append(f"{self.name} begins")
        self.begun.set()
        await self.done.wait()
        return self.name


@dataclass
class Room:
    """Turns, the jobs that want them, and what has happened."""

    tasks: TaskGroup
    turns: Turns
    log: list[str] = field(default_factory=list)

    async def job(self, name: str, *, is_long: bool = False, caller: str = "one") -> Job:
        """A job that wants a turn, when all has happened that now can."""
        CALLER.set(caller)
        job = Job(name, self.turns, self.log)
        self.tasks.start_soon(lambda: job.have(is_long=is_long))
        await anyio.wait_all_tasks_blocked()
        return job

    async def end(self, job: Job) -> None:
        job.done.set()
        await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def open_room(workers: int) -> AsyncIterator[Room]:
    async with anyio.create_task_group() as tasks:
        yield Room(tasks, Turns(workers, places=workers + 2))
        tasks.cancel_scope.cancel()


async def test_short_calls_have_the_turns_of_long_ones_while_there_are_none() -> None:
    async with open_room(workers=2) as room:
        for name in ("one", "two", "three"):
            await room.job(name)
        assert room.log == ["one begins", "two begins"]


async def test_waiting_calls_begin_in_order() -> None:
    async with open_room(workers=1) as room:
        jobs = [await room.job(name) for name in ("one", "two", "three")]
        for job in jobs:
            await room.end(job)
        assert room.log[::2] == ["one begins", "two begins", "three begins"]


async def test_a_caller_who_gives_up_waiting_is_passed_over() -> None:
    async with open_room(workers=1) as room:
        first = await room.job("one")
        second = await room.job("two")
        await room.job("three")
        second.wanted.cancel()
        await room.end(first)
        assert room.log == ["one begins", "one is done", "three begins"]


async def test_long_calls_leave_a_turn_to_short_ones() -> None:
    async with open_room(workers=2) as room:
        for name in ("long", "longer", "longest"):
            await room.job(name, is_long=True)
        await room.job("short")
        assert room.log == ["long begins", "longer begins", "short begins"]


async def test_a_call_that_takes_long_becomes_a_long_one_where_there_is_a_turn() -> None:
    async with open_room(workers=1) as room:
        slow = await room.job("slow")
        slow.worked = LOOK_SECONDS
        await room.job("quick")
        assert room.log == ["slow begins", "quick begins"]
        await room.end(slow)
        assert room.log[-1] == "slow is done"


async def test_a_call_that_takes_long_makes_way_where_long_ones_have_their_turns() -> None:
    async with open_room(workers=1) as room:
        long = await room.job("long", is_long=True)
        slow = await room.job("slow")
        long.worked, slow.worked = STUCK_SECONDS, LOOK_SECONDS
        quick = await room.job("quick")
        assert room.log == ["long begins", "slow begins", "quick begins"]
        await room.end(quick)
        assert room.log[3:] == ["quick is done"]
        await room.end(long)
        assert room.log[4:] == ["long is done", "slow begins"]


async def test_a_call_that_takes_long_goes_on_while_a_long_one_may_be_about_to_end() -> None:
    async with open_room(workers=1) as room:
        long = await room.job("long", is_long=True)
        slow = await room.job("slow")
        slow.worked = LOOK_SECONDS
        await room.job("quick")
        await room.end(long)
        assert room.log == ["long begins", "slow begins", "long is done", "quick begins"]


async def test_a_call_that_takes_long_goes_on_while_nobody_waits() -> None:
    async with open_room(workers=1) as room:
        await room.job("long", is_long=True)
        slow = await room.job("slow")
        slow.worked = LOOK_SECONDS
        await room.job("longer", is_long=True)
        await room.end(slow)
        assert room.log[1:] == ["slow begins", "slow is done"]


async def test_who_waits_sees_a_look_end_in_time() -> None:
    async with open_room(workers=1) as room:
        long = await room.job("long", is_long=True)
        slow = await room.job("slow")
        quick = await room.job("quick")
        assert room.log == ["long begins", "slow begins"]
        long.worked, slow.worked = STUCK_SECONDS, LOOK_SECONDS
        with anyio.fail_after(5):
            await quick.begun.wait()


async def test_a_call_is_put_back_once_only() -> None:
    async with open_room(workers=1) as room:
        long = await room.job("long", is_long=True)
        slow = await room.job("slow")
        long.worked, slow.worked = STUCK_SECONDS, LOOK_SECONDS
        await room.job("quick")
        await room.end(long)
        await room.job("quicker")
        await room.end(slow)
        assert room.log.count("slow begins") == 2
        assert room.log[-1] == "slow is done"


async def test_a_call_too_many_is_told_to_come_back() -> None:
    async with open_room(workers=1) as room:
        for number in range(MAX_WAITING + 1):
            await room.job(str(number))
        assert (await room.job("one more")).was_refused


async def test_callers_take_turns() -> None:
    async with open_room(workers=1) as room:
        jobs = [await room.job(f"many {number}", caller="many") for number in range(3)]
        jobs.insert(2, await room.job("one", caller="one"))
        for job in jobs:
            await room.end(job)
        assert room.log[::2] == ["many 0 begins", "many 1 begins", "one begins", "many 2 begins"]


async def test_where_the_queue_is_full_who_fills_it_makes_room_for_another() -> None:
    async with open_room(workers=1) as room:
        jobs = [await room.job(str(number), caller="many") for number in range(MAX_WAITING + 1)]
        one = await room.job("one", caller="one")
        assert jobs[-1].was_refused
        assert not one.was_refused
        await room.end(jobs[0])
        await room.end(jobs[1])
        assert room.log[-1] == "one begins"
