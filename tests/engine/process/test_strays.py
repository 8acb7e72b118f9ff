"""Processes that a crash has left behind are ended, and nobody else is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import psutil
import pytest

from tests.support.engines import engine
from webis_mcp.engine.process.host import open_engine
from webis_mcp.engine.process.runtime import TAG
from webis_mcp.engine.process.strays import Mark, end_strays, strays_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="vLLM does not run there")

PATIENCE = 60.0

OURS = Mark("0123456789ab-of-the-run-that-crashed", time.time())


@contextmanager
def sleeping(tag: str | None) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a tag in its environment."""
    environ = {TAG: tag} if tag else {}
    command = [sys.executable, "-I", "-c", "print(1, flush=True); import time; time.sleep(600)"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            process.stdout.readline()  # it runs what it was told to run
            yield process
        finally:
            process.kill()


def test_only_what_carries_the_runs_tag_is_ended() -> None:
    with sleeping(OURS.tag) as ours, sleeping("another-run's-tag") as other, sleeping(None) as none:
        assert end_strays(OURS) == [ours.pid]
        assert ours.wait(PATIENCE) != 0
        assert other.poll() is None
        assert none.poll() is None


def test_the_runs_folder_is_removed_and_no_other(tmp_path: Path) -> None:
    for name in ("webis-vllm-of-the-run", "webis-vllm-open-to-all", "webis-mcp-0"):
        (tmp_path / name).mkdir(mode=0o755 if "all" in name else 0o700)
        (tmp_path / name / "socket").touch()
        end_strays(Mark(OURS.tag, OURS.started, str(tmp_path / name)))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "webis-mcp-0",
        "webis-vllm-open-to-all",
    ]


def test_what_was_there_before_the_run_is_not_of_it() -> None:
    with sleeping(OURS.tag) as older:
        later = Mark(OURS.tag, time.time() + 60)
        assert list(strays_of(later)) == []
        assert older.poll() is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", '{"tag": ""}', '{"tag": "", "started": 1.0}'),
        '{"tag": 1, "started": 1.0}',
        '{"tag": "0123456789ab-of-the-run", "started": 1.0, "scratch": 1}',
    ],
)
def test_a_file_that_tells_no_run_ends_nobody(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run"
    path.write_text(text)
    assert Mark.read(path) is None


def test_a_mark_is_the_same_after_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "run"
    OURS.write(path)
    assert Mark.read(path) == OURS


async def test_what_is_left_when_keeper_and_guardian_are_killed_is_ended_by_the_next_keeper(
    folder: Path,
) -> None:
    its = engine(folder, "--child", "session")
    async with open_engine(its.settings) as host:
        await host.ensure_ready(within=PATIENCE)
        stray = its.named("fake-core")
        keeper, guardian = its.keeper(), its.named("guardian.py")
        for process in (keeper, guardian):  # neither may see the other go
            process.suspend()
        for process in (guardian, keeper):
            process.kill()
    assert await anyio.to_thread.run_sync(stray.is_running)
    async with open_engine(its.settings) as host:
        await host.ensure_ready(within=PATIENCE)
        assert psutil.wait_procs([stray], timeout=PATIENCE)[1] == []
    await its.gone()
