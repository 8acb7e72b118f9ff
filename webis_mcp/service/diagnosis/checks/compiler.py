"""The C compiler and Python's headers, with which Triton builds its launchers."""

from __future__ import annotations

import shlex
import shutil

from webis_mcp.service.diagnosis.looking import aside
from webis_mcp.service.diagnosis.machine import Machine, headers_folder
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.remedies import install_compiler, install_headers
from webis_mcp.service.diagnosis.scene import Scene

COMPILERS = ("gcc", "clang", "cc")
"""Names that Triton looks for when CC does not say."""

WHY = Said(
    "vLLM's Triton compiles small launchers when it starts; without a compiler it ends with: Failed"
    " to find C compiler.",
    "vLLM 的 Triton 在启动时要编译小段代码；没有编译器会报错：Failed to find C compiler。",
)


async def compiler(scene: Scene) -> Finding:
    """Can Triton compile?"""
    if absent := await scene.vllm_is_not_for_here("compiler"):
        return absent
    machine = await scene.machine()
    named = scene.settings.engine.compiler
    return await aside(lambda: compiler_finding(scene.place, named, machine))


def compiler_finding(place: Place, named: str | None, machine: Machine) -> Finding:
    """What there is to compile with."""
    rests_on = (f"CC={named}" if named else "CC unset",)
    found = _find(place, named)
    if found is None and named:
        return Finding(
            "compiler",
            Verdict.PROBLEM,
            f"CC={named} is not a program that can be found.",
            Remedy(
                Said(
                    "Name a compiler in CC that there is, or unset it.",
                    "将 CC 设为存在的编译器，或取消该变量。",
                ),
            ),
            WHY,
            rests_on,
        )
    if found is None:
        looked = f"None of {', '.join(COMPILERS)} is on the PATH of this server."
        return Finding(
            "compiler", Verdict.PROBLEM, looked, install_compiler(machine), WHY, rests_on
        )
    headers = headers_folder(place) / "Python.h"
    if not headers.exists():
        saw = f"{found} is there; {headers} is not."
        return Finding("compiler", Verdict.PROBLEM, saw, install_headers(machine), WHY, rests_on)
    return Finding("compiler", Verdict.OK, f"{found}, and {headers}.", rests_on=rests_on)


def _find(place: Place, named: str | None) -> str | None:
    names = [shlex.split(named)[0]] if named and named.strip() else COMPILERS
    return next((found for name in names if (found := shutil.which(name, path=place.path))), None)
