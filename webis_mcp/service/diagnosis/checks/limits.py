"""What the system allows: shared memory, open files, memory of the machine."""

from __future__ import annotations

import shutil

import psutil

from webis_mcp import system
from webis_mcp.service.diagnosis.looking import aside
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.scene import Scene

MIB, GIB = 2**20, 2**30

LEAST_SHM = 160 * MIB
"""vLLM refuses to start with less: so large is one of its message queues."""

GOOD_SHM = 512 * MIB
"""Room for three of them: a second engine, or a second GPU."""

LEAST_FILES = 4_096
"""vLLM wants 65535 and warns below; it was seen to work with 20000, and each request takes some."""

LEAST_MEMORY = 4 * GIB
"""What vLLM's processes and the loading of a small model take: 2 GB were measured, and a margin."""


async def shared_memory(scene: Scene) -> Finding:
    """Is there room in /dev/shm for vLLM's queues?"""
    if absent := await scene.vllm_is_not_for_here("shared_memory"):
        return absent
    machine = await scene.machine()
    return await aside(lambda: shm_finding(scene.place, machine))


def shm_finding(place: Place, machine: Machine) -> Finding:
    """Free bytes against what a queue takes."""
    if not place.shm.exists():
        return Finding("shared_memory", Verdict.NOT_APPLICABLE, f"There is no {place.shm}.")
    usage = shutil.disk_usage(place.shm)
    saw = f"{place.shm}: {usage.free // MIB} MiB free of {usage.total // MIB}."
    if usage.free >= GOOD_SHM:
        return Finding("shared_memory", Verdict.OK, saw)
    verdict = Verdict.PROBLEM if usage.free < LEAST_SHM else Verdict.WARNING
    return Finding("shared_memory", verdict, saw, _enlarge(place, machine, usage.total), WHY)


WHY = Said(
    "vLLM's processes talk through it, 160 MiB for each queue.",
    "vLLM 的进程通过它通信，每个队列需要 160 MiB。",
)


def _enlarge(place: Place, machine: Machine, total: int) -> Remedy:
    if total >= GOOD_SHM:
        said = Said(
            f"Delete what ended programs left in {place.shm}, or restart the machine.",
            f"删除已结束的程序遗留在 {place.shm} 中的文件，或重启机器。",
        )
        return Remedy(said, f"ls -lt {place.shm}")
    if machine.in_container:
        return Remedy(
            Said(
                "Start this container with `--shm-size=2g` or `--ipc=host`.",
                "用 `--shm-size=2g` 或 `--ipc=host` 启动此容器。",
            )
        )
    said = Said("Enlarge it.", "将其扩大。")
    return Remedy(said, f"{machine.sudo}mount -o remount,size=2G {place.shm}")


async def open_files(scene: Scene) -> Finding:
    """May enough files be open at once?"""
    if absent := await scene.vllm_is_not_for_here("open_files"):
        return absent
    return files_finding(*(system.open_files_limit() or (None, None)))


def files_finding(soft: int | None, hard: int | None) -> Finding:
    """The limit on open files; vLLM raises the soft one itself, up to the hard one."""
    if soft is None or hard is None:
        return Finding("open_files", Verdict.NOT_APPLICABLE, "This system has no such limit.")
    saw = f"{soft} files may be open, {hard} at most."
    if hard >= LEAST_FILES:
        return Finding("open_files", Verdict.OK, saw)
    return Finding(
        "open_files",
        Verdict.WARNING,
        saw,
        Remedy(
            Said(
                "Raise the limit where this server is started, and in limits.conf for good.",
                "在启动本服务器的地方提高该限制，并在 limits.conf 中永久设置。",
            ),
            "ulimit -n 65535",
        ),
        Said("Otherwise: Too many open files.", "否则会报错：Too many open files。"),
    )


async def memory(scene: Scene) -> Finding:
    """Does the machine have memory for vLLM's processes?"""
    if absent := await scene.vllm_is_not_for_here("memory"):
        return absent
    available, swap = await aside(lambda: (psutil.virtual_memory(), psutil.swap_memory()))
    return memory_finding(available.available, swap.free)


def memory_finding(available: int, swap: int) -> Finding:
    """What is available against what vLLM's processes take."""
    saw = f"{available / GIB:.1f} GiB of memory available, {swap / GIB:.1f} GiB of swap free."
    if available >= LEAST_MEMORY:
        return Finding("memory", Verdict.OK, saw)
    verdict = Verdict.PROBLEM if available + swap < LEAST_MEMORY / 2 else Verdict.WARNING
    return Finding(
        "memory",
        verdict,
        saw,
        Remedy(
            Said(
                f"Free {(LEAST_MEMORY - available) / GIB:.1f} GiB: end what is not needed, or add"
                " swap.",
                f"腾出 {(LEAST_MEMORY - available) / GIB:.1f} GiB：结束不需要的程序，或增加 swap。",
            ),
            "ps aux --sort=-rss | head -n 6",
        ),
        Said(
            "A process that the system kills for memory ends without last words.",
            "因内存不足被系统终止的进程不会留下任何日志。",
        ),
    )
