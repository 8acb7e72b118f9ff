"""What kind of system this is, so that a remedy is a command for it and not for another."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from webis_mcp.service.diagnosis.place import Place

Packages = Literal["apt", "dnf", "apk", "pacman", "zypper", "brew", "unknown"]
Surroundings = Literal["conda", "venv", "system"]

_FAMILIES: tuple[tuple[Packages, frozenset[str]], ...] = (
    ("apt", frozenset({"debian", "ubuntu", "linuxmint", "pop", "raspbian", "kali"})),
    ("dnf", frozenset({"fedora", "rhel", "centos", "rocky", "almalinux", "ol", "amzn"})),
    ("apk", frozenset({"alpine"})),
    ("pacman", frozenset({"arch", "manjaro", "endeavouros"})),
    ("zypper", frozenset({"suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles"})),
)


@dataclass(frozen=True, slots=True)
class Machine:
    """The system and the Python that this server runs on.

    Attributes:
        name: the distribution as it calls itself.
        windows: the address of the Windows that a WSL runs on.
    """

    name: str
    packages: Packages
    python: str
    interpreter: str
    surroundings: Surroundings
    is_root: bool = False
    is_wsl: bool = False
    in_container: bool = False
    windows: str | None = None
    platform: str = sys.platform
    kernel: str = ""

    @property
    def sudo(self) -> str:
        """What a command is preceded by where only root may do it."""
        return "" if self.is_root else "sudo "


def look_at_machine(place: Place) -> Machine:
    """The system as its own files describe it."""
    release = _os_release(place)
    version = _text(place.proc / "version")
    is_wsl = "microsoft" in version.lower()
    return Machine(
        name=release.get("PRETTY_NAME") or f"{platform.system()} {platform.release()}",
        packages=_packages(release),
        python=platform.python_version(),
        interpreter=sys.executable,
        surroundings=_surroundings(),
        is_root=sys.platform != "win32" and os.geteuid() == 0,
        is_wsl=is_wsl,
        in_container=any(mark.exists() for mark in place.container_marks) or _in_pod(place),
        windows=_nameserver_or_gateway(place) if is_wsl else None,
        kernel=platform.release(),
    )


def _os_release(place: Place) -> dict[str, str]:
    pairs = (line.partition("=") for line in _text(place.os_release).splitlines() if "=" in line)
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def _packages(release: dict[str, str]) -> Packages:
    if sys.platform == "darwin":
        return "brew"
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    for name in names:
        for manager, family in _FAMILIES:
            if name in family:
                return manager
    return "unknown"


def _surroundings() -> Surroundings:
    if (Path(sys.prefix) / "conda-meta").is_dir():
        return "conda"
    return "venv" if sys.prefix != sys.base_prefix else "system"


def _in_pod(place: Place) -> bool:
    marks = ("docker", "kubepods", "containerd", "libpod", "lxc")
    return any(mark in _text(place.proc / "1" / "cgroup") for mark in marks)


def _nameserver_or_gateway(place: Place) -> str | None:
    """Where Windows is: by default WSL's gateway; its name server in some networking modes only."""
    for line in _text(place.proc / "net" / "route").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 2 and fields[1] == "00000000":
            return ".".join(str(byte) for byte in reversed(bytes.fromhex(fields[2])))
    for line in _text(place.resolver).splitlines():
        if line.startswith("nameserver"):
            return line.split()[1]
    return None


def headers_folder(place: Place) -> Path:
    """Where this Python's C headers are, if they are anywhere."""
    return place.headers or Path(sysconfig.get_path("include"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
