"""The GPUs as the driver tells of them. Asked in a child, for drivers hang and crash."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webis_mcp import system
from webis_mcp.service.diagnosis import nvml
from webis_mcp.service.diagnosis.looking import Unseen, aside, child_says
from webis_mcp.service.diagnosis.place import Place

NVIDIA = "0x10de"
"""The maker's number on the PCI bus."""

DISPLAY = "0x03"
"""How the class of a display device or 3D controller begins there."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; memory in bytes, holders as process id and bytes."""

    index: int
    name: str
    uuid: str
    total: int
    free: int
    capability: tuple[int, int]
    holders: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        return f"GPU {self.index} ({self.name})"


@dataclass(frozen=True, slots=True)
class Gpus:
    """What there is, or why nothing can be told.

    Attributes:
        cuda: the newest CUDA that the driver can run, as (12, 8).
        missing: there is no driver library.
        trouble: what the driver answered instead of an answer.
        devices: NVIDIA devices on the bus, whatever the driver says.
    """

    driver: str | None = None
    cuda: tuple[int, int] | None = None
    gpus: tuple[Gpu, ...] = ()
    missing: bool = False
    trouble: str | None = None
    devices: int = 0

    def visible(self, choice: str | None) -> tuple[Gpu, ...]:
        """Those that CUDA_VISIBLE_DEVICES leaves, in its order; it stops at what it cannot find."""
        if choice is None:
            return self.gpus
        found: list[Gpu] = []
        for name in (part.strip() for part in choice.split(",")):
            gpu = next((g for g in self.gpus if _is_called(g, name)), None)
            if gpu is None:
                break
            found.append(gpu)
        return tuple(found)


def _is_called(gpu: Gpu, name: str) -> bool:
    return name == str(gpu.index) or (name.startswith("GPU-") and gpu.uuid.startswith(name))


async def look_at_gpus(place: Place) -> Gpus:
    """The GPUs, by a child that asks the driver, and the devices on the bus.

    Raises:
        Unseen: the child crashed.
    """
    devices = await aside(lambda: nvidia_devices(place))
    command = [sys.executable, "-I", "-S", str(Path(nvml.__file__)), *place.nvml]
    said = await child_says(command, _environment(place))
    try:
        return _gpus(json.loads(said), devices)
    except ValueError as error:
        raise Unseen("The NVIDIA driver's library crashed when it was asked") from error


def _environment(place: Place) -> dict[str, str]:
    environ = system.child_environment()
    if place.library_path is not None:
        environ["LD_LIBRARY_PATH"] = place.library_path
    return environ


def _gpus(said: dict[str, Any], devices: int) -> Gpus:
    if "gpus" not in said:
        return Gpus(missing=bool(said.get("missing")), trouble=said.get("trouble"), devices=devices)
    return Gpus(
        driver=said["driver"],
        cuda=(said["cuda"] // 1000, said["cuda"] % 1000 // 10),
        gpus=tuple(
            Gpu(
                one["index"],
                one["name"],
                one["uuid"],
                one["total"],
                one["free"],
                _pair(one["capability"]),
                tuple(_pair(holder) for holder in one["holders"]),
            )
            for one in said["gpus"]
        ),
        devices=devices,
    )


def _pair(values: Sequence[int]) -> tuple[int, int]:
    return values[0], values[1]


def nvidia_devices(place: Place) -> int:
    """How many NVIDIA GPUs are plugged in, where the system tells."""
    try:
        folders = list(place.pci.iterdir())
    except OSError:
        return 0
    return sum(_is_nvidia(folder) for folder in folders)


def _is_nvidia(folder: Path) -> bool:
    try:
        vendor, kind = ((folder / name).read_text().strip() for name in ("vendor", "class"))
    except OSError:
        return False
    return vendor == NVIDIA and kind.startswith(DISPLAY)
