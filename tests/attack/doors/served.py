"""`webis-mcp serve` as a process with keys in a file, and what it holds: files, tasks, memory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.keys import add_key
from webis_mcp.server.keys.record import ALL

TOLD = re.compile(r"Serving on http://127\.0\.0\.1:(\d+)/")

COMMAND = """
import asyncio, signal, sys
from pathlib import Path
from webis_mcp.server.cli import main

def count(*_):
    Path(sys.argv[1]).write_text(str(len(asyncio.all_tasks())))

signal.signal(signal.SIGUSR1, count)
sys.exit(main(["serve", "--port", "0"]))
"""
"""The command, and a count of its tasks when it is asked by a signal, within its loop."""

STARTING = 60.0
"""Seconds for a start, on a machine where all else is busy."""

PIPES = 3
"""To each reader. A reader more or less is no leak: there are as many as pages are read at once."""


class Holding(NamedTuple):
    """What a server holds."""

    files: int
    tasks: int
    megabytes: float


class Served:
    """A server that listens."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, key: str) -> None:
        self.process, self.folder, self.key = process, folder, key
        self.keys = folder / "api_keys.json"
        self.log = folder / "log"
        self.port = 0

    def wait_until_it_listens(self) -> None:
        if not within(STARTING, self._has_told):
            raise RuntimeError(self.log.read_text())
        self.port = int(TOLD.findall(self.log.read_text())[0])

    def _has_told(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return bool(TOLD.search(self.log.read_text()))

    def holding(self) -> Holding:
        """What it holds now."""
        told = self.folder / "tasks"
        told.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        assert within(10, lambda: told.exists() and bool(told.read_text()))
        place = Path(f"/proc/{self.process.pid}")
        pages = int((place / "statm").read_text().split()[1])
        size = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        readers = (place / "task" / place.name / "children").read_text().split()
        files = len(list((place / "fd").iterdir())) - PIPES * len(readers)
        return Holding(files, int(told.read_text()), size)


@contextmanager
def served(environ: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A server with a good key; it is gone when the context is left."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        key = add_key(folder / "api_keys.json", "good", scopes=ALL)
        command = [sys.executable, "-c", COMMAND, str(folder / "tasks")]
        env = os.environ | {"WEBIS_API_KEYS_FILE": str(folder / "api_keys.json")}
        env |= environ or {}
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log, env=env) as process,
        ):
            server = Served(process, folder, key)
            try:
                server.wait_until_it_listens()
                yield server
            finally:
                process.kill()


def waited(*pids: int) -> float:
    """The seconds that processes were ready to run, but other programs had all cores: a machine's
    other work is no fault of theirs, and is taken off from what they needed."""
    places = (Path(f"/proc/{pid}/schedstat") for pid in pids)
    return sum(int(place.read_text().split()[1]) for place in places) / 1e9


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold in time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
