"""The GPU: a driver's library is played by one of ours, which is compiled here."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.surroundings import Driver, Site, build_driver, empty_place, find, remedy_of
from webis_mcp.errors import SettingsError
from webis_mcp.service.diagnosis.checks.memory import fitting_model, largest_share
from webis_mcp.service.diagnosis.gpus import Gpu
from webis_mcp.service.diagnosis.model import EngineSeen, HandedIn, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.report import diagnose
from webis_mcp.settings import Settings

GIB = 2**30


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Driver:
    return build_driver(tmp_path_factory.mktemp("driver"))


@pytest.fixture
def place(tmp_path: Path, built: Driver) -> Place:
    return replace(empty_place(tmp_path), nvml=(str(built.library),))


# Is there one, and a driver?


async def test_no_gpu_is_no_fault(tmp_path: Path) -> None:
    report = await diagnose(Settings(), place=empty_place(tmp_path))
    assert not report.has_problem
    (gpu,) = [finding for finding in report.findings if finding.check == "gpu"]
    assert gpu.verdict is Verdict.NOT_APPLICABLE
    assert gpu.saw == "No NVIDIA GPU: the embedded engine answers, on the CPU."


async def test_no_gpu_is_a_problem_where_one_is_asked_for(tmp_path: Path) -> None:
    place = empty_place(tmp_path)
    finding = await find("gpu", place, WEBIS_ENGINE="vllm")
    assert finding.verdict is Verdict.PROBLEM
    assert "WEBIS_ENGINE=auto" in remedy_of(finding).said.en
    mended = await find("gpu", place, WEBIS_ENGINE="auto")
    assert mended.verdict is Verdict.NOT_APPLICABLE


async def test_a_gpu_is_told_with_its_driver(place: Place, built: Driver) -> None:
    built.tells("24 23.5 8.6", driver="580.65.06", cuda=13000)
    finding = await find("gpu", place)
    assert finding.verdict is Verdict.OK
    assert finding.saw == "GPU 0 (Test 0), 24.0 GiB; driver 580.65.06, CUDA up to 13.0."
    assert finding.rests_on == ("CUDA_VISIBLE_DEVICES unset",)


async def test_a_device_without_a_driver_wants_one(tmp_path: Path, place: Place) -> None:
    device = tmp_path / "pci" / "0000:01:00.0"
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x10de\n")
    (device / "class").write_text("0x030200\n")
    (tmp_path / "os-release").write_text("ID=ubuntu\nPRETTY_NAME='Ubuntu 24.04'\n")
    bare = replace(
        place,
        pci=tmp_path / "pci",
        nvml=("no-such-library",),
        os_release=tmp_path / "os-release",
        proc=tmp_path,
    )
    finding = await find("gpu", bare)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.saw == "1 NVIDIA devices on the bus; no driver library."
    assert str(remedy_of(finding).command).endswith("ubuntu-drivers install")
    in_container = replace(bare, container_marks=(tmp_path,))
    assert "--gpus all" in remedy_of(await find("gpu", in_container)).said.en


async def test_a_driver_that_was_updated_under_the_kernel_wants_a_restart(
    place: Place, built: Driver, tmp_path: Path
) -> None:
    built.has("trouble 18")
    bare = replace(place, proc=tmp_path)
    finding = await find("gpu", bare)
    assert "Driver/library version mismatch (error 18)" in finding.saw
    assert str(remedy_of(finding).command).endswith("reboot")
    built.tells("24 23.5 8.6")
    assert (await find("gpu", bare)).verdict is Verdict.OK


@pytest.mark.parametrize("cuda", [12080, 12090])
async def test_a_driver_is_too_old_for_a_newer_major_version_only(
    place: Place, built: Driver, cuda: int
) -> None:
    site = Site(place.site[0])
    site.install("vllm", "0.33.0")
    site.install_torch("2.14.0", "13.0")
    built.tells("24 23.5 8.6", driver="570.12", cuda=cuda)
    finding = await find("gpu", place)
    assert finding.verdict is Verdict.PROBLEM
    assert (
        f"570.12 runs CUDA up to 12.{cuda // 10 % 10}; torch 2.14.0 is built for CUDA 13.0"
        in finding.saw
    )
    site.uninstall("torch")
    site.install_torch("2.13.0", "12.9")
    assert (await find("gpu", place)).verdict is Verdict.OK


async def test_a_gpu_may_be_hidden_by_a_variable(place: Place, built: Driver) -> None:
    built.tells("24 23.5 8.6", "48 47 8.9")
    hidden = await find("gpu", place, CUDA_VISIBLE_DEVICES="7")
    assert hidden.verdict is Verdict.PROBLEM
    assert hidden.rests_on == ("CUDA_VISIBLE_DEVICES=7",)
    assert "CUDA_VISIBLE_DEVICES=0" in remedy_of(hidden).said.en
    shown = await find("gpu", place, CUDA_VISIBLE_DEVICES="GPU-0001")
    assert shown.saw.startswith("GPU 1 (Test 1), 48.0 GiB")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("hang", "It was not through within 3 s, and was left."),
        ("crash", "It could not look: The NVIDIA driver's library crashed when it was asked."),
    ],
)
async def test_a_driver_that_hangs_or_crashes_harms_nobody(
    place: Place, built: Driver, fault: str, said: str
) -> None:
    built.has(fault)
    report = await diagnose(Settings(), place=place, checks=["gpu", "stray_engines"])
    findings = {finding.check: finding for finding in report.findings}
    assert findings["gpu"].saw == said
    assert findings["gpu"].verdict is Verdict.WARNING
    assert findings["stray_engines"].verdict is Verdict.OK


# Memory


async def test_memory_that_is_held_is_told_with_its_holder(place: Place, built: Driver) -> None:
    built.tells(f"24 6 8.6 {os.getpid()} 17.5")
    finding = await find("gpu_memory", place, GPU_MEMORY_UTILIZATION="0.9")
    assert finding.verdict is Verdict.PROBLEM
    assert (
        "6.0 GiB free of 24.0; 0.9 of it (21.6 GiB) is asked for; held: 17.5 GiB by" in finding.saw
    )
    assert f"(pid {os.getpid()}, for " in finding.saw
    assert finding.rests_on == ("GPU_MEMORY_UTILIZATION=0.9",)
    assert "Set GPU_MEMORY_UTILIZATION=0.22 " in remedy_of(finding).said.en
    mended = await find("gpu_memory", place, GPU_MEMORY_UTILIZATION="0.22")
    assert mended.verdict is Verdict.OK


async def test_another_gpu_with_room_is_the_better_remedy(place: Place, built: Driver) -> None:
    built.tells("24 6 8.6", "24 23.5 8.6")
    finding = await find("gpu_memory", place)
    assert "CUDA_VISIBLE_DEVICES=1" in remedy_of(finding).said.en
    mended = await find("gpu_memory", place, CUDA_VISIBLE_DEVICES="1")
    assert mended.verdict is Verdict.OK


async def test_where_no_share_fits_the_holder_must_go(place: Place, built: Driver) -> None:
    built.tells("24 1 8.6 4194304 22.5")
    finding = await find("gpu_memory", place)
    assert remedy_of(finding).command == "kill 4194304"
    assert "pid 4194304 (in another container, or gone)" in finding.saw
    built.tells("24 23.5 8.6")
    assert (await find("gpu_memory", place)).verdict is Verdict.OK


async def test_a_model_that_is_too_large_is_answered_with_one_that_fits(
    place: Place, built: Driver, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    with (model / "model.safetensors").open("wb") as weights:
        weights.truncate(20 * GIB)  # takes no room on the disk
    built.tells("8 7 8.6")
    finding = await find("gpu_memory", place, MODEL_PATH=str(model))
    assert "MODEL_PATH=Qwen/Qwen3-1.7B" in remedy_of(finding).said.en


async def test_memory_that_our_own_engine_holds_is_no_fault(place: Place, built: Driver) -> None:
    built.tells("24 2 8.6")
    known = HandedIn(engine=EngineSeen("ready", port=8001))
    assert (await find("gpu_memory", place, known)).verdict is Verdict.OK


@pytest.mark.parametrize("share", ["0", "1.5", "much"])
def test_a_share_that_is_none_stops_the_start(share: str) -> None:
    with pytest.raises(SettingsError, match="GPU_MEMORY_UTILIZATION="):
        Settings.from_environ({"GPU_MEMORY_UTILIZATION": share})


@pytest.mark.parametrize("free", [0, 1, 6, 23])
def test_the_share_that_is_told_fits(free: int) -> None:
    gpu = Gpu(0, "Test", "GPU-0", 24 * GIB, free * GIB, (8, 6), ())
    share = largest_share(gpu)
    assert share * gpu.total <= max(0, gpu.free)
    assert share == 0 or (share + 0.05) * gpu.total > gpu.free - GIB


def test_a_model_fits_where_there_is_room_for_it() -> None:
    assert fitting_model(80 * GIB) == "Qwen/Qwen3.8-27B-FP8"
    assert fitting_model(4 * GIB) == "Qwen/Qwen3-0.6B"
    assert fitting_model(GIB) is None


# Kernels


@pytest.mark.parametrize(
    ("capability", "cuda", "verdict", "said"),
    [
        ("6.1", "12.8", Verdict.PROBLEM, "vLLM needs 7.0 or more"),
        ("7.0", "13.0", Verdict.PROBLEM, "CUDA 13.0, which dropped it"),
        ("12.0", "12.6", Verdict.PROBLEM, "CUDA 12.6, which is older"),
        ("7.5", "12.8", Verdict.WARNING, "no bfloat16"),
        ("8.6", "12.8", Verdict.OK, "capability 8.6"),
        ("12.0", "13.0", Verdict.OK, "capability 12.0"),
    ],
)
async def test_a_gpu_needs_a_build_with_kernels_for_it(
    place: Place, built: Driver, capability: str, cuda: str, verdict: Verdict, said: str
) -> None:
    site = Site(place.site[0])
    site.install("vllm", "0.33.0")
    site.install_torch("2.14.0", cuda)
    built.tells(f"24 23.5 {capability}")
    finding = await find("gpu_kernels", place)
    assert finding.verdict is verdict
    assert said in finding.saw
    if said.startswith("CUDA"):
        command = str(remedy_of(finding).command)
        assert "--torch-backend=cu128 vllm==0.33.0" in command
