"""The GPU: is one there, does the driver fit, is it of a kind that the kernels are made for."""

from __future__ import annotations

from webis_mcp.service.diagnosis.gpus import Gpu, Gpus
from webis_mcp.service.diagnosis.installation import Installation
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.remedies import install_driver, reinstall_vllm, set_variable
from webis_mcp.service.diagnosis.scene import Scene

LOWEST_CAPABILITY = (7, 0)
"""vLLM's documents ask for 7.0 up to 0.14, for 7.5 since: below the first no release runs."""

CUDA_13_CAPABILITY = (7, 5)
"""CUDA 13 dropped what is older."""

NEWEST_BEFORE_12_8 = (9, 0)
"""Blackwell needs CUDA 12.8, says vLLM's installation page."""

MISMATCH = "version mismatch"
"""What NVML says after the driver was updated under a running kernel."""

EMBEDDED = Said(
    "It is no fault: the embedded engine answers without a GPU.",
    "这不是故障：内置引擎无需 GPU 即可工作。",
)


async def gpu(scene: Scene) -> Finding:
    """Is there a GPU that vLLM can use, and a driver for it?"""
    machine, gpus = await scene.machine(), await scene.gpus()
    choice = scene.settings.engine.cuda_visible_devices
    wanted = scene.settings.engine.engine == "vllm" and not scene.settings.engine.vllm_url
    used = await scene.vllm_is_not_for_here("gpu") is None
    if machine.platform != "linux":
        saw = f"vLLM runs on Linux; this is {machine.name}."
        return Finding("gpu", _calm(wanted), saw, why=EMBEDDED)
    if not gpus.gpus:
        return _no_gpu(gpus, machine, wanted=wanted, used=used)
    installation = await scene.installation()
    if installation.cuda and gpus.cuda and _major(installation.cuda) > gpus.cuda[0]:
        return _driver_too_old(gpus, installation, machine)
    return _visible(gpus, choice)


def _calm(wanted: bool) -> Verdict:
    return Verdict.PROBLEM if wanted else Verdict.NOT_APPLICABLE


def _no_gpu(gpus: Gpus, machine: Machine, *, wanted: bool, used: bool) -> Finding:
    grave = Verdict.PROBLEM if used else Verdict.WARNING
    if gpus.trouble and MISMATCH in gpus.trouble:
        return Finding(
            "gpu",
            grave,
            f"The NVIDIA driver says: {gpus.trouble}.",
            Remedy(
                Said("Restart the machine.", "重启机器。"),
                None if machine.in_container else f"{machine.sudo}reboot",
            ),
            Said(
                "The driver was updated while the old one was loaded; both are there until then.",
                "驱动已更新，但内核仍加载着旧驱动；重启之前二者不一致。",
            ),
        )
    if gpus.trouble or gpus.devices:
        said = f"; the driver says: {gpus.trouble}" if gpus.trouble else "; no driver library"
        saw = f"{gpus.devices} NVIDIA devices on the bus{said}."
        return Finding("gpu", grave, saw, install_driver(machine), EMBEDDED)
    if not wanted:
        saw = "No NVIDIA GPU: the embedded engine answers, on the CPU."
        return Finding("gpu", Verdict.NOT_APPLICABLE, saw, why=EMBEDDED)
    return Finding(
        "gpu",
        Verdict.PROBLEM,
        "WEBIS_ENGINE=vllm, and there is no NVIDIA GPU here.",
        Remedy(set_variable("WEBIS_ENGINE", "auto")),
        Said(
            "vLLM needs a GPU, or WEBIS_VLLM_URL naming a server that has one.",
            "vLLM 需要 GPU，或用 WEBIS_VLLM_URL 指定一台有 GPU 的服务器。",
        ),
        ("WEBIS_ENGINE=vllm",),
    )


def _driver_too_old(gpus: Gpus, installation: Installation, machine: Machine) -> Finding:
    cuda = ".".join(map(str, gpus.cuda or ()))
    return Finding(
        "gpu",
        Verdict.PROBLEM,
        f"The driver {gpus.driver} runs CUDA up to {cuda}; torch"
        f" {installation.versions.get('torch')} is built for CUDA {installation.cuda}.",
        install_driver(machine),
        Said(
            "A driver runs every older CUDA, but no newer major version. Where the driver cannot be"
            f" changed, a build for it can: {reinstall_vllm(machine, installation)}",
            "驱动可以运行更旧的 CUDA，但不能运行更高的主版本。如果无法更换驱动，可以改装与之匹配的"
            f"构建：{reinstall_vllm(machine, installation)}",
        ),
    )


