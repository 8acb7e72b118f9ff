"""From what is asked of an engine, and what the machine has, to the command for vLLM.

Pure: the looks are taken elsewhere. Models by memory: `docs/explanation/life-of-the-engine.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webis_mcp.engine.process.installed import Vllm, supported
from webis_mcp.engine.process.machine import GIB, Gpu
from webis_mcp.engine.process.runtime import Order

MODELS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (40, "Qwen/Qwen3.8-27B-FP8", ()),
    (20, "Qwen/Qwen3.5-9B", ("--quantization", "fp8")),
    (13, "Qwen/Qwen3.5-4B", ()),
    (7, "Qwen/Qwen3-4B-AWQ", ()),
    (5, "Qwen/Qwen3-1.7B", ()),
)
"""GiB that must be free on a GPU, the model for it, and what it is served with. The largest that
leaves room for a cache of a few pages; by size and licence, not by a measured rank."""

UTILISATION = 0.9
"""The predecessor's part of the GPU: what others need beside us fits into the rest."""

MARGIN = GIB // 4
"""Bytes left free beyond what we ask for: vLLM itself takes some before it looks."""

LEAST = 0.05
"""A smaller part of a GPU holds no model."""

CPU_CACHE = GIB
"""Bytes of cache on a CPU: vLLM would take nearly all of the memory. 1 GiB holds 16 long prompts of
a small model."""

LEAST_CACHE = GIB // 16
"""A smaller cache holds no page."""

SERVED_AS = "webis"
"""The name by which our requests call the model."""

STRUCTURED = json.dumps({"backend": "guidance", "disable_any_whitespace": True})
"""The one backend that knows all constraints we use, slices of a text among them, and the same for
all requests; a model may not pad its answer with blanks."""

INSTALL = "Install it with pip install 'webis-mcp[vllm]', or name a server in WEBIS_VLLM_URL."

