"""The system's calls, each made by a program of its own: most of them cannot be taken back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from webis_mcp import system

EVERY_CALL = """
import os, pathlib
system.limit_memory(1 << 31)
system.limit_cpu(100)
system.leave_no_core()
system.lower_priority()
system.resident_bytes()
system.child_environment()
system.cause_of_death(-9)
system.is_ours(os.stat("."))
system.is_private(os.stat("."))
system.sync_folder(pathlib.Path())
"""
FOREVER = "while True: pass"
A_WHILE = "import time; until = time.process_time() + 0.6\nwhile time.process_time() < until: pass"


def run(*lines: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a program that calls `system`; `before` comes before the import."""
    program = "\n".join((before, "from webis_mcp import system", *lines))
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


def test_every_call_may_be_made_on_this_system() -> None:
    ended = run(EVERY_CALL, f"system.die_with_parent({os.getpid()})")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_call_may_be_made_where_nothing_can_be_limited() -> None:
    disguise = "import sys; sys.platform = 'win32'; sys.modules['resource'] = None"
    ended = run(EVERY_CALL, "system.die_with_parent(1)", before=disguise)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_lock_is_had_by_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with lock.open("w") as first, lock.open("w") as second:
        assert system.try_lock(first.fileno())
        assert not system.try_lock(second.fileno())
        first.close()
        assert system.try_lock(second.fileno())


def test_a_child_is_told_nothing_that_it_does_not_need() -> None:
    needed = {"SYSTEMROOT", "LD_LIBRARY_PATH", "OPENBLAS_NUM_THREADS"}
    assert set(system.child_environment()) <= needed


def test_an_exit_by_itself_is_a_crash() -> None:
    assert [system.cause_of_death(status) for status in (0, 1, None)] == ["crash"] * 3


if sys.platform != "win32":

    def test_a_process_ends_when_its_cpu_time_is_used_up() -> None:
        ended = run("system.limit_cpu(0.1)", FOREVER)
        assert system.cause_of_death(ended.returncode) == "time"

    def test_cpu_time_can_be_granted_again() -> None:
        ended = run("system.limit_cpu(0.5)", A_WHILE, "system.limit_cpu(0.5)", A_WHILE)
        assert ended.returncode == 0

    def test_a_limit_above_the_operators_is_the_operators() -> None:
        ended = run(
            "import resource",
            "resource.setrlimit(resource.RLIMIT_CPU, (100, 100))",
            "system.limit_cpu(1000)",
            "print(resource.getrlimit(resource.RLIMIT_CPU))",
        )
        assert ended.stdout == "(100, 100)\n"

    def test_a_segmentation_fault_is_a_crash() -> None:
        assert system.cause_of_death(-signal.SIGSEGV) == "crash"

    def test_what_the_system_kills_is_killed_for_memory() -> None:
        assert system.cause_of_death(-signal.SIGKILL) == "memory"


if sys.platform == "linux":

    def test_more_memory_than_allowed_is_refused() -> None:
        ended = run(
            "system.limit_memory(500_000_000)",
            "print(len(bytes(100_000_000)))",
            "bytes(500_000_000)",
        )
        assert ended.stdout == "100000000\n"
        assert "MemoryError" in ended.stderr

    def test_memory_in_use_is_counted() -> None:
        ended = run(
            "before = system.resident_bytes()",
            "held = b'x' * 50_000_000",
            "print(system.resident_bytes() - before > 45_000_000)",
        )
        assert ended.stdout == "True\n"

    def test_a_child_whose_parent_has_ended_already_ends_too() -> None:
        not_its_parent = 1 if os.getpid() != 1 else 2
        ended = run(f"system.die_with_parent({not_its_parent})", FOREVER)
        assert ended.returncode == -signal.SIGKILL
