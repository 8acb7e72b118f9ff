"""What we ask of the operating system. Nobody else calls what only some systems have.

Each function does what its system can and nothing where there is nothing to do; none raises because
a system lacks something. Who may use how much is decided elsewhere.
"""

from __future__ import annotations

import math
import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

if sys.platform != "win32":
    import fcntl
    import resource

_NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH")
"""Without the first, Windows cannot load its own libraries; some builds of Python find their own by
the second."""

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy takes a thread a core, each with 40 MB of address space: on a machine of many cores the
import alone would be over a child's memory limit."""

_NO_WINDOW, _BELOW_NORMAL_PRIORITY = 0x0800_0000, 0x0000_4000

CHILD_FLAGS = _NO_WINDOW | _BELOW_NORMAL_PRIORITY if sys.platform == "win32" else 0
"""Creation flags for a child: Windows would open a console for it, and sets priorities here."""

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def child_environment() -> dict[str, str]:
    """The least that a Python needs to start: a child has no business with keys and proxies."""
    environ = os.environ  # noqa: TID251 - these are the system's variables, not settings
    return _ONE_THREAD | {name: environ[name] for name in _NEEDED if name in environ}


def whole_environment() -> dict[str, str]:
    """All variables but our settings: what a program needs that somebody else has set up."""
    environ = os.environ  # noqa: TID251 - passed on unread
    return {name: value for name, value in environ.items() if not name.startswith("WEBIS_")}


def runtime_folder() -> Path:
    """Where a user's programs find each other until the machine is switched off.

    It does not depend on the environment: an agent starts its servers with less of it.
    """
    if sys.platform == "win32":
        return Path.home() / "AppData" / "Local" / "Temp" / "webis-mcp"
    user = os.getuid()
    own = Path(f"/run/user/{user}")
    if own.is_dir() and os.access(own, os.W_OK):
        return own / "webis-mcp"
    return Path(f"/tmp/webis-mcp-{user}")  # noqa: S108 - `is_own_folder` tells whose it is


def is_own_folder(folder: Path) -> bool:
    """Whether a folder is our user's own, and nobody else may look into it. Windows does not say.

    Raises:
        OSError: it is not there.
    """
    if sys.platform == "win32":
        return True
    state = folder.lstat()
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and is_private(state)


def lock(path: Path) -> int | None:
    """A lock that lasts as long as the returned descriptor, or this process; None if it is held."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not try_lock(descriptor):
        os.close(descriptor)
        return None
    return descriptor


def unlock(descriptor: int) -> None:
    """Gives a lock back."""
    os.close(descriptor)


def leave_parent() -> None:
    """Goes on as a process of its own, in a session of its own; whoever started it sees it end."""
    if sys.platform != "win32":
        if os.fork():
            os._exit(0)
        os.setsid()


def adopt_orphans() -> None:
    """Has Linux give us the children of descendants that end; elsewhere nothing."""
    if sys.platform == "linux":
        with suppress(ImportError, OSError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def limit_memory(limit: int) -> None:
    """Bounds the address space of this process, in bytes. macOS and Windows do not bound it."""
    if sys.platform != "win32":
        _set_soft_limit(resource.RLIMIT_AS, limit)


def limit_cpu(seconds: float) -> None:
    """Bounds the CPU time of this process to what it has used plus `seconds`, each time anew."""
    if sys.platform != "win32":
        _set_soft_limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))


def allow_open_files(wanted: int) -> None:
    """Raises the bound on open files to `wanted`, as far as the operator's lets it."""
    if sys.platform != "win32":
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if soft != resource.RLIM_INFINITY and soft < wanted:
            _set_soft_limit(resource.RLIMIT_NOFILE, wanted)


def leave_no_core() -> None:
    """Keeps a crash from writing this process's memory, a stranger's page in it, to the disk."""
    if sys.platform != "win32":
        _set_soft_limit(resource.RLIMIT_CORE, 0)


def lower_priority() -> None:
    """Lets others go first. On Windows `CHILD_FLAGS` does it."""
    if sys.platform != "win32":
        os.nice(5)


def die_with_parent(parent: int) -> None:
    """Has Linux kill this process when its parent, of that process id, ends; elsewhere nothing.

    Linux watches the *thread* that started us, and kills us when that one ends. So a child must be
    started by a thread that outlives it; an event loop does so on its own thread.
    """
    if sys.platform == "linux":
        with suppress(ImportError, OSError):  # a Python built without libffi has no ctypes
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), signal.SIGKILL)


def resident_bytes() -> int | None:
    """The memory that this process holds now, where Linux tells."""
    if sys.platform == "linux":
        with suppress(OSError):
            pages = Path("/proc/self/statm").read_bytes().split()[1]
            return int(pages) * resource.getpagesize()
    return None


def open_files_limit() -> tuple[int, int] | None:
    """How many files a process may open, and how many it may allow itself; None without limits."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return _bounded(soft), _bounded(hard)
    return None


def is_ours(seen: os.stat_result) -> bool:
    """Whether a file belongs to us or to the system. Windows guards a user's files as a whole."""
    return sys.platform == "win32" or seen.st_uid in (os.geteuid(), 0)


def is_private(seen: os.stat_result) -> bool:
    """Whether only its owner may read or write a file. On Windows the mode does not tell."""
    return sys.platform == "win32" or not seen.st_mode & 0o077


def try_lock(descriptor: int) -> bool:
    """Takes the lock of an open file unless somebody has it; whoever closes the file or ends gives
    it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the second is what Windows says
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Has the names in a folder outlive a power cut. Windows has no way to ask for it."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def stopwatch_of(pid: int) -> Callable[[], float]:
    """Tells how many seconds a child has been on the CPU since now; where the system does not say,
    how many have passed."""
    before, since = _cpu_seconds(pid), time.monotonic()

    def seconds() -> float:
        now = _cpu_seconds(pid)
        return time.monotonic() - since if before is None or now is None else now - before

    return seconds


def _cpu_seconds(pid: int) -> float | None:
    """The CPU time of a process, where Linux tells, in hundredths of a second."""
    if sys.platform == "linux":
        with suppress(OSError):  # it has ended
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


def cause_of_death(status: int | None) -> Literal["time", "memory", "crash"]:
    """Why a child that we did not kill ended, as far as its exit status tells."""
    if sys.platform != "win32":
        if status == -signal.SIGXCPU:
            return "time"
        if status == -signal.SIGKILL:  # by the system, which does so when memory runs out
            return "memory"
    return "crash"


def _bounded(limit: int) -> int:
    return sys.maxsize if sys.platform != "win32" and limit == resource.RLIM_INFINITY else limit


def _set_soft_limit(kind: int, limit: int) -> None:
    """Sets a limit that may be raised again, within what the operator allows."""
    if sys.platform != "win32":
        hard = resource.getrlimit(kind)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with suppress(ValueError, OSError):  # macOS refuses to bound the address space
            resource.setrlimit(kind, (soft, hard))
