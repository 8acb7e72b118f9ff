"""Programs that use an engine, each a process of its own, forked off one that has imported it all.

    python -m tests.support.users

A line of standard input is an order: a number, and an engine's settings as JSON. For each there is
a program, and two lines of output: `NUMBER PROCESS` when it runs, `NUMBER ready` when it has its
engine. Two hundred programs that are started by themselves would spend a minute on imports.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import Process, TaskStatus
from anyio.streams.text import TextReceiveStream

from webis_mcp import system
from webis_mcp.engine.process import kept, probe
from webis_mcp.engine.process.host import open_engine
from webis_mcp.settings import EngineSettings

NEEDED = (kept, probe)
"""What a program would import when it needs it; it is imported before there is any."""


class User:
    """A program that was ordered, as a test sees it."""

    def __init__(self) -> None:
        self.pid = 0
        self.runs, self.is_ready = anyio.Event(), anyio.Event()

    def hear(self, word: str) -> None:
        if word == "ready":
            self.is_ready.set()
        else:
            self.pid = int(word)
            self.runs.set()


class Users:
    """Starts programs; they end when they are killed, or with the context of `open_users`."""

    def __init__(self, source: Process) -> None:
        self._source = source
        self._started: list[User] = []

    async def start(self, settings: EngineSettings) -> User:
        """A program that uses an engine; it runs, and need not have its engine yet."""
        assert self._source.stdin
        user = User()
        self._started.append(user)
        order = [len(self._started) - 1, settings.model_dump(mode="json", by_alias=True)]
        await self._source.stdin.send(json.dumps(order).encode() + b"\n")
        await user.runs.wait()
        return user

    async def listen(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        assert self._source.stdout
        task_status.started()
        rest = ""
        async for text in TextReceiveStream(self._source.stdout):
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                number, word = line.split()
                self._started[int(number)].hear(word)


@asynccontextmanager
async def open_users() -> AsyncIterator[Users]:
    """Where programs come from; whichever is left is killed in the end."""
    command = [sys.executable, "-m", "tests.support.users"]
    async with (
        await anyio.open_process(command, stdin=subprocess.PIPE, stderr=None) as source,
        anyio.create_task_group() as tasks,
    ):
        users = Users(source)
        await tasks.start(users.listen)
        yield users
        source.kill()
        tasks.cancel_scope.cancel()


def main() -> None:
    """Takes orders until there is nobody to give any."""
    anyio.run(anyio.sleep, 0)  # an event loop's own imports, and no thread
    us = os.getpid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries who was killed
    for line in sys.stdin.buffer:
        number, settings = json.loads(line)
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            system.die_with_parent(us)
            anyio.run(use, number, EngineSettings.model_validate(settings))


async def use(number: int, settings: EngineSettings) -> None:
    """Uses an engine until somebody kills us."""
    os.write(1, f"{number} {os.getpid()}\n".encode())
    async with open_engine(settings) as host:
        await host.ensure_ready(within=1200)
        os.write(1, f"{number} ready\n".encode())
        await anyio.sleep_forever()


if __name__ == "__main__":
    main()
