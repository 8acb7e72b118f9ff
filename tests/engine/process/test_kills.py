"""Whoever is killed, whenever: in the end nothing of an engine is left.

Each round starts an engine with two cores, one of which has left its group and session; kills at
random one or two of: the server that uses it, its keeper, the guardian, vLLM, a core; and lets the
user go. Keeper and guardian killed in the same moment leave it to the next start to clear up, so
that is made. `WEBIS_TEST_KILLS` says how many rounds there are; issue 5 asks for 200.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import anyio
import psutil
import pytest

from tests.support.engines import Engine, engine, using

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others cannot adopt orphans")

ROUNDS = int(os.environ.get("WEBIS_TEST_KILLS", "8"))

AT_ONCE = 4

VICTIMS = ("user", "keeper", "guardian.py", "fake_vllm.py serve", "fake-core", "fake-core")


def test_random_kills_leave_nothing_behind() -> None:
    chance = random.Random(5)
    plans = [chance.sample(range(len(VICTIMS)), k=chance.choice([1, 1, 2])) for _ in range(ROUNDS)]
    moments = [chance.choice([0.0, 0.05, 0.2, 0.6]) for _ in plans]
    left: list[str] = []

    async def rounds(first: int) -> None:
        for number in range(first, ROUNDS, AT_ONCE):
            words = [VICTIMS[victim] for victim in plans[number]]
            with tempfile.TemporaryDirectory(prefix="w") as name:
                left.extend(await one_round(Path(name), words, moments[number]))

    async def all_rounds() -> None:
        async with anyio.create_task_group() as tasks:
            for first in range(AT_ONCE):
                tasks.start_soon(rounds, first)

    anyio.run(all_rounds)
    assert left == []


async def one_round(folder: Path, victims: list[str], moment: float) -> list[str]:
    """What is left of an engine after these have been killed, and its user is gone."""
    its = engine(folder, "--child", "group", "--child", "session")
    await use(its, victims, moment)
    if {"keeper", "guardian.py"} <= set(victims):
        await use(its, [], 0)
    try:
        await its.gone()
    except TimeoutError:
        return [f"{victims} after {moment} s: {process}" for process in its.processes()]
    return []


async def use(its: Engine, victims: list[str], moment: float) -> None:
    """Uses an engine until, at some moment, some of its processes are killed, and then the user."""
    async with await anyio.open_process(using(its), stderr=None) as user:
        assert user.stdout
        assert await user.stdout.receive() == b"ready"
        await anyio.sleep(moment)  # a kill may come at any time
        for victim in victims:
            kill(its, user.pid, victim)
        with suppress(ProcessLookupError):
            user.kill()


def kill(its: Engine, user: int, victim: str) -> None:
    with suppress(psutil.Error, StopIteration, AssertionError):  # it is gone with the one before
        if victim == "user":
            psutil.Process(user).kill()
        elif victim == "keeper":
            its.keeper().kill()
        else:
            its.named(victim).kill()
