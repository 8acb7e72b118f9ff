"""The package manager's locks: is one held, by whom, since when. No lock is ever taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from webis_mcp.service.diagnosis.looking import aside
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.processes import Running, who_is
from webis_mcp.service.diagnosis.scene import Scene

NAME = "package_locks"


async def package_locks(scene: Scene) -> Finding:
    """Could a package be installed now?"""
    machine = await scene.machine()
    return await aside(lambda: locks_finding(scene.place, machine))


def locks_finding(place: Place, machine: Machine) -> Finding:
    """Whether apt or dpkg is at work."""
    there = [path for path in place.locks if path.exists()]
    if not there:
        return Finding(NAME, Verdict.NOT_APPLICABLE, "No apt or dpkg on this system.")
    held = next(holders(place, there), None)
    if held is None:
        return Finding(NAME, Verdict.OK, f"Nobody holds {there[0]}.")
    path, pid = held
    running = who_is(pid) if pid > 0 else None
    who = str(running) if running else "a process outside this container"
    remedy = _remedy(pid, running, machine)
    return Finding(NAME, Verdict.WARNING, f"{path} is held by {who}.", remedy, WHY)


WHY = Said(
    "Nothing can be installed meanwhile. Never delete a held lock: two installers at once break"
    " the package database.",
    "在此期间无法安装软件包。切勿删除被占用的锁文件：两个安装进程同时运行会损坏软件包数据库。",
)


def holders(place: Place, paths: list[Path]) -> Iterator[tuple[Path, int]]:
    """Which of the files are locked, and by which process, as the kernel's table has it."""
    try:
        table = (place.proc / "locks").read_text()
    except OSError:
        return
    held = dict(_held(table))
    for path in paths:
        status = path.stat()
        device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
        pid = held.get(f"{device}:{status.st_ino}")
        if pid is not None:
            yield path, pid


def _held(table: str) -> Iterator[tuple[str, int]]:
    """File and process of every lock that is held; those that only wait for one are left out."""
    for line in table.splitlines():
        fields = line.split()
        if "->" not in fields and len(fields) >= 8:
            yield fields[5], int(fields[4])


def _remedy(pid: int, running: Running | None, machine: Machine) -> Remedy:
    if running and running.stopped:
        said = Said(
            "Let the stopped process go on, it waits in the background.",
            "该进程已被挂起，请让它继续运行。",
        )
        return Remedy(said, f"{machine.sudo}kill -CONT {pid}")
    if running and "unattended-upgr" in running.command:
        said = Said(
            "Wait: the system installs its updates. This shows when it is through.",
            "请等待：系统正在自动安装更新。此命令会在其结束时返回。",
        )
        return Remedy(said, f"{machine.sudo}tail --pid={pid} -f /dev/null")
    if running is None:
        return Remedy(Said("Wait until it is through.", "请等待其结束。"))
    said = Said(
        f"Wait until it is through, or end it where it was started (pid {pid}).",
        f"请等待其结束，或在启动它的地方结束它（pid {pid}）。",
    )
    return Remedy(said, f"tail --pid={pid} -f /dev/null")