NO_VLLM = "vLLM is not installed: there is no vllm command"


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to run on; `gpus` are those that vLLM would see."""

    vllm: Vllm | None
    gpus: tuple[Gpu, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """What a start that failed for memory has taught us; None where it taught nothing.

    Attributes:
        cache: bytes, on a CPU.
    """

    utilisation: float | None = None
    window: int | None = None
    cache: int | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """How vLLM is started.

    Attributes:
        command: its words, but for the port.
        environ: variables to set, beside those that are there.
        model: what it serves.
        notes: what was done otherwise than asked, and why.
    """

    command: tuple[str, ...]
    environ: Mapping[str, str]
    model: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """Why no vLLM can run here."""

    detail: str
    remedy: str


def plan(order: Order, machine: Machine, fit: Fit | None = None) -> Launch | Absence:
    """The launch that an order comes to on a machine, after what an earlier start has taught."""
    vllm = machine.vllm
    if vllm is None:
        return Absence(f"{NO_VLLM}.", INSTALL)
    if not vllm.is_supported():
        seen = f"vLLM {vllm.version} is installed; supported is {supported()}."
        return Absence(seen, "Install one of these, or name a server in WEBIS_VLLM_URL.")
    missing = _missing_device(order, vllm, machine.gpus)
    if missing:
        return missing
    chosen = _model(order, vllm, machine.gpus)
    if isinstance(chosen, Absence):
        return chosen
    model, words = chosen
    memory, notes = _memory(order, vllm, machine.gpus, fit or Fit())
    command = [vllm.command, "serve", model, *_always(), *words, *memory, *_parallel(order)]
    return Launch(
        command=(*command, *order.args),
        environ=_environ(order, model),
        model=model,
        notes=tuple(notes),
    )


def order_environ(order: Order) -> dict[str, str]:
    """The variables that the settings set for vLLM and for the look at its GPUs."""
    environ = dict(order.environ)
    _, _, number = order.device.partition(":")
    if number:
        environ.setdefault("CUDA_VISIBLE_DEVICES", number)
    return environ


def _missing_device(order: Order, vllm: Vllm, gpus: tuple[Gpu, ...]) -> Absence | None:
    if order.device == "cpu" and not vllm.is_for_cpu:
        return Absence(
            f"DEVICE is cpu, but the installed vLLM {vllm.version} is built for GPUs.",
            "Install a build for the CPU (docs/how-to/run-on-a-gpu.md), or unset DEVICE.",
        )
    if order.device.startswith("cuda") and vllm.is_for_cpu:
        return Absence(
            f"DEVICE is {order.device}, but the installed vLLM {vllm.version} is built for CPUs.",
            f"Unset DEVICE. {INSTALL}",
        )
    if not gpus and not vllm.is_for_cpu:
        return Absence(
            "There is no NVIDIA GPU that vLLM could see, and the installed vLLM needs one.",
            "Check nvidia-smi and CUDA_VISIBLE_DEVICES, or name a server in WEBIS_VLLM_URL.",
        )
    return None


def _model(
    order: Order, vllm: Vllm, gpus: tuple[Gpu, ...]
) -> tuple[str, tuple[str, ...]] | Absence:
    """The model to serve, and the words that it is served with."""
    if order.model:
        return order.model, ()
    if vllm.is_for_cpu:
        return Absence(
            "The installed vLLM runs on the CPU, where no model is worth its time unasked.",
            "Name one in MODEL_PATH.",
        )
    free = min(gpu.free for gpu in gpus) * order.parallel[0] * order.parallel[1]
    for needed, model, words in MODELS:
        if free >= needed * GIB:
            return model, words
    return Absence(
        f"{free / GIB:.1f} GiB of GPU memory are free; the smallest model needs {MODELS[-1][0]}.",
        "Free the GPU, choose another in CUDA_VISIBLE_DEVICES, or name a model in MODEL_PATH.",
    )


def _memory(
    order: Order, vllm: Vllm, gpus: tuple[Gpu, ...], fit: Fit
) -> tuple[list[str], list[str]]:
    """How much memory it takes and how long a window, in words; and notes where that is not what
    was asked."""
    words, notes = list[str](), list[str]()
    if not _says(order, "--max-model-len"):
        window = min(filter(None, (fit.window, order.window)), default=None)
        words += ["--max-model-len", str(window) if window else "auto"]
        if window != order.window:
            notes.append(f"The window is {window} tokens: that is what memory allows.")
    if _says(order, "--gpu-memory-utilization") or _says(order, "--kv-cache-memory-bytes"):
        return words, notes
    part = fit.utilisation or order.utilisation
    if part is None and vllm.is_for_cpu:
        if fit.cache:
            notes.append(f"The cache has {fit.cache >> 20} MiB: that is what is free.")
        return [*words, "--kv-cache-memory-bytes", str(fit.cache or CPU_CACHE)], notes
    fitting = largest_part(gpus)
    chosen = part or min(UTILISATION, fitting)
    if chosen != (order.utilisation or UTILISATION):
        asked = f"instead of {order.utilisation:g}" if order.utilisation else "of the GPU's memory"
        notes.append(f"vLLM takes {chosen:g} {asked}: that is what is free.")
    return [*words, "--gpu-memory-utilization", f"{chosen:g}"], notes


def largest_part(gpus: tuple[Gpu, ...]) -> float:
    """The largest part of every GPU's memory that is free, in hundredths; 0.9 with no GPU known."""
    parts = [(gpu.free - MARGIN) / gpu.total for gpu in gpus if gpu.total]
    return max(LEAST, int(min(parts, default=UTILISATION) * 100) / 100)


def _always() -> list[str]:
    return [
        *("--host", "127.0.0.1"),
        *("--served-model-name", SERVED_AS),
        "--disable-uvicorn-access-log",
        *("--structured-outputs-config", STRUCTURED),
        *("--generation-config", "vllm"),
    ]


def _parallel(order: Order) -> list[str]:
    names = ("--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size")
    pairs = zip(names, order.parallel, strict=True)
    return [word for name, size in pairs if size > 1 for word in (name, str(size))]


def _says(order: Order, option: str) -> bool:
    """Whether the operator's own words for vLLM set an option."""
    return any(word.partition("=")[0].replace("_", "-") == option for word in order.args)


def _environ(order: Order, model: str) -> dict[str, str]:
    ours = {
        "VLLM_LOGGING_STREAM": "ext://sys.stderr",
        "VLLM_NO_USAGE_STATS": "1",  # vLLM reports its use to its makers otherwise
        "DO_NOT_TRACK": "1",
        "SPT_NOENV": "1",  # vLLM renames its processes, and would write over what marks them ours
    }
    if Path(model).is_dir():
        ours["HF_HUB_OFFLINE"] = "1"  # all is here: 24 s of retries less where there is no network
    return ours | order_environ(order)
