"""The package manager's lock: really held by another process, seen, and let go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support.surroundings import empty_place, find_now, remedy_of
from webis_mcp.service.diagnosis.model import Verdict
from webis_mcp.service.diagnosis.place import Place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="dpkg is a thing of Linux")

HOLD = """
import fcntl, sys
with open(sys.argv[1], "w") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(lock: Path, *, name: str = "apt-get update") -> Iterator[subprocess.Popen[str]]:
    """A process that holds a lock as dpkg does, until its input ends."""
    with subprocess.Popen(
        [name, "-c", HOLD, lock],
        executable=sys.executable,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process


def let_go(holder: subprocess.Popen[str]) -> None:
    """Ends a holder in good order."""
    assert holder.stdin
    holder.stdin.close()
    assert holder.wait(30) == 0


@pytest.fixture
def place(tmp_path: Path) -> Place:
    lock = tmp_path / "lock-frontend"
    lock.write_text("")
    return replace(empty_place(tmp_path), locks=(tmp_path / "absent", lock))


def test_a_held_lock_is_told_with_its_holder_until_it_is_let_go(place: Place) -> None:
    lock = place.locks[1]
    with holding(lock) as holder:
        finding = find_now("package_locks", place)
        assert finding.verdict is Verdict.WARNING
        assert f"{lock} is held by " in finding.saw
        assert f"(pid {holder.pid}, for " in finding.saw
        remedy = remedy_of(finding)
        assert remedy.command == f"tail --pid={holder.pid} -f /dev/null"
        assert finding.why
        assert "Never delete a held lock" in finding.why.en
        with subprocess.Popen(str(remedy.command).split()) as waiting:
            let_go(holder)
            assert waiting.wait(30) == 0
    assert lock.exists()
    mended = find_now("package_locks", place)
    assert mended.verdict is Verdict.OK
    assert mended.saw == f"Nobody holds {lock}."


def test_the_systems_own_updates_are_waited_for(place: Place) -> None:
    with holding(place.locks[1], name="unattended-upgr all") as holder:
        finding = find_now("package_locks", place)
        assert "the system installs its updates" in remedy_of(finding).said.en
        let_go(holder)


def test_a_holder_that_was_stopped_is_let_go_on(place: Place) -> None:
    with holding(place.locks[1]) as holder:
        holder.send_signal(signal.SIGSTOP)
        os.waitpid(holder.pid, os.WUNTRACED)
        command = str(remedy_of(find_now("package_locks", place)).command)
        assert command.endswith(f"kill -CONT {holder.pid}")
        subprocess.run(["kill", "-CONT", str(holder.pid)], check=True)
        let_go(holder)


def test_who_waits_for_a_lock_does_not_hold_it(place: Place) -> None:
    lock = place.locks[1]
    with holding(lock) as holder:
        wait = f"import fcntl\nfcntl.lockf(open({str(lock)!r}, 'w'), fcntl.LOCK_EX)"
        with subprocess.Popen([sys.executable, "-c", wait]) as waiter:
            while "->" not in Path("/proc/locks").read_text():
                assert waiter.poll() is None
            finding = find_now("package_locks", place)
            let_go(holder)
    assert f"(pid {holder.pid}, for " in finding.saw
    assert not psutil.pid_exists(waiter.pid)


def test_a_system_without_apt_has_no_such_lock(tmp_path: Path) -> None:
    finding = find_now("package_locks", empty_place(tmp_path))
    assert finding.verdict is Verdict.NOT_APPLICABLE
