"""Surroundings in which a fault can be made and mended: a driver, an environment, a place."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import anyio

from webis_mcp.service.diagnosis.model import Finding, HandedIn, Remedy
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.report import diagnose
from webis_mcp.settings import Settings

GIB = 2**30

NVML = Path(__file__).with_name("nvml.c")


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver's library that tells what is written for it."""

    library: Path
    figures: Path

    def tells(self, *gpus: str, driver: str = "580.65.06", cuda: int = 13000) -> None:
        """Each GPU as "TOTAL FREE MAJOR.MINOR [PID BYTES]", sizes in GiB."""
        lines = [f"{driver} {cuda}"]
        for number, gpu in enumerate(gpus):
            total, free, capability, pid, held = [*gpu.split(), "0", "0"][:5]
            sizes = [int(float(size) * GIB) for size in (total, free)]
            kind = capability.replace(".", " ")
            lines.append(
                f"{sizes[0]} {sizes[1]} {kind} {pid} {int(float(held) * GIB)} Test {number}"
            )
        self.figures.write_text("\n".join(lines) + "\n")

    def has(self, trouble: str) -> None:
        """`hang`, `crash`, or `trouble CODE`."""
        self.figures.write_text(trouble)


def build_driver(folder: Path) -> Driver:
    """Compiles the library; a machine without a compiler fails here, and does not skip."""
    driver = Driver(folder / "libnvidia-ml.so.1", folder / "figures")
    compile_library(driver.library, NVML, f'-DFIGURES="{driver.figures}"')
    return driver


def compile_library(target: Path, source: Path, *options: str) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "These tests need a C compiler: install gcc."
    command = [compiler, "-shared", "-fPIC", *options, "-o", str(target), str(source)]
    subprocess.run(command, check=True)


@dataclass(frozen=True, slots=True)
class Site:
    """A Python environment of files: what is installed is what its metadata say."""

    folder: Path

    def install(self, name: str, version: str, *requires: str) -> Path:
        """One distribution; returns the folder of its package."""
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        package = self.folder / name.partition("-")[0]
        package.mkdir(exist_ok=True)
        return package

    def install_torch(self, version: str, cuda: str | None, *requires: str) -> Path:
        package = self.install("torch", version, *requires)
        (package / "version.py").write_text(
            f"from typing import Optional\ncuda: Optional[str] = {cuda!r}\n"
        )
        return package

    def uninstall(self, name: str) -> None:
        for info in self.folder.glob(f"{name}-*.dist-info"):
            shutil.rmtree(info)


def empty_place(folder: Path) -> Place:
    """A place where nothing is, but this machine's /proc and programs."""
    nowhere = folder / "nowhere"
    site = folder / "site-packages"
    site.mkdir(exist_ok=True)
    return replace(
        Place(),
        pci=nowhere,
        nvml=(str(nowhere / "libnvidia-ml.so.1"),),
        linker_cache=nowhere,
        library_path="",
        container_marks=(),
        site=(site,),
        locks=(),
    )


async def find(
    check: str, place: Place, known: HandedIn | None = None, /, **environ: str
) -> Finding:
    """What one check of the whole report says, in an environment with these variables."""
    settings = Settings.from_environ(environ)
    report = await diagnose(settings, checks=[check], place=place, known=known)
    (finding,) = report.findings
    return finding


def find_now(check: str, place: Place, known: HandedIn | None = None, /, **environ: str) -> Finding:
    """The same for a test that waits for processes."""
    return anyio.run(partial(find, check, place, known, **environ))


def remedy_of(finding: Finding) -> Remedy:
    assert finding.remedy, finding
    return finding.remedy
