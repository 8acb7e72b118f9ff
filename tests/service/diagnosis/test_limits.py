"""What the system allows: a tmpfs that is really small and really full, limits, memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.surroundings import empty_place, find, remedy_of
from webis_mcp.service.diagnosis.checks.limits import (
    files_finding,
    memory_finding,
    shm_finding,
)
from webis_mcp.service.diagnosis.machine import look_at_machine
from webis_mcp.service.diagnosis.model import Verdict

GIB = 2**30
ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "tests" / "support" / "full_tmpfs.py"


def own_mounts() -> list[str] | None:
    """The command that gives a child mounts of its own, where the system lets us."""
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if shutil.which("unshare") is None:
        return None
    may = subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    return command if may else None


def test_shared_memory_that_is_small_or_full_is_told_and_mended(tmp_path: Path) -> None:
    unshare = own_mounts()
    if unshare is None and not os.environ.get("CI"):
        pytest.skip("Needs root or user namespaces, to mount a tmpfs; CI has them.")
    assert unshare, "CI must be able to mount a tmpfs: run as root or allow user namespaces."
    done = subprocess.run(
        [*unshare, sys.executable, PROGRAM, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    small, large, full, emptied = map(json.loads, done.stdout.splitlines())
    enlarge = f"mount -o remount,size=2G {tmp_path}"
    assert small == ["problem", f"{tmp_path}: 1 MiB free of 1.", enlarge]
    assert large == ["ok", f"{tmp_path}: 600 MiB free of 600.", None]
    assert full == ["problem", f"{tmp_path}: 100 MiB free of 600.", f"ls -lt {tmp_path}"]
    assert emptied == large


def test_a_container_is_given_more_shared_memory_from_outside(tmp_path: Path) -> None:
    place = replace(empty_place(tmp_path), container_marks=(tmp_path,))
    machine = look_at_machine(place)
    small = Path("/proc")  # a file system of no size
    finding = shm_finding(replace(place, shm=small), machine)
    assert finding.verdict is Verdict.PROBLEM
    assert "--shm-size=2g" in remedy_of(finding).said.en


async def test_a_system_without_shared_memory_is_no_fault(tmp_path: Path) -> None:
    place = replace(empty_place(tmp_path), shm=tmp_path / "absent")
    assert (await find("shared_memory", place)).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("soft", "hard", "verdict"),
    [
        (256, 1_024, Verdict.WARNING),
        (1_024, 524_288, Verdict.OK),
        (None, None, Verdict.NOT_APPLICABLE),
    ],
)
def test_open_files_count_by_what_vllm_may_allow_itself(
    soft: int | None, hard: int | None, verdict: Verdict
) -> None:
    assert files_finding(soft, hard).verdict is verdict


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_process_with_few_files_is_told_so(tmp_path: Path) -> None:
    program = (
        "from webis_mcp import system;"
        "from webis_mcp.service.diagnosis.checks.limits import files_finding as f;"
        "print(f(*system.open_files_limit()).saw)"
    )
    command = f"ulimit -n 300 && exec {sys.executable} -c '{program}'"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "300 files may be open, 300 at most.\n"


@pytest.mark.parametrize(
    ("available", "swap", "verdict"),
    [(8, 0, Verdict.OK), (2, 2, Verdict.WARNING), (1, 0.5, Verdict.PROBLEM)],
)
def test_memory_is_held_against_what_vllm_takes(
    available: float, swap: float, verdict: Verdict
) -> None:
    finding = memory_finding(int(available * GIB), int(swap * GIB))
    assert finding.verdict is verdict
    assert f"{available:.1f} GiB of memory available, {swap:.1f} GiB of swap free" in finding.saw
