"""Where one looks: the paths and names of this system, so that a test can put a fault there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are. The defaults are where they are on a system of the usual kind.

    Attributes:
        path: where programs are looked for, as `PATH` has it; None: as this process has it.
        locks: lock files of the package manager, most telling first.
        nvml: names under which the driver's library may be found.
        site: folders of the Python environment that vLLM runs in; empty: ours.
    """

    proc: Path = Path("/proc")
    os_release: Path = Path("/etc/os-release")
    shm: Path = Path("/dev/shm")  # noqa: S108 - looked at, not written to
    linker_cache: Path = Path("/etc/ld.so.cache")
    pci: Path = Path("/sys/bus/pci/devices")
    container_marks: tuple[Path, ...] = (Path("/.dockerenv"), Path("/run/.containerenv"))
    resolver: Path = Path("/etc/resolv.conf")
    path: str | None = None
    nvml: tuple[str, ...] = ("libnvidia-ml.so.1", "nvml.dll")
    library_path: str | None = None
    site: tuple[Path, ...] = ()
    headers: Path | None = None
    locks: tuple[Path, ...] = (
        Path("/var/lib/dpkg/lock-frontend"),
        Path("/var/lib/dpkg/lock"),
        Path("/var/lib/apt/lists/lock"),
        Path("/var/cache/apt/archives/lock"),
    )
