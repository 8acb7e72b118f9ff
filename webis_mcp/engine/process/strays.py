"""Processes that an engine has left behind, recognised by what only ours carry, and its files.

A run file holds a random tag; every process of that run has it in its environment. So what is
ended here was started by us, whatever number or name it has now.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from webis_mcp import system
from webis_mcp.engine.process.guardian import TIDY_SECONDS, is_tidier
from webis_mcp.engine.process.runtime import TAG

PATIENCE = 20.0
"""Seconds until what was killed must be gone; a driver may take some to free a GPU."""

PAUSE = 0.02

EMPTY_LOOKS = 3
"""Looks in a row that must find nobody: who loses a parent in the middle of one is missed by it."""

SLACK = 2.0
"""Seconds by which a start may be told too early: the system counts in ticks, from when it booted.
"""

SHORTEST_TAG = 20
"""Characters that no tag of ours has less of."""

SCRATCH = "webis-vllm-"
"""How the name of a run's temporary folder begins; that of the runtime folder does not."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a run is recognised by.

    Attributes:
        tag: in the environment of every process of it.
        started: when its first process began, or before, in seconds since the epoch.
        scratch: its temporary folder; none where it is empty.
    """

    tag: str
    started: float
    scratch: str = ""

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Mark | None:
        """The mark in a run file; None where there is none that can be read."""
        try:
            mark = cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        is_whole = isinstance(mark.tag, str) and isinstance(mark.started, float)
        is_whole = is_whole and isinstance(mark.scratch, str)
        return mark if is_whole and len(mark.tag) > SHORTEST_TAG else None


def strays_of(mark: Mark) -> Iterator[psutil.Process]:
    """The living processes of a run."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE and _is_of(process, mark):
                yield process


def end_strays(mark: Mark) -> list[int]:
    """Ends every process of a run, waits until they are gone, and removes what they kept on disk:
    whom it ended."""
    ended: dict[int, None] = {}
    until = time.monotonic() + PATIENCE
    while left := list(strays_of(mark)):
        for process in left:
            ended[process.pid] = None
            with suppress(psutil.Error):
                process.kill()
        if time.monotonic() > until:
            break
        time.sleep(PAUSE)
    _remove(mark.scratch)
    return list(ended)


def _remove(scratch: str) -> None:
    """Removes a temporary folder, if it looks like one of ours."""
    folder = Path(scratch)
    with suppress(OSError):
        if folder.name.startswith(SCRATCH) and system.is_own_folder(folder):
            shutil.rmtree(folder, ignore_errors=True)


def end_descendants() -> None:
    """Ends all that is below this process, and waits until it is gone."""
    began = time.monotonic()
    looks = 0
    while looks < EMPTY_LOOKS and time.monotonic() < began + PATIENCE:
        left = psutil.Process().children(recursive=True)
        looks = 0 if left else looks + 1
        may_tidy = time.monotonic() < began + TIDY_SECONDS
        doomed = [p for p in left if not (may_tidy and is_tidier(p.pid))]
        for process in doomed:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(doomed, timeout=1)
        time.sleep(PAUSE)


def _is_of(process: psutil.Process, mark: Mark) -> bool:
    if process.create_time() < mark.started - SLACK:
        return False
    return process.environ().get(TAG) == mark.tag
