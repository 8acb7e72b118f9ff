"""The whole report: bounded, in order of gravity, read-only, honest about what it does not know."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.support.surroundings import Site, empty_place
from webis_mcp import __version__
from webis_mcp.errors import InvalidInput
from webis_mcp.service.diagnosis.model import HandedIn, KeysSeen, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.report import GRAVITY, NAMES, diagnose
from webis_mcp.settings import Settings

LOG = "(EngineCore pid=1) ERROR {}\nRuntimeError: Engine core initialization failed. See root"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return empty_place(tmp_path)


async def test_every_check_gives_one_finding_worst_first(place: Place) -> None:
    known = HandedIn(keys=KeysSeen("/k", True, True, trouble="No JSON."))
    report = await diagnose(Settings(), place=place, known=known)
    assert sorted(finding.check for finding in report.findings) == sorted(NAMES)
    grades = [GRAVITY.index(finding.verdict) for finding in report.findings]
    assert grades == sorted(grades)
    assert report.findings[0].check == "keys"
    assert report.has_problem


async def test_a_machine_without_a_gpu_is_in_order(place: Place) -> None:
    report = await diagnose(Settings(), place=place)
    assert {finding.verdict for finding in report.findings} <= {Verdict.OK, Verdict.NOT_APPLICABLE}


async def test_checks_can_be_named(place: Place) -> None:
    report = await diagnose(Settings(), place=place, checks=["compiler", "disk"])
    assert {finding.check for finding in report.findings} == {"compiler", "disk"}
    with pytest.raises(InvalidInput, match=r"There is no check 'gpus'\. Known: engine, gpu, "):
        await diagnose(Settings(), place=place, checks=["gpus"])


async def test_what_hangs_is_a_finding_and_holds_up_nobody(place: Place, tmp_path: Path) -> None:
    pipe = tmp_path / "os-release"
    os.mkfifo(pipe)  # who opens it waits for a writer, as one waits for a dead network disk
    with anyio.fail_after(6):
        report = await diagnose(Settings(), place=replace(place, os_release=pipe))
    findings = {finding.check: finding for finding in report.findings}
    assert findings["gpu"].saw == "It was not through within 3 s, and was left."
    assert findings["gpu"].verdict is Verdict.WARNING
    assert findings["stray_engines"].verdict is Verdict.OK
    assert report.versions["not seen"] == "nothing was seen within 2.6 s"


def test_what_hangs_does_not_keep_the_process_from_ending(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    program = (
        "import anyio, functools\n"
        "from pathlib import Path\n"
        "from webis_mcp.settings import Settings\n"
        "from webis_mcp.service.diagnosis.place import Place\n"
        "from webis_mcp.service.diagnosis.report import diagnose\n"
        f"place = Place(os_release=Path({str(tmp_path / 'pipe')!r}))\n"
        "anyio.run(functools.partial(diagnose, Settings(), place=place, checks=['gpu']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=60, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_neither_torch_nor_vllm_is_imported(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for package in (site.install("vllm", "0.33.0"), site.install_torch("2.14.0", "13.0")):
        (package / "__init__.py").write_text("raise SystemExit('imported')")
    program = (
        "import anyio, functools, sys\n"
        "from pathlib import Path\n"
        "from webis_mcp.settings import Settings\n"
        "from webis_mcp.service.diagnosis.place import Place\n"
        "from webis_mcp.service.diagnosis.report import diagnose\n"
        f"place = Place(site=(Path({str(tmp_path)!r}),))\n"
        "report = anyio.run(functools.partial(diagnose, Settings(), place=place))\n"
        "assert report.versions['vllm'] == '0.33.0', report.versions\n"
        "assert not {'torch', 'vllm'} & set(sys.modules)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


async def test_looking_leaves_everything_as_it_was(place: Place, tmp_path: Path) -> None:
    Site(place.site[0]).install("vllm", "0.33.0")
    settings = Settings.from_environ(
        {"HF_HOME": str(tmp_path / "home"), "MODEL_PATH": "org/model", "HF_HUB_OFFLINE": "1"}
    )
    before = state_of(tmp_path)
    await diagnose(settings, place=place)
    assert state_of(tmp_path) == before


def state_of(folder: Path) -> list[tuple[Path, int]]:
    """Everything below a folder, and when it was changed."""
    return sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))


async def test_a_report_repeats_no_secrets(place: Place) -> None:
    secrets = ["hf_abcdefghijklmnop", "pa55word", "an0therpass"]
    settings = Settings.from_environ(
        {
            "WEBIS_ENGINE": "vllm",
            "HF_TOKEN": secrets[0],
            "HTTPS_PROXY": f"http://me:{secrets[1]}@127.0.0.1:9",
            "MODEL_PATH": "org/model",
        }
    )
    text = f"proxies={{'https': 'http://me:{secrets[2]}@p:1'}} We couldn't connect to 'x' to load"
    for error_text in (None, text, f"nothing known {secrets[0]} hub"):
        report = await diagnose(settings, place=place, error_text=error_text)
        assert not [secret for secret in secrets if secret in repr(report)]


async def test_versions_are_one_block_for_a_bug_report(place: Place) -> None:
    site = Site(place.site[0])
    site.install("vllm", "0.33.0")
    site.install_torch("2.14.0", "13.0")
    versions = (await diagnose(Settings(), place=place, checks=["answers"])).versions
    assert versions["webis-mcp"] == __version__
    assert versions["vllm"] == "0.33.0"
    assert versions["torch's CUDA"] == "13.0"
    assert versions["nvidia driver"] == "none"
    assert sys.executable in versions["python"]


# A pasted error


async def test_a_message_is_looked_for_and_the_remedy_is_for_this_machine(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "release").write_text("ID=alpine\n")
    bare = replace(place, path=str(tmp_path / "bin"), os_release=tmp_path / "release")
    text = LOG.format("RuntimeError: Failed to find C compiler. Please specify via CC environment")
    report = await diagnose(Settings(), place=bare, error_text=text)
    assert report.recognised
    assert (report.recognised.code, report.recognised.shown_here) == ("cc-triton", True)
    assert str(report.recognised.remedy.command).endswith("apk add build-base")
    assert [finding.check for finding in report.findings] == ["compiler"]
    compiler = shutil.which("gcc")
    assert compiler
    (tmp_path / "bin" / "gcc").symlink_to(compiler)
    report = await diagnose(Settings(), place=bare, error_text=text)
    assert report.recognised
    assert report.recognised.shown_here is False


@pytest.mark.parametrize(
    "message",
    [
        "CUDA error: no kernel image is available for execution on the device",
        "Free memory on device (1.1/23.6 GiB) on startup is less than desired GPU memory utiliza",
    ],
)
async def test_a_message_about_a_gpu_cannot_be_shown_where_there_is_none(
    place: Place, message: str
) -> None:
    report = await diagnose(Settings(), place=place, error_text=LOG.format(message))
    assert report.recognised
    assert report.recognised.shown_here is None


async def test_the_port_that_a_message_names_is_looked_at(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        text = f"[Errno 98] error while attempting to bind on address ('127.0.0.1', {port}): "
        report = await diagnose(Settings(), place=place, error_text=f"{text}address already in use")
    assert report.recognised
    assert report.recognised.shown_here
    assert f"127.0.0.1:{port} is taken by" in report.findings[0].saw


async def test_a_text_that_is_not_known_is_said_to_be_so(place: Place) -> None:
    report = await diagnose(Settings(), place=place, error_text="The CUDA thing went bump.")
    assert report.recognised is None
    assert report.unknown_text
    assert {finding.check for finding in report.findings} >= {"gpu", "cuda_libraries"}
    report = await diagnose(Settings(), place=place, error_text="bump")
    assert report.unknown_text
    assert {finding.check for finding in report.findings} == set(NAMES)


async def test_no_text_is_no_unknown_text(place: Place) -> None:
    report = await diagnose(Settings(), place=place, error_text=" \n", checks=["answers"])
    assert not report.unknown_text