def _visible(gpus: Gpus, choice: str | None) -> Finding:
    visible = gpus.visible(choice)
    rests_on = (f"CUDA_VISIBLE_DEVICES={choice}",) if choice else ("CUDA_VISIBLE_DEVICES unset",)
    if not visible:
        there = ", ".join(map(str, gpus.gpus))
        return Finding(
            "gpu",
            Verdict.PROBLEM,
            f"CUDA_VISIBLE_DEVICES={choice} leaves none of: {there}.",
            Remedy(set_variable("CUDA_VISIBLE_DEVICES", str(gpus.gpus[0].index))),
            Said("vLLM sees no GPU then.", "这样 vLLM 看不到任何 GPU。"),
            rests_on,
        )
    cuda = ".".join(map(str, gpus.cuda or ()))
    there = "; ".join(f"{gpu}, {gpu.total / 2**30:.1f} GiB" for gpu in visible)
    saw = f"{there}; driver {gpus.driver}, CUDA up to {cuda}."
    return Finding("gpu", Verdict.OK, saw, rests_on=rests_on)


async def gpu_kernels(scene: Scene) -> Finding:
    """Are there kernels for this GPU in the builds that are installed?"""
    if absent := await scene.vllm_is_not_for_here("gpu_kernels"):
        return absent
    gpus, installation = await scene.gpus(), await scene.installation()
    visible = gpus.visible(scene.settings.engine.cuda_visible_devices)
    if not visible:
        return Finding("gpu_kernels", Verdict.NOT_APPLICABLE, "No GPU to have kernels for.")
    return kernels_for(visible[0], installation, await scene.machine())


def kernels_for(gpu: Gpu, installation: Installation, machine: Machine) -> Finding:
    """Whether the installed builds hold kernels for a GPU."""
    major, minor = gpu.capability
    name = f"{gpu} has compute capability {major}.{minor}"
    if gpu.capability < LOWEST_CAPABILITY:
        return Finding(
            "gpu_kernels",
            Verdict.PROBLEM,
            f"{name}; vLLM needs 7.0 or more.",
            Remedy(set_variable("WEBIS_ENGINE", "embedded")),
            Said("No build of vLLM runs on it.", "没有任何 vLLM 构建支持此 GPU。"),
        )
    if installation.cuda is None:
        saw = f"{name}; no torch with CUDA is installed to compare it with."
        return Finding("gpu_kernels", Verdict.NOT_APPLICABLE, saw)
    cuda = _version(installation.cuda)
    if cuda >= (13, 0) and gpu.capability < CUDA_13_CAPABILITY:
        return _other_build(
            f"{name}; torch is built for CUDA {installation.cuda}, which dropped it.",
            "cu128",
            machine,
            installation,
        )
    if cuda < (12, 8) and gpu.capability > NEWEST_BEFORE_12_8:
        return _other_build(
            f"{name}; torch is built for CUDA {installation.cuda}, which is older.",
            "cu128",
            machine,
            installation,
        )
    if gpu.capability < (8, 0):
        return Finding(
            "gpu_kernels",
            Verdict.WARNING,
            f"{name}: it has no bfloat16.",
            Remedy(
                Said("Start vLLM with `--dtype half`.", "用 `--dtype half` 启动 vLLM。"),
            ),
            Said(
                "Models stored in bfloat16 are refused on GPUs below 8.0.",
                "在 8.0 以下的 GPU 上，以 bfloat16 保存的模型会被拒绝。",
            ),
        )
    return Finding(
        "gpu_kernels", Verdict.OK, f"{name}; torch is built for CUDA {installation.cuda}."
    )


def _other_build(saw: str, backend: str, machine: Machine, installation: Installation) -> Finding:
    command = reinstall_vllm(machine, installation).replace("=auto", f"={backend}")
    return Finding(
        "gpu_kernels",
        Verdict.PROBLEM,
        saw,
        Remedy(
            Said("Install a build that has kernels for it.", "安装包含此 GPU 内核的构建。"), command
        ),
        Said(
            "Otherwise: CUDA error: no kernel image is available for execution on the device.",
            "否则会报错：CUDA error: no kernel image is available for execution on the device。",
        ),
    )


def _major(version: str) -> int:
    return _version(version)[0]


def _version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit()) or (0,)
