"""Workers: what a job returns, every way it can go wrong, and that nothing is left behind."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.support import jobs
from tests.support.line import Line
from webis_mcp.errors import InvalidInput, ReadingFailed
from webis_mcp.service.workers import LARGE_BYTES, MAX_JOBS, Workers, open_workers
from webis_mcp.settings import ReadingLimits

TWO = ReadingLimits()
ONE = ReadingLimits.model_validate({"workers": 1})
HASTY = ReadingLimits.model_validate({"workers": 1, "read_timeout_seconds": 1})
LARGE = "x" * LARGE_BYTES
SMALL = ReadingLimits.model_validate({"workers": 1, "max_page_bytes": 10_000})


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with open_workers(TWO) as opened:
        yield opened


@pytest.fixture
def line() -> Iterator[Line]:
    opened = Line()
    yield opened
    opened.close()


async def test_a_job_is_done_in_another_process(workers: Workers) -> None:
    assert await workers.run(jobs.double, 21) == 42
    assert await workers.run(jobs.pid) != os.getpid()


async def test_one_child_does_one_job_after_the_other(workers: Workers) -> None:
    assert await workers.run(jobs.pid) == await workers.run(jobs.pid)


async def test_twenty_calls_at_once_get_their_own_answers(workers: Workers) -> None:
    answers: dict[int, int] = {}

    async def ask(number: int) -> None:
        answers[number] = await workers.run(jobs.double, number)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(ask, number)
    assert answers == {number: 2 * number for number in range(20)}


async def test_ten_megabytes_go_there_and_back(workers: Workers) -> None:
    page = "<p>汉字 and letters</p>" * 400_000
    assert await workers.run(jobs.echo, page) == page


async def test_a_failure_of_ours_comes_back_with_its_hint(workers: Workers) -> None:
    with pytest.raises(InvalidInput) as caught:
        await workers.run(jobs.refuse, "This is no page.", "Send HTML.")
    assert (caught.value.message, caught.value.hint) == ("This is no page.", "Send HTML.")


@pytest.mark.parametrize("job", [jobs.divide_by_zero, jobs.unsendable])
async def test_a_bug_in_a_job_is_told_to_the_log_and_to_nobody_else(
    job: Callable[[], object], workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RuntimeError) as caught:
        await workers.run(job)
    assert "jobs.py" not in str(caught.value)
    assert "Traceback" in caplog.text
    assert await workers.run(jobs.double, 1) == 2


async def test_an_endless_job_is_ended_and_the_next_call_works() -> None:
    async with open_workers(HASTY) as workers:
        with pytest.raises(ReadingFailed, match=r"longer than 1 s.*WEBIS_READ_TIMEOUT_SECONDS"):
            await workers.run(jobs.spin)
        assert await workers.run(jobs.double, 1) == 2


async def test_a_job_that_wants_too_much_memory_fails_and_the_next_call_works(
    workers: Workers,
) -> None:
    with pytest.raises(ReadingFailed, match=r"more memory.*WEBIS_WORKER_MEMORY_BYTES"):
        await workers.run(jobs.allocate, 1 << 50)
    assert await workers.run(jobs.double, 1) == 2


async def test_an_answer_out_of_all_proportion_is_not_taken_and_the_next_call_works() -> None:
    async with open_workers(SMALL) as workers:
        with pytest.raises(ReadingFailed, match="at most 100,000"):
            await workers.run(jobs.echo, "x" * 5_000_000)
        assert len(await workers.run(jobs.echo, "x" * 90_000)) == 90_000


@pytest.mark.parametrize("status", [0, 3])
async def test_a_child_that_leaves_fails_one_call_and_the_next_one_works(
    status: int, workers: Workers
) -> None:
    with pytest.raises(ReadingFailed, match="crashed"):
        await workers.run(jobs.leave, status)
    assert await workers.run(jobs.double, 1) == 2


async def test_a_crash_leaves_its_last_words_in_the_log_and_the_next_call_works(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ReadingFailed, match="crashed"):
        await workers.run(jobs.die_of, "SIGSEGV")
    assert "in die_of" in caplog.text
    assert await workers.run(jobs.double, 1) == 2


if sys.platform != "win32":

    @pytest.mark.parametrize(
        ("signal", "told"), [("SIGXCPU", "longer than 8 s"), ("SIGKILL", "more memory")]
    )
    async def test_what_the_system_ends_is_told_as_what_the_system_ends_it_for(
        signal: str, told: str, workers: Workers
    ) -> None:
        with pytest.raises(ReadingFailed, match=told):
            await workers.run(jobs.die_of, signal)


async def test_what_a_job_prints_reaches_the_log_and_no_answer(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "webis_mcp.worker")
    assert await workers.run(jobs.chatter, 20_000) == ""  # more than any pipe holds
    assert await workers.run(jobs.double, 1) == 2
    assert "past Python" in caplog.text


async def test_a_child_does_not_see_our_environment(workers: Workers) -> None:
    assert not {"PATH", "HOME"} & set(await workers.run(jobs.environment))


async def test_a_child_inherits_no_open_file(workers: Workers) -> None:
    os.dup2(2, 99, inheritable=True)
    assert not await workers.run(jobs.is_open, 99)
    os.close(99)


async def test_a_child_imports_what_it_is_to_prepare_and_little_else() -> None:
    async with open_workers(ONE, prepare="colorsys") as workers:
        imported = await workers.run(jobs.modules)
    assert "colorsys" in imported
    assert not imported & {"asyncio", "anyio", "pydantic", "mcp", "webis_mcp.settings"}


async def test_what_cannot_be_prepared_is_a_bug(caplog: pytest.LogCaptureFixture) -> None:
    async with open_workers(ONE, prepare="no_such_module") as workers:
        workers.warm()
        with pytest.raises(RuntimeError):
            await workers.run(jobs.pid)
    assert "No module named 'no_such_module'" in caplog.text


async def test_a_child_is_replaced_after_its_number_of_jobs() -> None:
    async with open_workers(ONE) as workers:
        pids = [await workers.run(jobs.pid) for _ in range(MAX_JOBS + 1)]
    assert len(set(pids[:MAX_JOBS])) == 1
    assert pids[MAX_JOBS] != pids[0]


async def test_cancelling_a_call_kills_its_child_and_frees_the_place(line: Line) -> None:
    async with open_workers(ONE) as workers:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(workers.run, jobs.keep_in_touch_and_spin, line.port)
            await line.called()
            tasks.cancel_scope.cancel()
        assert await workers.run(jobs.double, 1) == 2
        await line.hung_up()


async def test_a_short_call_may_be_cancelled_at_any_moment_and_costs_no_child() -> None:
    async with open_workers(ONE) as workers:
        pid = await workers.run(jobs.pid)
        for moments in range(12):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(workers.run, jobs.double, 1)
                for _ in range(moments):
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
            assert await workers.run(jobs.pid) == pid


async def test_a_short_call_does_not_wait_for_a_long_one(line: Line) -> None:
    async with open_workers(ONE) as workers, anyio.create_task_group() as tasks:
        tasks.start_soon(workers.run, jobs.keep_in_touch_and_spin, line.port)
        await line.called()
        assert await workers.run(jobs.double, 1) == 2
        tasks.cancel_scope.cancel()


async def test_a_call_that_turns_out_to_be_long_makes_way_and_is_done_later(line: Line) -> None:
    answers: list[int] = []
    spinning = anyio.CancelScope()

    async def spin(workers: Workers) -> None:
        with spinning:
            await workers.run(jobs.spin_over, LARGE, line.port)

    async def count(workers: Workers) -> None:
        answers.append(await workers.run(jobs.count_to, 30_000_000))

    async with open_workers(ONE) as workers, anyio.create_task_group() as tasks:
        tasks.start_soon(spin, workers)
        await line.called()
        tasks.start_soon(count, workers)
        await anyio.wait_all_tasks_blocked()
        assert await workers.run(jobs.double, 1) == 2
        assert answers == []
        spinning.cancel()
    assert answers == [30_000_000]


async def test_what_a_job_tells_of_its_stages_comes_before_its_answer(workers: Workers) -> None:
    told: list[str] = []

    async def tell(stage: str) -> None:
        told.append(stage)

    assert await workers.run(jobs.tell_and_double, 21, on_stage=tell) == 42
    assert told == ["Halving", "Doubling"]
    assert await workers.run(jobs.tell_and_double, 1) == 2


async def test_a_warmed_child_waits_for_the_first_job() -> None:
    async with open_workers(ONE, prepare="tests.support.jobs") as workers:
        workers.warm()
        workers.warm()
        assert await workers.run(jobs.double, 1) == 2


async def test_leaving_kills_busy_and_idle_children(line: Line) -> None:
    async def ask(workers: Workers) -> None:
        with pytest.raises(ReadingFailed):
            await workers.run(jobs.keep_in_touch_and_spin, line.port)

    async with anyio.create_task_group() as tasks:
        async with open_workers(TWO) as workers:
            tasks.start_soon(ask, workers)
            await workers.run(jobs.keep_in_touch, line.port)
            await line.called(times=2)
        await line.hung_up()


async def test_leaving_when_cancelled_kills_children_too(line: Line) -> None:
    with anyio.CancelScope() as scope:
        async with open_workers(ONE) as workers:
            await workers.run(jobs.keep_in_touch, line.port)
            await line.called()
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert scope.cancelled_caught
    await line.hung_up()


async def test_what_is_raised_inside_comes_out_as_it_is() -> None:
    with pytest.raises(ReadingFailed, match="crashed"):
        async with open_workers(ONE) as workers:
            await workers.run(jobs.leave, 1)


@pytest.mark.parametrize("steps", range(6))
async def test_leaving_while_a_child_is_replaced_is_no_failure(
    steps: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_workers(ONE) as workers:
        with pytest.raises(ReadingFailed):
            await workers.run(jobs.leave, 0)  # which has a new child warmed
        caplog.clear()
        for _ in range(steps):  # one of them is between the end of the old and the start of the new
            await anyio.lowlevel.checkpoint()
    assert not caplog.records


@pytest.mark.parametrize("steps", range(0, 20, 2))
async def test_leaving_kills_a_child_that_is_being_set_up_once(
    steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    killed: list[int] = []

    class Seen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self.pid)

        def kill(self) -> None:
            killed.append(self.pid)
            super().kill()

    monkeypatch.setattr(subprocess, "Popen", Seen)
    async with open_workers(ONE) as workers:
        workers.warm()
        while not started:
            await anyio.lowlevel.checkpoint()
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
    assert killed == started


async def test_workers_that_were_left_do_no_more_jobs() -> None:
    async with open_workers(ONE) as workers:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await workers.run(jobs.pid)


async def test_children_end_when_their_parent_is_killed(line: Line) -> None:
    program = [sys.executable, "-m", "tests.support.parent", str(line.port)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    async with await anyio.open_process(program, env=environ, stdout=None, stderr=None) as parent:
        await line.called(times=2)
        parent.kill()
        await line.hung_up()
