"""Messages about memory: the GPU's, the KV cache's, the machine's."""

from __future__ import annotations

from webis_mcp.service.diagnosis.messages.known import CAUSE, CONSEQUENCE, WARNING, Known
from webis_mcp.service.diagnosis.model import Remedy, Said

_LESS = Remedy(
    Said(
        "Set GPU_MEMORY_UTILIZATION to the figure that `gpu_memory` gives, or stop what holds the"
        " GPU.",
        "将 GPU_MEMORY_UTILIZATION 设为 `gpu_memory` 一项给出的数值，或停止占用 GPU 的进程。",
    )
)

MESSAGES = (
    Known(
        "gpu-memory",
        "Free memory on device … is less than desired GPU memory utilization",
        (
            r"Free memory on device (?:\S+ )?\((?P<free>\d+\.?\d*)/(?P<total>\d+\.?\d*) ?GiB\)"
            r"[\s\S]{0,60}?is less than desired",
            r"Free memory on device [\s\S]{0,160}?is less than desired",
        ),
        ("gpu_memory", "stray_engines"),
        Said(
            "Something else holds part of the GPU, so that the share that vLLM is told to take is"
            " not free when it starts.",
            "GPU 的一部分显存已被占用，vLLM 启动时空闲显存少于它要占用的份额。",
        ),
        _LESS,
        Remedy(
            Said(
                "Set GPU_MEMORY_UTILIZATION={share}, or stop what holds the GPU.",
                "设置 GPU_MEMORY_UTILIZATION={share}，或停止占用 GPU 的进程。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "cpu-memory",
        "Available memory on node … is less than desired CPU memory utilization",
        (
            r"Available memory on node [\s\S]{0,160}?is less than desired CPU memory utilization",
            r"is less than requested memory for kv",
        ),
        ("memory",),
        Said(
            "A vLLM for the CPU reserves a share of the machine's memory, and that much is not"
            " free.",
            "CPU 版 vLLM 会预留一定比例的内存，而空闲内存不足。",
        ),
        Remedy(
            Said(
                "Start vLLM with `--kv-cache-memory-bytes 134217728`, or lower"
                " GPU_MEMORY_UTILIZATION: on a CPU it is the share of the machine's memory.",
                "以 `--kv-cache-memory-bytes 134217728` 启动 vLLM，或调低 GPU_MEMORY_UTILIZATION"
                "（在 CPU 上它表示内存的份额）。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "kv-none",
        "No available memory for the cache blocks",
        (r"No available memory for the cache blocks",),
        ("gpu_memory",),
        Said(
            "The weights fill the share of the GPU that vLLM may take; nothing is left to work in.",
            "模型权重已占满 vLLM 可用的显存份额，没有剩余空间用于 KV 缓存。",
        ),
        Remedy(
            Said(
                "Raise GPU_MEMORY_UTILIZATION as far as `gpu_memory` allows, or set MODEL_PATH to"
                " a smaller model.",
                "在 `gpu_memory` 允许的范围内提高 GPU_MEMORY_UTILIZATION，或将 MODEL_PATH 设为更小"
                "的模型。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "kv-too-small",
        "To serve at least one request with the model's max seq len",
        (
            r"To serve at least one request with the models?'?s? max seq len[\s\S]{0,400}?"
            r"estimated maximum model length is (?P<tokens>\d+)",
            r"To serve at least one request with the model",
            r"model's max seq len \(\d+\) is larger than the maximum number of tokens that can be"
            r" stored in KV cache \((?P<tokens>\d+)\)",
        ),
        ("gpu_memory",),
        Said(
            "The window that the model allows needs more KV cache than memory is left for.",
            "模型允许的上下文窗口所需的 KV 缓存超过了剩余显存。",
        ),
        Remedy(
            Said(
                "Start vLLM with a smaller window (`--max-model-len 8192` is enough for us), or"
                " raise GPU_MEMORY_UTILIZATION.",
                "用更小的窗口启动 vLLM（本项目 `--max-model-len 8192` 即够），或提高"
                " GPU_MEMORY_UTILIZATION。",
            )
        ),
        Remedy(
            Said(
                "Start vLLM with `--max-model-len {tokens}` or less.",
                "以 `--max-model-len {tokens}` 或更小的值启动 vLLM。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "max-len",
        "User-specified max_model_len … is greater than the derived max_model_len",
        (
            r"User-specified max_model_len \(\d+\) is greater than the derived max_model_len"
            r" \(\w+=(?P<tokens>\d+)",
            r"User-specified max_model_len [^\n]{0,40}is greater than the derived",
        ),
        ("model",),
        Said("The model has no window of that size.", "该模型不支持这么大的窗口。"),
        Remedy(
            Said(
                "Leave `--max-model-len` out, or lower it to the model's own.",
                "去掉 `--max-model-len`，或降到模型自身的值。",
            )
        ),
        Remedy(
            Said(
                "Lower `--max-model-len` to {tokens} or less.",
                "将 `--max-model-len` 降到 {tokens} 或更小。",
            )
        ),
    ),
    Known(
        "cuda-oom",
        "CUDA out of memory",
        (
            r"CUDA out of memory occurred when warming up",
            r"CUDA out of memory",
            r"CUDA error: out of memory",
        ),
        ("gpu_memory", "stray_engines"),
        Said(
            "The GPU's memory ran out while vLLM worked: another process took it, or the share left"
            " too little beside.",
            "vLLM 运行时显存耗尽：被其他进程占用，或份额之外剩余太少。",
        ),
        _LESS,
    ),
    Known(
        "killed",
        "exit status 137",
        (
            r"exit(?:ed with)?(?: status| code)? (?:137|-9)\b",
            r"\bOut of memory: Killed process \d+",
            r"oom-kill",
            r"died with <Signals\.SIGKILL",
            r"\bSIGKILL\b",
        ),
        ("memory", "stray_engines"),
        Said(
            "The process was killed, as the system does when memory runs out; it had no last"
            " words.",
            "进程被强行终止，通常是系统内存耗尽所致，因此没有留下日志。",
        ),
        Remedy(
            Said(
                "Free memory of the machine, or set MODEL_PATH to a smaller model.",
                "释放内存，或将 MODEL_PATH 设为更小的模型。",
            )
        ),
    ),
    Known(
        "shm",
        "Insufficient space in /dev/shm for shared-memory allocation",
        (
            r"Insufficient space in /dev/shm",
            r"unable to (?:open|mmap|allocate) shared memory",
            r"Bus error[^\n]{0,80}(?:shm|shared memory)",
            r"insufficient shared memory \(shm\)",
        ),
        ("shared_memory",),
        Said(
            "vLLM's processes talk through /dev/shm, 160 MiB for each queue, and it has less.",
            "vLLM 的进程通过 /dev/shm 通信，每个队列需要 160 MiB，而它不够大。",
        ),
        Remedy(
            Said(
                "Enlarge /dev/shm: `--shm-size=2g` for a container, `mount -o remount` else.",
                "扩大 /dev/shm：容器用 `--shm-size=2g`，否则用 `mount -o remount`。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "ulimit",
        "Found ulimit of … and failed to automatically increase",
        (
            r"Found ulimit of \d+ and failed to automatically increase",
            r"\[Errno 24\] Too many open files",
            r"Too many open files",
        ),
        ("open_files",),
        Said(
            "A process may open few files here, and each request takes some.",
            "进程可打开的文件数较少，而每个请求都要占用一些。",
        ),
        Remedy(
            Said(
                "Raise the limit where the server is started (`ulimit -n 65535`).",
                "在启动服务器的地方提高限制（`ulimit -n 65535`）。",
            ),
            "ulimit -n 65535",
        ),
        depth=WARNING,
    ),
    Known(
        "engine-core",
        "Engine core initialization failed. See root cause above.",
        (
            r"Engine core initialization failed",
            r"Engine process failed to start",
            r"EngineCore failed to start",
        ),
        ("engine", "gpu", "gpu_memory", "cuda_libraries", "compiler", "model", "shared_memory"),
        Said(
            "vLLM's inner process ended while it started. This line only says so: the cause stands"
            " above it in the log.",
            "vLLM 的内部进程在启动时退出。这一行只说明结果，原因在日志中更靠上的位置。",
        ),
        Remedy(
            Said(
                "Paste the lines above this one as error_text, too.",
                "请把这一行之前的日志也作为 error_text 提供。",
            )
        ),
        depth=CONSEQUENCE,
    ),
    Known(
        "engine-dead",
        "EngineCore encountered an issue. See stack trace (above) for the root cause.",
        (r"EngineCore encountered an issue", r"EngineDeadError", r"AsyncEngineDeadError"),
        ("engine", "memory", "gpu_memory", "stray_engines"),
        Said(
            "vLLM's inner process died while it served; every further request fails.",
            "vLLM 的内部进程在服务过程中崩溃，之后的请求都会失败。",
        ),
        Remedy(
            Said(
                "Start vLLM again, and paste the lines above this one as error_text.",
                "重新启动 vLLM，并把这一行之前的日志作为 error_text 提供。",
            )
        ),
        depth=CONSEQUENCE,
    ),
)
