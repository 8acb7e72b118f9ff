"""Whoever is killed, whenever: in the end nothing of an engine is left.

Each round starts an engine with two cores, one of which has left its group and session; kills at
random one or two of: the server that uses it, its keeper (the guardian's parent), the guardian,
vLLM, a core, the core that has left; and lets the user go. That comes while it loads, when it is
ready, or somewhat later. Keeper and guardian killed in the same moment leave it to the next start
to clear up, so that is made. A kill counts when it has met somebody alive; the user's end, which
comes last in every round, does not. `WEBIS_TEST_KILLS` says how many there are to be,
`WEBIS_TEST_SEED` which.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import anyio
import psutil
import pytest

from tests.support.engines import Engine, engine, until
from tests.support.users import User, Users, open_users

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others cannot adopt orphans")

KILLS = int(os.environ.get("WEBIS_TEST_KILLS", "200"))
SEED = int(os.environ.get("WEBIS_TEST_SEED", "5"))

AT_ONCE = 6
"""Engines at once: most of a round is waiting for others."""

VICTIMS = {
    "a server of ours": "",
    "the keeper": "",
    "the guardian": "guardian.py",
    "vLLM's server": "fake_vllm.py serve",
    "its core": "fake-core group",
    "a core that left its group": "fake-core session",
}
"""Whom a kill meets, and the words in its command line; the keeper is the guardian's parent."""

FEW = 5
"""Kills of each that there are at least, of 200."""

Moment = Literal["loading", "ready"] | float
"""When kills come: as soon as the victim is there, or so many seconds after all is ready."""

MOMENTS: tuple[Moment, ...] = ("loading", "ready", 0.02, 0.1, 0.3)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one round does."""

    victims: tuple[str, ...]
    moment: Moment


@dataclass(slots=True)
class Toll:
    """Who was killed, and what was left."""

    killed: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)


def plans() -> Iterator[Plan]:
    """Rounds by chance, the same ones for the same seed."""
    chance = random.Random(SEED)
    while True:
        victims = chance.sample(list(VICTIMS), k=chance.choice([1, 1, 2]))
        yield Plan(tuple(victims), chance.choice(MOMENTS))


def test_random_kills_leave_nothing_behind(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(folder))  # of the engines; our own is known already
    toll, coming = Toll(), plans()

    async def rounds(users: Users) -> None:
        while toll.killed.total() < KILLS:
            plan = next(coming)
            with tempfile.TemporaryDirectory(prefix="w") as name:
                await one_round(Path(name), users, plan, toll)

    async def all_rounds() -> None:
        async with open_users() as users, anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(rounds, users)

    anyio.run(all_rounds)
    with capsys.disabled():
        told = ", ".join(f"{name} {count}" for name, count in sorted(toll.killed.items()))
        sys.stdout.write(f"\n{toll.killed.total()} kills, seed {SEED}: {told}\n")
    assert toll.left == []
    assert list(folder.iterdir()) == []
    assert all(toll.killed[victim] >= FEW * KILLS // 200 for victim in VICTIMS)


async def one_round(folder: Path, users: Users, plan: Plan, toll: Toll) -> None:
    """An engine of which some are killed as planned, and then its user: what is left of it."""
    load = ("--load-seconds", "60") if plan.moment == "loading" else ()
    its = engine(folder, "--child", "group", "--child", "session", *load)
    user = await users.start(its.settings)
    toll.killed.update(await kill_as_planned(its, user, plan))
    with suppress(ProcessLookupError):
        os.kill(user.pid, signal.SIGKILL)
    if {"the keeper", "the guardian"} <= set(plan.victims):
        await clear_up(engine(folder), users)
    try:
        await its.gone()
    except TimeoutError:
        toll.left += [f"{plan}, seed {SEED}: {process}" for process in its.processes()]


async def kill_as_planned(its: Engine, user: User, plan: Plan) -> list[str]:
    """Kills whom it is planned to kill, in one moment: who was alive until then."""
    if isinstance(plan.moment, float):
        await user.is_ready.wait()
        await anyio.sleep(plan.moment)  # a kill may come at any time
    elif plan.moment == "ready":
        await user.is_ready.wait()
    else:
        await until(lambda: all(find(its, user, victim) for victim in plan.victims))
    killed = []
    for victim, process in [(victim, find(its, user, victim)) for victim in plan.victims]:
        with suppress(psutil.Error):
            if process:
                process.kill()
                killed.append(victim)
    return killed


def find(its: Engine, user: User, victim: str) -> psutil.Process | None:
    """The process that is meant, if it is there."""
    with suppress(psutil.Error, StopIteration, AssertionError):
        if victim == "a server of ours":
            return psutil.Process(user.pid)
        return its.keeper() if victim == "the keeper" else its.named(VICTIMS[victim])
    return None


async def clear_up(its: Engine, users: Users) -> None:
    """A start after a keeper and its guardian have died together: it ends what they have left."""
    user = await users.start(its.settings)
    await user.is_ready.wait()
    os.kill(user.pid, signal.SIGKILL)
