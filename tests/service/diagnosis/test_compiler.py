"""The compiler: a PATH without one, a CC that names none, headers that are missing."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.surroundings import empty_place, find
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.remedies import install_compiler, install_headers


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """No program on the PATH; headers are there."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "Python.h").write_text("")
    programs, headers = str(tmp_path / "bin"), tmp_path / "include"
    return replace(empty_place(tmp_path), path=programs, headers=headers)


async def test_a_path_without_a_compiler_is_a_problem_until_there_is_one(
    place: Place, tmp_path: Path
) -> None:
    finding = await find("compiler", place)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.saw == "None of gcc, clang, cc is on the PATH of this server."
    real = shutil.which("gcc")
    assert real
    (tmp_path / "bin" / "gcc").symlink_to(real)
    mended = await find("compiler", place)
    assert mended.verdict is Verdict.OK
    assert mended.saw.startswith(str(tmp_path / "bin" / "gcc"))


async def test_cc_goes_before_the_path_as_it_does_for_triton(place: Place) -> None:
    finding = await find("compiler", place, CC="no-such-compiler -O2")
    assert finding.verdict is Verdict.PROBLEM
    assert finding.rests_on == ("CC=no-such-compiler -O2",)
    assert (await find("compiler", place, CC=sys.executable)).verdict is Verdict.OK


async def test_headers_that_are_missing_are_told(place: Place, tmp_path: Path) -> None:
    headers = tmp_path / "include" / "Python.h"
    headers.unlink()
    finding = await find("compiler", place, CC=sys.executable)
    assert finding.verdict is Verdict.PROBLEM
    assert f"{headers} is not" in finding.saw
    headers.write_text("")
    assert (await find("compiler", place, CC=sys.executable)).verdict is Verdict.OK


def machine(packages: str, name: str = "Linux", **more: object) -> Machine:
    facts: dict[str, object] = {
        "name": name,
        "packages": packages,
        "python": "3.12.4",
        "interpreter": "/usr/bin/python3",
        "surroundings": "venv",
    }
    return Machine(**(facts | more))  # type: ignore[arg-type] # the facts are of many types


@pytest.mark.parametrize(
    ("there", "compiler", "headers"),
    [
        (
            machine("apt"),
            "sudo apt-get install -y build-essential",
            "sudo apt-get install -y python3.12-dev",
        ),
        (
            machine("apt", is_root=True),
            "apt-get install -y build-essential",
            "apt-get install -y python3.12-dev",
        ),
        (
            machine("dnf", "Fedora Linux 42"),
            "sudo dnf install -y gcc gcc-c++",
            "sudo dnf install -y python3.12-devel",
        ),
        (machine("apk"), "sudo apk add build-base", "sudo apk add python3-dev"),
        (machine("pacman"), "sudo pacman -S --needed --noconfirm base-devel", None),
        (
            machine("zypper"),
            "sudo zypper install -y gcc gcc-c++",
            "sudo zypper install -y python312-devel",
        ),
        (
            machine("apt", surroundings="conda"),
            "conda install -y -c conda-forge gcc gxx",
            "sudo apt-get install -y python3.12-dev",
        ),
        (machine("unknown"), None, None),
    ],
    ids=lambda value: value.packages if isinstance(value, Machine) else "",
)
def test_the_line_is_one_for_this_system(
    there: Machine, compiler: str | None, headers: str | None
) -> None:
    assert install_compiler(there).command == compiler
    assert install_headers(there).command == headers
