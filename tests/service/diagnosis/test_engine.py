"""The engine: one that died, one that strayed, a port that is taken, a server elsewhere."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support.site import Site, open_site, unused_port
from tests.support.surroundings import build_driver, empty_place, find, find_now, remedy_of
from webis_mcp.service.diagnosis.model import AnswerSeen, EngineSeen, HandedIn, KeysSeen, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.report import diagnose
from webis_mcp.settings import Settings


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return empty_place(tmp_path)


# How it ended


def engine_that(program: str) -> EngineSeen:
    """A process that ends as an engine may, as its keeper would tell of it."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    words = tuple(done.stderr.splitlines())
    return EngineSeen("failed", "org/model", exit_status=done.returncode, last_words=words)


async def test_an_engine_that_was_killed_is_told(place: Place) -> None:
    seen = engine_that("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    finding = await find("engine", place, HandedIn(engine=seen))
    assert finding.verdict is Verdict.PROBLEM
    assert finding.saw.startswith("vLLM with org/model ended with exit status -9")


async def test_the_last_words_of_an_engine_are_understood(place: Place) -> None:
    seen = engine_that(
        "import sys\n"
        "print('INFO loading, HF_TOKEN=hf_abcdefghijkl', file=sys.stderr)\n"
        "raise RuntimeError('Insufficient space in /dev/shm for shared-memory allocation: 160 MiB"
        " required, 1 MiB free. Increase /dev/shm (e.g. --shm-size or --ipc=host).')"
    )
    finding = await find("engine", place, HandedIn(engine=seen))
    assert "it said: RuntimeError: Insufficient space in /dev/shm" in finding.saw
    assert "Enlarge /dev/shm" in remedy_of(finding).said.en
    mended = await find("engine", place, HandedIn(engine=EngineSeen("ready", port=8001)))
    assert mended.verdict is Verdict.OK
    assert mended.saw == "vLLM is ready on port 8001."


async def test_last_words_that_are_not_understood_are_shown_without_secrets(place: Place) -> None:
    words = ("one", "two", "Something odd with hf_abcdefghijklmnop", "at the end")
    finding = await find("engine", place, HandedIn(engine=EngineSeen("failed", last_words=words)))
    assert finding.saw.endswith("it said: two / Something odd with [hidden] / at the end")


async def test_no_engine_is_no_fault(place: Place) -> None:
    assert (await find("engine", place)).verdict is Verdict.NOT_APPLICABLE


# A server elsewhere


@pytest.fixture
async def server() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


async def test_a_server_elsewhere_is_asked_for_its_health(place: Place, server: Site) -> None:
    url = server.url("/v1")
    server.page("/health", b"", status=500)
    ill = await find("engine", place, WEBIS_VLLM_URL=url)
    assert ill.verdict is Verdict.PROBLEM
    assert "answers 500" in ill.saw
    server.page("/health", b"")
    well = await find("engine", place, WEBIS_VLLM_URL=url)
    assert well.verdict is Verdict.OK
    assert well.rests_on == (f"WEBIS_VLLM_URL={url}",)


async def test_a_server_elsewhere_that_is_not_there_is_told(place: Place) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    finding = await find("engine", place, WEBIS_VLLM_URL=url)
    assert finding.verdict is Verdict.PROBLEM
    assert "correct WEBIS_VLLM_URL" in remedy_of(finding).said.en


async def test_with_a_server_elsewhere_this_machine_needs_no_gpu(
    place: Place, server: Site
) -> None:
    server.page("/health", b"")
    settings = Settings.from_environ({"WEBIS_VLLM_URL": server.url(""), "WEBIS_ENGINE": "vllm"})
    assert not (await diagnose(settings, place=place)).has_problem


# A stray


STRAY = (
    "import os, sys\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "wait = 'import os, signal; print(os.getpid(), flush=True); signal.pause()'\n"
    "os.execv(sys.executable, ['VLLM::EngineCore', '-c', wait])\n"
)


@pytest.mark.skipif(sys.platform != "linux", reason="vLLM runs on Linux")
def test_an_engine_without_its_server_is_told_and_ended(place: Place, tmp_path: Path) -> None:
    driver = build_driver(tmp_path)
    place = replace(place, nvml=(str(driver.library),))
    with subprocess.Popen([sys.executable, "-c", STRAY], stdout=subprocess.PIPE) as server:
        assert server.stdout
        stray = psutil.Process(int(server.stdout.readline()))
        try:
            assert server.wait(30) == 0  # its child goes on without it
            driver.tells(f"24 20 8.6 {stray.pid} 3.5")
            finding = find_now("stray_engines", place)
            assert finding.verdict is Verdict.PROBLEM
            assert "VLLM::EngineCore -c " in finding.saw
            assert f"(pid {stray.pid}, for " in finding.saw
            assert "with 3.5 GiB of a GPU" in finding.saw
            assert str(stray.pid) in str(remedy_of(finding).command).split()[1:]
            subprocess.run(["kill", str(stray.pid)], check=True)
            assert server.stdout.read() == b""  # both ends of the pipe are closed
        finally:
            if stray.is_running():
                stray.kill()
    assert f"(pid {stray.pid}, " not in find_now("stray_engines", place).saw


@pytest.mark.skipif(sys.platform != "linux", reason="vLLM runs on Linux")
def test_an_engine_with_its_server_is_none_of_our_business(place: Place) -> None:
    wait = "print(1, flush=True); input()"
    with subprocess.Popen(
        ["VLLM::EngineCore", "-c", wait],
        executable=sys.executable,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == b"1\n"
        assert f"(pid {child.pid}, " not in find_now("stray_engines", place).saw


# A port


async def test_a_port_that_is_taken_is_told_with_who_has_it(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        known = HandedIn(ports=(("127.0.0.1", port),))
        finding = await find("port", place, known)
        assert finding.verdict is Verdict.PROBLEM
        assert f"127.0.0.1:{port} is taken by " in finding.saw
        if sys.platform == "linux":
            assert f"(pid {os.getpid()}, for " in finding.saw
            assert remedy_of(finding).command == f"kill {os.getpid()}"
    assert (await find("port", place, known)).verdict is Verdict.OK


# Answers


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (AnswerSeen("length", 900, 800, 256, 256), "Pass max_tokens=512."),
        (AnswerSeen("length", 0, 800, 256, 256, window=4096), "Pass max_tokens=512."),
        (AnswerSeen("length", 40, 4000, 96, 512, window=4096), "`--max-model-len 4512`"),
        (AnswerSeen("stop", 0, 800, 1, 256), "ask without stop words"),
    ],
)
async def test_answers_that_are_cut_or_empty_say_which_limit_to_raise(
    place: Place, answer: AnswerSeen, told: str
) -> None:
    whole = AnswerSeen("stop", 90, 800, 30, 256)
    finding = await find("answers", place, HandedIn(answers=(whole, answer, whole)))
    assert finding.verdict is Verdict.WARNING
    assert "Of the last 3 answers" in finding.saw
    assert told in remedy_of(finding).said.en
    mended = await find("answers", place, HandedIn(answers=(whole, whole)))
    assert mended.saw == "The last 2 answers are whole."


# Keys


@pytest.mark.parametrize(
    ("seen", "verdict", "told"),
    [
        (KeysSeen("/k", exists=False), Verdict.NOT_APPLICABLE, "webis-mcp keys add"),
        (KeysSeen("/k", exists=False, http=True), Verdict.WARNING, "webis-mcp keys add"),
        (KeysSeen("/k", True, True, 0o600, valid=0, revoked=2), Verdict.PROBLEM, "keys add"),
        (KeysSeen("/a b", True, True, 0o644, valid=1), Verdict.WARNING, "chmod 600 '/a b'"),
        (KeysSeen("/k", True, True, 0o600, valid=2, plain=1), Verdict.WARNING, "keys add"),
        (KeysSeen("/k", True, True, trouble="No JSON."), Verdict.PROBLEM, "keys add"),
    ],
)
async def test_a_key_file_is_told_with_what_to_do(
    place: Place, seen: KeysSeen, verdict: Verdict, told: str
) -> None:
    finding = await find("keys", place, HandedIn(keys=seen))
    assert finding.verdict is verdict
    assert told in str(remedy_of(finding).command)
    assert seen.path in finding.saw


async def test_a_key_file_in_order_is_fine(place: Place) -> None:
    seen = KeysSeen("/k", True, True, 0o600, valid=2, expired=1)
    finding = await find("keys", place, HandedIn(keys=seen))
    assert (finding.verdict, finding.saw) == (
        Verdict.OK,
        "/k, mode 0600: 2 valid, 1 expired, 0 revoked.",
    )
