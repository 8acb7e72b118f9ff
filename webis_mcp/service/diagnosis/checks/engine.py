"""The engine that runs, or ran: how it is, what it said last, whether a stray holds the GPU."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator

import psutil

from webis_mcp.service.diagnosis.looking import Overran, Unseen, aside
from webis_mcp.service.diagnosis.messages.recognising import recognise
from webis_mcp.service.diagnosis.model import EngineSeen, Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.processes import Running, lasting, named, who_is
from webis_mcp.service.diagnosis.redacting import redact
from webis_mcp.service.diagnosis.scene import Scene

LAST_SHOWN = 3
"""Of the last words, lines that are shown where they are not understood."""

OURS = re.compile(r"\bwebis[-_]mcp serve\b")
"""A server of ours, by its command line."""

CORES = ("VLLM::EngineCore", "VLLM::Worker")
"""Titles of vLLM's own children: without their server they answer nobody."""


async def engine(scene: Scene) -> Finding:
    """How is the engine that this server uses?"""
    settings = scene.settings.engine
    if settings.vllm_url:
        return await _elsewhere(settings.vllm_url)
    if scene.known.engine is None:
        only = "" if settings.engine == "vllm" else "; the embedded engine answers, on the CPU"
        saw = f"No vLLM has been started{only}."
        return Finding(
            "engine", Verdict.NOT_APPLICABLE, saw, rests_on=(f"WEBIS_ENGINE={settings.engine}",)
        )
    return engine_finding(scene.known.engine)


def engine_finding(seen: EngineSeen) -> Finding:
    """What its keeper knows, and what its last words mean."""
    which = f"vLLM{f' with {seen.model}' if seen.model else ''}"
    where = f" on port {seen.port}" if seen.port else ""
    if seen.state != "failed":
        since = f" for {lasting(seen.seconds)}" if seen.seconds else ""
        return Finding("engine", Verdict.OK, f"{which} is {seen.state}{since}{where}.")
    meant = recognise("\n".join(seen.last_words))
    last = meant.line if meant else " / ".join(seen.last_words[-LAST_SHOWN:])
    saw = f"{which} ended with exit status {seen.exit_status}{where}; it said: {redact(last)}"
    if meant:
        return Finding("engine", Verdict.PROBLEM, saw, meant.remedy, meant.cause)
    said = Said(
        "Give its log to diagnose_environment as error_text, or report it with the versions below.",
        "请将其日志作为 error_text 交给 diagnose_environment，或连同下面的版本信息一起报告。",
    )
    return Finding("engine", Verdict.PROBLEM, saw, Remedy(said), ZERO)


ZERO = Said(
    "vLLM ends with exit status 0 also when its engine dies, so the status tells nothing.",
    "vLLM 的引擎崩溃时退出码也可能为 0，因此退出码不能说明问题。",
)


async def _elsewhere(url: str) -> Finding:
    import httpx2  # here, because few reports ask one

    rests_on = (f"WEBIS_VLLM_URL={redact(url)}",)
    base = url.rstrip("/").removesuffix("/v1")
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=2.0) as client:
            status = (await client.get(f"{base}/health")).status_code
    except httpx2.TransportError as error:
        saw = f"{redact(base)} does not answer: {str(error) or type(error).__name__}."
        said = Said(
            "Start the server there, or correct WEBIS_VLLM_URL.",
            "在该处启动服务器，或更正 WEBIS_VLLM_URL。",
        )
        return Finding("engine", Verdict.PROBLEM, saw, Remedy(said), rests_on=rests_on)
    if status in (200, 404):  # other servers than vLLM have no /health
        saw = f"{redact(base)} answers ({status})."
        return Finding("engine", Verdict.OK, saw, rests_on=rests_on)
    said = Said("Look at the log of that server.", "请查看该服务器的日志。")
    saw = f"{redact(base)} answers {status}: its engine is not well."
    return Finding("engine", Verdict.PROBLEM, saw, Remedy(said), rests_on=rests_on)


async def stray_engines(scene: Scene) -> Finding:
    """Does an engine hold memory whose server is gone?"""
    found = await aside(lambda: list(strays(scene.known.engine)))
    if not found:
        return Finding("stray_engines", Verdict.OK, "No engine without its server.")
    held = await _held(scene)
    told = [
        f"{one}, with {held[one.pid] / 2**30:.1f} GiB of a GPU" if one.pid in held else str(one)
        for one in found
    ]
    said = Said("Stop what is left of it.", "停止残留的进程。")
    return Finding(
        "stray_engines",
        Verdict.PROBLEM,
        f"Without its server: {'; '.join(told)}.",
        Remedy(said, f"kill {' '.join(str(running.pid) for running in found)}"),
        Said(
            "vLLM's children outlive a server that was killed, and keep the GPU's memory.",
            "vLLM 的服务进程被强行终止后，其子进程会残留并占用显存。",
        ),
    )


async def _held(scene: Scene) -> dict[int, int]:
    """Bytes of GPU memory by process, where the driver tells."""
    try:
        gpus = (await scene.gpus()).gpus
    except (Overran, Unseen, OSError):
        return {}
    return {pid: size for gpu in gpus for pid, size in gpu.holders}


def strays(ours: EngineSeen | None) -> Iterator[Running]:
    """vLLM's children that have lost their parent: the system's first process took them."""
    for process in psutil.process_iter():
        try:
            title = " ".join(process.cmdline()) or process.name()
            is_lost = title.startswith(CORES) and not _has_server(process)
        except psutil.Error:
            continue
        if is_lost and (running := who_is(process.pid)) and not (ours and ours.pid == running.pid):
            yield running


def _has_server(process: psutil.Process) -> bool:
    """Whether any of its parents is a Python or a vLLM, which it would end with."""
    words = ("vllm", "python", "webis")
    return any(word in parent.name().lower() for parent in process.parents() for word in words)


async def port(scene: Scene) -> Finding:
    """Is the port free that we mean to listen on?"""
    if not scene.known.ports:
        return Finding("port", Verdict.NOT_APPLICABLE, "No port is to be opened.")
    ports = scene.known.ports
    findings = await aside(lambda: [port_finding(host, number) for host, number in ports])
    return next((f for f in findings if f.verdict is not Verdict.OK), findings[0])


def port_finding(host: str, number: int) -> Finding:
    """Whether one could listen there, and if not, who does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, number))
        return Finding("port", Verdict.OK, f"{host}:{number} is free.")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
    holder = _listener(number)
    who = named(holder) if holder else "a process that is not ours to see"
    if OURS.search(who):
        return Finding("port", Verdict.OK, f"{host}:{number}: {who} listens there already.")
    return Finding(
        "port",
        Verdict.PROBLEM,
        f"{host}:{number} is taken by {who}.",
        Remedy(
            Said(
                "Choose another port, or stop that process if it may be stopped.",
                "换一个端口，或在允许时停止该进程。",
            ),
            f"kill {holder}" if holder else None,
        ),
        Said("Only one process can listen on a port.", "一个端口只能由一个进程监听。"),
    )


def _listener(number: int) -> int | None:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:  # macOS tells root only
        return None
    for one in connections:
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == number:
            return one.pid
    return None
