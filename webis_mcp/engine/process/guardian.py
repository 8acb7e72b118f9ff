"""Runs one command, and sees to it that nothing of it is left when this process or its parent ends.

    python -I guardian.py GRACE SCRATCH COMMAND ...

A program of its own that imports the standard library only: the less there is, the less can break.
Its parent holds the other end of its standard input. `end` on it, or a SIGTERM, ends the command:
politely, and after GRACE seconds by force; when the pipe closes the parent is gone, and there is no
grace. On Linux this process adopts whatever the command leaves behind, also what has left its
process group, so all of it can be found. SCRATCH, if not empty, is a folder that is removed after
it. It ends with the command's exit status.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

PATIENCE = 60.0
"""Seconds after which what a SIGKILL did not end is left to the system: a driver holds it."""

PAUSE = 0.005
"""Seconds between two looks at what is left; it takes the system about that long to end one."""

TIDY_SECONDS = 3.0
"""Time for what frees shared memory when its users are dead: vLLM shares 160 MiB at a time, and
what nobody frees stays until the machine is switched off."""

EMPTY_LOOKS = 3
"""Looks in a row that must find nobody: who loses a parent in the middle of one is missed by it."""

GONE = b""
"""What is read from a pipe whose other end is closed."""


def main() -> int:
    """Runs the command to its end, or to ours; its exit status."""
    grace, scratch, command = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
    ask_of_linux = _prctl()
    ask_of_linux(PR_SET_CHILD_SUBREAPER, 1)
    ask_of_linux(PR_SET_PDEATHSIG, signal.SIGTERM)
    wake = _signals_as_bytes()
    us = os.getpid()

    def die_with_us() -> None:
        ask_of_linux(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != us:
            os.kill(os.getpid(), signal.SIGKILL)

    child = subprocess.Popen(  # noqa: S603 - the keeper's words
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_us,  # there is one thread, so it is safe
    )
    try:
        status = _wait(child.pid, wake, grace)
    finally:
        _end_all(child.pid)
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
    child.returncode = status  # we have reaped it ourselves
    return status if status >= 0 else 128 - status


def _prctl() -> Callable[[int, int], object]:
    """Asks Linux for what only it can do; loaded before there is a child to prepare."""
    if sys.platform == "linux":
        with suppress(ImportError, OSError, AttributeError):
            import ctypes

            library = ctypes.CDLL(None)
            return lambda option, value: library.prctl(option, int(value), 0, 0, 0)
    return lambda option, value: None


def _signals_as_bytes() -> int:
    """A pipe on which each signal that matters arrives as a byte."""
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return wake


def _wait(child: int, wake: int, grace: float) -> int:
    """Until the child has ended, or must: its exit status, as `subprocess` tells it."""
    sources, until = [0, wake], float("inf")
    while True:
        left = None if until == float("inf") else max(0.0, until - time.monotonic())
        heard = select.select(sources, [], [], left)[0]
        status = _reap(child)
        if status is not None:
            return status
        said = os.read(0, 64) if 0 in heard else b"-"
        seen = os.read(wake, 512) if wake in heard else b""
        if said == GONE or time.monotonic() >= until:
            return -signal.SIGKILL
        if said == b"end" or set(seen) - {signal.SIGCHLD}:
            _signal(child, signal.SIGTERM)
            until = min(until, time.monotonic() + grace)


def _reap(child: int) -> int | None:
    """Takes note of every process of ours that has ended; the child's exit status if it has."""
    status = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                status = os.waitstatus_to_exitcode(ended[1])
    return status


def _end_all(child: int) -> None:
    """Kills all that the command has started, until nothing is left."""
    began = time.monotonic()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)  # it leads its group; where there is no /proc, this is all
    looks = 0
    while looks < EMPTY_LOOKS and time.monotonic() < began + PATIENCE:
        left = descendants(os.getpid())
        looks = 0 if left else looks + 1
        may_tidy = time.monotonic() < began + TIDY_SECONDS
        for pid in left:
            if not (may_tidy and is_tidier(pid)):
                _signal(pid, signal.SIGKILL)
        time.sleep(PAUSE)
        _reap(child)


def is_tidier(pid: int) -> bool:
    """Whether a process is Python's own that waits for others to die, to free what they shared."""
    with suppress(OSError):
        return b"multiprocessing.resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def descendants(root: int) -> set[int]:
    """The living processes below one; none where there is no /proc."""
    parents, dead = {}, set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):  # it ended while we looked
            state, parent = stat.read_bytes().rpartition(b")")[2].split()[:2]
            parents[int(stat.parent.name)] = int(parent)
            if state in (b"Z", b"X"):  # it may still be told as somebody's parent
                dead.add(int(stat.parent.name))
    found, new = set[int](), {root}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found
        found |= new
    return found - dead


if __name__ == "__main__":
    sys.exit(main())
