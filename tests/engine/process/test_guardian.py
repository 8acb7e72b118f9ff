"""The guardian, as the program that it is: nothing that it starts outlives it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from webis_mcp.engine.process.server import GUARDIAN

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others cannot adopt orphans")

PATIENCE = 60.0

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"

FAMILY = (
    "import os, subprocess, sys, time\n"
    "sleeper = [sys.executable, '-I', '-c', 'import signal, time;'\n"
    "           'signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)']\n"
    "subprocess.Popen(sleeper)\n"
    "subprocess.Popen(sleeper, start_new_session=True)\n"
    "if os.fork() == 0:\n"  # a child that has lost its parent, and left the group
    "    os.setsid()\n"
    "    subprocess.Popen(sleeper)\n"
    "    os._exit(0)\n"
    "os.wait()\n"
    "print('all there', flush=True)\n"
)

FOREVER = "time.sleep(600)\n"


@contextmanager
def guarded(
    program: str, grace: float = 10.0, scratch: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """A guardian of a program that has said that all is there."""
    words = [str(GUARDIAN), str(grace), scratch, sys.executable, "-I", "-c", program]
    command = [sys.executable, "-I", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as guardian:
        assert guardian.stdout
        assert guardian.stdout.readline() == b"all there\n"
        yield guardian


def family_of(guardian: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(guardian.pid).children(recursive=True)


def assert_gone(family: list[psutil.Process]) -> None:
    assert psutil.wait_procs(family, timeout=PATIENCE)[1] == []


def test_it_ends_with_the_status_of_what_it_ran() -> None:
    with guarded("print('all there'); raise SystemExit(7)") as guardian:
        assert guardian.wait(PATIENCE) == 7


def test_a_command_that_was_killed_is_told_as_the_shell_tells_it() -> None:
    program = "import os, signal; print('all there', flush=True); os.kill(os.getpid(), 9)"
    with guarded(program) as guardian:
        assert guardian.wait(PATIENCE) == 128 + signal.SIGKILL


def test_its_folder_is_removed_when_all_that_might_write_to_it_has_ended(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "socket").touch()
    with guarded(FAMILY + FOREVER, scratch=str(scratch)) as guardian:
        family = family_of(guardian)
        assert scratch.exists()
        assert guardian.stdin
        guardian.stdin.close()
        guardian.wait(PATIENCE)
        assert not scratch.exists()
        assert_gone(family)


def test_a_command_that_ends_leaves_nobody_behind() -> None:
    with guarded(FAMILY + "input_file = sys.stdin.read()\ntime.sleep(0.3)\n") as guardian:
        family = family_of(guardian)
        assert len(family) == 4
        assert guardian.wait(PATIENCE) == 0
        assert_gone(family)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_command_that_is_killed_leaves_nobody_behind(number: int) -> None:
    with guarded(FAMILY + FOREVER) as guardian:
        family = family_of(guardian)
        psutil.Process(guardian.pid).children()[0].send_signal(number)
        assert guardian.wait(PATIENCE) == 128 + number
        assert_gone(family)


def test_a_parent_that_goes_takes_all_with_it() -> None:
    with guarded(DEAF + FAMILY + FOREVER) as guardian:
        family = family_of(guardian)
        assert guardian.stdin
        guardian.stdin.close()
        assert guardian.wait(PATIENCE) == 128 + signal.SIGKILL
        assert_gone(family)


@pytest.mark.parametrize("how", ["word", "signal"])
def test_it_asks_the_command_to_end_before_it_insists(how: str) -> None:
    polite = "import signal; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
    with guarded("import sys, time\n" + polite + FAMILY + FOREVER) as guardian:
        family = family_of(guardian)
        assert guardian.stdin
        if how == "word":
            guardian.stdin.write(b"end")
            guardian.stdin.flush()
        else:
            guardian.terminate()
        assert guardian.wait(PATIENCE) == 5
        assert_gone(family)


def test_it_insists_where_nobody_listens() -> None:
    with guarded(DEAF + FAMILY + FOREVER, grace=0.1) as guardian:
        family = family_of(guardian)
        guardian.terminate()
        assert guardian.wait(PATIENCE) == 128 + signal.SIGKILL
        assert_gone(family)


def test_what_is_killed_first_is_the_guardian_and_the_command_still_dies() -> None:
    with guarded(DEAF + FAMILY + FOREVER) as guardian:
        command = psutil.Process(guardian.pid).children()[0]
        rest = [process for process in family_of(guardian) if process != command]
        guardian.kill()
        guardian.wait(PATIENCE)
        assert_gone([command])
        for process in rest:  # who adopts these is the keeper's business
            process.kill()


def test_it_imports_nothing_but_the_standard_library() -> None:
    source = Path(GUARDIAN).read_text(encoding="utf-8")
    imported = {
        line.split()[1].partition(".")[0]
        for line in source.splitlines()
        if "import" in line[:7] or line.startswith("from ")
    }
    assert imported <= set(sys.stdlib_module_names)
