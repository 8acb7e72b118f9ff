"""The GPUs of this machine, as their driver's own command tells; none where it is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from webis_mcp.engine.process.installed import ask

GIB = 1 << 30

DRIVERS = ("/usr/bin", "/usr/lib/wsl/lib")
"""Where the driver puts its command; a host may start us with a `PATH` that has neither."""

QUERY = ["--query-gpu=index,uuid,memory.total,memory.free", "--format=csv,noheader,nounits"]


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; bytes."""

    index: str
    uuid: str
    total: int
    free: int


def visible_gpus(environ: Mapping[str, str]) -> tuple[Gpu, ...]:
    """The GPUs that a program with this environment sees."""
    places = os.pathsep.join((environ.get("PATH", ""), *DRIVERS))
    command = shutil.which("nvidia-smi", path=places)
    if command is None:
        return ()
    return among(parse(ask([command, *QUERY], environ)), environ.get("CUDA_VISIBLE_DEVICES"))


def parse(table: str) -> tuple[Gpu, ...]:
    """The GPUs in what `nvidia-smi` prints, in MiB; a line that is none is passed over."""
    rows = ([cell.strip() for cell in line.split(",")] for line in table.splitlines())
    return tuple(
        Gpu(row[0], row[1], int(row[2]) << 20, int(row[3]) << 20)
        for row in rows
        if len(row) == 4 and row[2].isdigit() and row[3].isdigit()
    )


def among(gpus: tuple[Gpu, ...], chosen: str | None) -> tuple[Gpu, ...]:
    """Those that `CUDA_VISIBLE_DEVICES` leaves: by number or by the start of a UUID, up to the
    first that is none, as CUDA reads it."""
    if chosen is None:
        return gpus
    found: list[Gpu] = []
    for word in (word.strip() for word in chosen.split(",")):
        fitting = [g for g in gpus if word and (g.index == word or g.uuid.startswith(word))]
        if not fitting:
            break
        found.append(fitting[0])
    return tuple(found)
