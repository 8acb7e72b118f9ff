"""The versions of all that may matter, as one block for a bug report."""

from __future__ import annotations

from webis_mcp import __version__
from webis_mcp.service.diagnosis.gpus import Gpus
from webis_mcp.service.diagnosis.installation import NAMES, Installation
from webis_mcp.service.diagnosis.looking import Overran, Unseen
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.scene import Scene


async def tell_versions(scene: Scene, told: dict[str, str]) -> None:
    """Adds what is installed, on what; what cannot be seen in time is left out."""
    told["webis-mcp"] = __version__
    try:
        told |= _of_machine(await scene.machine())
        told |= _of_installation(await scene.installation())
        told |= _of_gpus(await scene.gpus())
    except (Overran, Unseen, OSError) as failure:
        told["not seen"] = str(failure)


def _of_machine(machine: Machine) -> dict[str, str]:
    where = [machine.name, machine.kernel]
    where += ["WSL"] if machine.is_wsl else []
    where += ["container"] if machine.in_container else []
    return {
        "system": ", ".join(where),
        "python": f"{machine.python} ({machine.surroundings}, {machine.interpreter})",
    }


def _of_installation(installation: Installation) -> dict[str, str]:
    told = {name: installation.versions[name] for name in NAMES if name in installation.versions}
    for name in ("vllm", "torch"):
        told.setdefault(name, "not installed")
    if "torch" in installation.versions:
        told["torch's CUDA"] = installation.cuda or "none"
    return told


def _of_gpus(gpus: Gpus) -> dict[str, str]:
    if not gpus.gpus:
        return {"nvidia driver": gpus.trouble or "none"}
    cuda = ".".join(map(str, gpus.cuda or ()))
    return {
        "nvidia driver": f"{gpus.driver}, CUDA up to {cuda}",
        "gpus": "; ".join(f"{gpu}, {gpu.total / 2**30:.1f} GiB" for gpu in gpus.gpus),
    }
