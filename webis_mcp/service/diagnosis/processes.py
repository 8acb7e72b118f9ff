"""Who a process is, in a few words without secrets."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

from webis_mcp.service.diagnosis.redacting import redact

COMMAND_SHOWN = 90
"""Characters of a command line that are shown."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process: what it was started as, and how long ago in seconds."""

    pid: int
    command: str
    seconds: float
    parent: int | None = None
    stopped: bool = False

    def __str__(self) -> str:
        return f"{self.command} (pid {self.pid}, for {lasting(self.seconds)})"


def who_is(pid: int) -> Running | None:
    """A process by its id; None where there is none, as when it runs in another container."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            return Running(
                pid,
                command_of(process),
                max(0.0, time.time() - process.create_time()),
                process.ppid(),
                process.status() == psutil.STATUS_STOPPED,
            )
    except psutil.Error:
        return None


def command_of(process: psutil.Process) -> str:
    """The command line without secrets, or the name where that is not ours to see."""
    try:
        line = " ".join(process.cmdline()).strip() or process.name()
    except psutil.AccessDenied:
        line = process.name()
    line = redact(" ".join(line.split()))
    return line if len(line) <= COMMAND_SHOWN else line[: COMMAND_SHOWN - 1] + "…"


def named(pid: int) -> str:
    """A process in words, whether we can see it or not."""
    running = who_is(pid)
    return str(running) if running else f"pid {pid} (in another container, or gone)"


def lasting(seconds: float) -> str:
    """A length of time as one says it."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
