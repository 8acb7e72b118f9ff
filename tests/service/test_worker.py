"""The child's side alone: what it does when nobody is there to end it."""

from __future__ import annotations

import pickle
import subprocess
import sys

from tests.support import jobs
from webis_mcp.service import worker
from webis_mcp.service.workers import BOOT


def serve(*requests: bytes) -> subprocess.CompletedProcess[bytes]:
    """Runs a child that gets these requests, and then the end of its input."""
    return subprocess.run(
        [sys.executable, "-c", BOOT, *sys.path],
        input=b"".join(requests),
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_child_ends_with_its_input() -> None:
    ended = serve(worker.pack((10, jobs.double, (2,))))
    answer = pickle.loads(ended.stdout[worker.LENGTH.size :])
    assert answer == worker.Answer(value=4)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_job_that_nobody_ends_is_ended_by_its_own_clock() -> None:
    ended = serve(worker.pack((0.1, jobs.spin, ())))
    assert ended.returncode != 0
    assert b"in spin" in ended.stderr
    assert ended.stdout == b""
