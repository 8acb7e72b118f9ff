"""A real vLLM on the CPU, started so that it fails: its own words are known, and the fault is seen.

`WEBIS_TEST_VLLM` names the `vllm` command and `WEBIS_TEST_MODEL` a folder with a small
model that it serves. Each start takes half a minute.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio
import pytest

from tests.support.site import unused_port
from tests.support.surroundings import empty_place
from webis_mcp.service.diagnosis.checks.engine import engine_finding
from webis_mcp.service.diagnosis.model import EngineSeen, Report, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.report import diagnose
from webis_mcp.settings import Settings

VLLM = os.environ.get("WEBIS_TEST_VLLM", "")
MODEL = Path(os.environ.get("WEBIS_TEST_MODEL", ""))

pytestmark = pytest.mark.skipif(not VLLM, reason="WEBIS_TEST_VLLM names no vllm")

ALWAYS = "--host 127.0.0.1 --enforce-eager --dtype float32 --max-model-len 512".split()
LITTLE_CACHE = "--kv-cache-memory-bytes=134217728"
ENVIRON = {
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_NO_USAGE_STATS": "1",
    "OMP_NUM_THREADS": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # a core without a process for it: an import less
    "PYTHONDONTWRITEBYTECODE": "1",
}


def start(model: str | Path, *more: str, **environ: str) -> EngineSeen:
    """Starts vLLM and waits for it to fail; what its keeper would know then."""
    with tempfile.TemporaryDirectory(prefix="w") as scratch:  # it leaves sockets and files there
        done = subprocess.run(
            [VLLM, "serve", str(model), *ALWAYS, *more],
            env={**os.environ, **ENVIRON, "TMPDIR": scratch, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=500,
        )
    words = done.stderr.decode(errors="replace").splitlines()[-200:]
    return EngineSeen("failed", str(model), exit_status=done.returncode, last_words=tuple(words))


def report_on(seen: EngineSeen, place: Place, **environ: str) -> Report:
    """What is said of its last words on this machine."""
    settings = Settings.from_environ(environ)
    text = "\n".join(seen.last_words)
    return anyio.run(partial(diagnose, settings, place=place, error_text=text))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (packages,) = Path(VLLM).resolve().parent.parent.glob("lib/python3*/site-packages")
    return replace(empty_place(tmp_path), site=(packages,))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    shutil.copytree(MODEL, tmp_path / "model")
    return tmp_path / "model"


def check_fault(seen: EngineSeen, code: str, place: Place, **environ: str) -> None:
    """Its words are known, and this machine shows what they say."""
    assert engine_finding(seen).verdict is Verdict.PROBLEM
    report = report_on(seen, place, **environ)
    assert report.recognised
    assert (report.recognised.code, report.recognised.shown_here) == (code, True)


def check_mended(seen: EngineSeen, place: Place, **environ: str) -> None:
    report = report_on(seen, place, **environ)
    assert report.recognised
    assert not report.recognised.shown_here


def test_a_folder_that_is_not_there(place: Place, model: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    seen = start(absent, LITTLE_CACHE)
    check_fault(seen, "model-path", place, MODEL_PATH=str(absent))
    check_mended(seen, place, MODEL_PATH=str(model))


def test_weights_that_are_cut_off(place: Place, model: Path) -> None:
    weights = model / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1000])
    seen = start(model, LITTLE_CACHE)
    check_fault(seen, "cut-off-weights", place, MODEL_PATH=str(model))
    weights.write_bytes(whole)
    check_mended(seen, place, MODEL_PATH=str(model))


def test_a_model_that_is_not_kept_while_offline(place: Place, tmp_path: Path) -> None:
    hub = {"MODEL_PATH": "org/absent", "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "kept")}
    seen = start("org/absent", LITTLE_CACHE, **hub)
    check_fault(seen, "hf-offline", place, **hub)


def test_a_hub_that_cannot_be_reached(place: Place, tmp_path: Path) -> None:
    hub = {
        "MODEL_PATH": "org/absent",
        "HF_ENDPOINT": f"http://127.0.0.1:{unused_port()}",
        "HF_HOME": str(tmp_path / "kept"),
    }
    seen = start("org/absent", LITTLE_CACHE, **hub)
    check_fault(seen, "hf-unreachable", place, **hub)


def test_a_port_that_is_taken(place: Place, model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        seen = start(model, LITTLE_CACHE, "--port", str(port))
    report = report_on(seen, place)
    assert report.recognised
    assert report.recognised.code == "port"


def test_memory_that_is_not_free(place: Place, model: Path) -> None:
    seen = start(model, "--gpu-memory-utilization", "0.999")
    report = report_on(seen, place)
    assert report.recognised
    assert report.recognised.code == "cpu-memory"
    assert "--kv-cache-memory-bytes" in report.recognised.remedy.said.en
