"""Memory of the GPU: what is free against what is asked for, who holds it, what would fit."""

from __future__ import annotations

import math

from webis_mcp.service.diagnosis.gpus import Gpu, Gpus
from webis_mcp.service.diagnosis.looking import aside
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.processes import named
from webis_mcp.service.diagnosis.remedies import set_variable
from webis_mcp.service.diagnosis.scene import Scene

USUAL_SHARE = 0.9
"""What is asked for where nothing is set: the predecessor's figure."""

CONTEXT = 600 * 2**20
"""Bytes that vLLM's own CUDA context takes before it looks at what is free. An estimate: 300 to 600
MiB on the GPUs of the last years."""

WORKING = 3 * 2**29
"""Bytes that a model needs beside its weights: activations, graphs, a little KV cache."""

MODELS = (
    (60, "Qwen/Qwen3.8-27B-FP8"),
    (14, "Qwen/Qwen3.5-4B"),
    (6, "Qwen/Qwen3-1.7B"),
    (3, "Qwen/Qwen3-0.6B"),
)
"""GiB free, and the largest recommended model that fits there with room for the KV cache."""

GIB = 2**30


async def gpu_memory(scene: Scene) -> Finding:
    """Is as much of the GPU free as vLLM will ask for?"""
    if absent := await scene.vllm_is_not_for_here("gpu_memory"):
        return absent
    gpus, engine = await scene.gpus(), scene.settings.engine
    visible = gpus.visible(engine.cuda_visible_devices)
    if not visible:
        return Finding(
            "gpu_memory", Verdict.NOT_APPLICABLE, "No GPU whose memory could be looked at."
        )
    if scene.known.engine and scene.known.engine.state in ("starting", "ready"):
        saw = f"Our vLLM is {scene.known.engine.state}; {_state(visible[0])}."
        return Finding("gpu_memory", Verdict.OK, saw)
    weights = (await scene.model()).weights
    holders = await aside(lambda: _holders(visible[0]))
    return memory_finding(
        gpus, visible[0], share=engine.gpu_memory_utilization, weights=weights, holders=holders
    )


def memory_finding(
    gpus: Gpus, gpu: Gpu, *, share: float | None, weights: int, holders: str
) -> Finding:
    """What the free memory allows of what is asked for; decided in vLLM's own terms."""
    asked = share or USUAL_SHARE
    saw = (
        f"{_state(gpu)}; {asked:g} of it ({asked * gpu.total / GIB:.1f} GiB) is asked for{holders}."
    )
    rests_on = (
        f"GPU_MEMORY_UTILIZATION={share:g}" if share else "GPU_MEMORY_UTILIZATION unset (0.9)",
    )
    if asked * gpu.total <= gpu.free - CONTEXT:
        return Finding("gpu_memory", Verdict.OK, saw, rests_on=rests_on)
    remedy = _remedy(gpus, gpu, asked, weights, bool(gpu.holders))
    verdict = Verdict.PROBLEM if share else Verdict.WARNING
    return Finding("gpu_memory", verdict, saw, remedy, WHY, rests_on)


WHY = Said(
    "vLLM does not start when less is free than its share of the whole GPU.",
    "如果空闲显存少于 vLLM 要占用的份额，它将无法启动。",
)


def largest_share(gpu: Gpu) -> float:
    """The largest GPU_MEMORY_UTILIZATION for which vLLM starts now, in hundredths."""
    return max(0, math.floor(100 * (gpu.free - CONTEXT) / gpu.total)) / 100


def fitting_model(room: int) -> str | None:
    """The largest recommended model for so many bytes."""
    return next((name for least, name in MODELS if room >= least * GIB), None)


def _remedy(gpus: Gpus, gpu: Gpu, asked: float, weights: int, is_held: bool) -> Remedy:
    other = next((g for g in gpus.gpus if asked * g.total <= g.free - CONTEXT), None)
    if other:
        return Remedy(set_variable("CUDA_VISIBLE_DEVICES", str(other.index)))
    share = largest_share(gpu)
    if share * gpu.total >= weights + WORKING:
        return Remedy(set_variable("GPU_MEMORY_UTILIZATION", f"{share:g}"))
    if is_held:
        pid = max(gpu.holders, key=lambda holder: holder[1])[0]
        said = Said(
            f"Stop the process that holds the GPU, if it may be stopped (pid {pid}).",
            f"停止占用 GPU 的进程（pid {pid}），如果可以停止的话。",
        )
        return Remedy(said, f"kill {pid}")
    model = fitting_model(int(share * gpu.total))
    if model:
        return Remedy(set_variable("MODEL_PATH", model))
    return Remedy(set_variable("WEBIS_ENGINE", "embedded"))


def _state(gpu: Gpu) -> str:
    return f"{gpu}: {gpu.free / GIB:.1f} GiB free of {gpu.total / GIB:.1f}"


def _holders(gpu: Gpu) -> str:
    """Who holds the GPU, the largest first."""
    ordered = sorted(gpu.holders, key=lambda holder: -holder[1])[:4]
    words = [f"{size / GIB:.1f} GiB by {named(pid)}" for pid, size in ordered]
    return f"; held: {', '.join(words)}" if words else ""
