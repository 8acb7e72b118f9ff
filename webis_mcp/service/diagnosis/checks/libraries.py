"""The CUDA runtime: is the library that vllm's and torch's files ask for anywhere to be found?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from webis_mcp import system
from webis_mcp.service.diagnosis.elf import needed_libraries
from webis_mcp.service.diagnosis.installation import Installation
from webis_mcp.service.diagnosis.looking import aside
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.remedies import pip_install, reinstall_vllm
from webis_mcp.service.diagnosis.scene import Scene

RUNTIME = re.compile(r"libcudart\.so\.(\d+)")


@dataclass(frozen=True, slots=True)
class Runtime:
    """Which CUDA runtimes are asked for, by whom, and where each was found."""

    asked: dict[str, str]
    found: dict[str, str]


async def cuda_libraries(scene: Scene) -> Finding:
    """Will `import vllm` find its CUDA runtime?"""
    if absent := await scene.vllm_is_not_for_here("cuda_libraries"):
        return absent
    installation, machine = await scene.installation(), await scene.machine()
    if not installation.vllm:
        return Finding(
            "cuda_libraries",
            Verdict.PROBLEM if scene.settings.engine.engine == "vllm" else Verdict.NOT_APPLICABLE,
            "vllm is not installed in the environment of this server.",
            Remedy(
                Said(
                    "Install it, with the torch build that the driver can run.",
                    "安装 vllm，并选用驱动支持的 torch 构建。",
                ),
                reinstall_vllm(machine, installation),
            ),
        )
    runtime = await aside(lambda: look_for_runtime(installation, scene.place))
    return runtime_finding(runtime, installation, machine)


def look_for_runtime(installation: Installation, place: Place) -> Runtime:
    """What the compiled files ask for, and what the loader would find."""
    asked: dict[str, str] = {}
    for path in _compiled(installation):
        for name in needed_libraries(path):
            if RUNTIME.fullmatch(name):
                asked.setdefault(name, path.name)
    found: dict[str, str] = {}
    for library in _candidates(installation, place):
        found.setdefault(library.name, str(library.parent))
    for cached in RUNTIME.finditer(_text(place.linker_cache)):
        found.setdefault(cached[0], "the system's libraries")
    return Runtime(asked, found)


def _compiled(installation: Installation) -> Iterator[Path]:
    if installation.vllm_folder:
        yield from sorted(installation.vllm_folder.glob("_C*.so"))
    if installation.torch_folder:
        yield from sorted((installation.torch_folder / "lib").glob("libtorch_cuda.so"))


def _candidates(installation: Installation, place: Place) -> Iterator[Path]:
    """Where torch's own start-up and the loader look."""
    path = place.library_path
    if path is None:
        path = system.child_environment().get("LD_LIBRARY_PATH", "")
    for folder in (part for part in path.split(":") if part):
        yield from Path(folder).glob("libcudart.so.*")
    for site in installation.site:
        yield from site.glob("nvidia/*/lib/libcudart.so.*")
        yield from site.glob("torch/lib/libcudart.so.*")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("ascii", "replace")
    except OSError:
        return ""


def runtime_finding(runtime: Runtime, installation: Installation, machine: Machine) -> Finding:
    """Whether all that is asked for is there; if not, the line that brings it."""
    builds = (
        f"vllm {installation.vllm}, torch {installation.versions.get('torch', 'not installed')}"
    )
    builds += f" for CUDA {installation.cuda}" if installation.cuda else ""
    missing = {name: who for name, who in runtime.asked.items() if name not in runtime.found}
    if not missing:
        if installation.cuda is None and runtime.asked:
            return _without_cuda(builds, machine, installation)
        saw = f"{builds}; {_found(runtime) or 'no CUDA runtime is asked for'}."
        return Finding("cuda_libraries", Verdict.OK, saw)
    name, who = next(iter(missing.items()))
    there = ", ".join(sorted(runtime.found)) or "none"
    saw = f"{builds}; {who} asks for {name}; of CUDA runtimes there is: {there}."
    return Finding("cuda_libraries", Verdict.PROBLEM, saw, _bring(name, installation, machine), WHY)


WHY = Said(
    "Without it `import vllm` ends with: cannot open shared object file.",
    "缺少它时，`import vllm` 会报错：cannot open shared object file。",
)


def _bring(name: str, installation: Installation, machine: Machine) -> Remedy:
    """The runtime that torch requires, where it is that; else builds that belong together."""
    major = name.rpartition(".")[2]
    same = installation.cuda and installation.cuda.partition(".")[0] == major
    if same and installation.runtime:
        said = Said(
            "Install the CUDA runtime that your torch requires.",
            "安装你的 torch 所要求的 CUDA 运行库。",
        )
        options = ["--force-reinstall"] if installation.has_pip else ["--reinstall"]
        options += ["--no-deps"] if "[" not in installation.runtime else []
        return Remedy(
            said, pip_install(machine, installation.runtime, installation.has_pip, *options)
        )
    return Remedy(_TOGETHER, reinstall_vllm(machine, installation))


_TOGETHER = Said(
    "vllm and torch are built for different CUDA versions: install both anew. uv picks the build"
    " that your driver can run.",
    "vllm 与 torch 是为不同的 CUDA 版本构建的：请重新安装二者。uv 会选择驱动支持的构建。",
)


def _without_cuda(builds: str, machine: Machine, installation: Installation) -> Finding:
    return Finding(
        "cuda_libraries",
        Verdict.PROBLEM,
        f"{builds}: this torch is built without CUDA, this vllm for it.",
        Remedy(_TOGETHER, reinstall_vllm(machine, installation)),
        Said(
            "vLLM finds no device then, and torch says: Torch not compiled with CUDA enabled.",
            "这样 vLLM 找不到设备，torch 会报错：Torch not compiled with CUDA enabled。",
        ),
    )


def _found(runtime: Runtime) -> str:
    return ", ".join(f"{name} is in {runtime.found[name]}" for name in runtime.asked)
