"""Messages about serving: keys, ports, limits of a request, empty answers, package locks."""

from __future__ import annotations

from webis_mcp.service.diagnosis.messages.known import CAUSE, CONSEQUENCE, Known
from webis_mcp.service.diagnosis.model import Remedy, Said

MESSAGES = (
    Known(
        "unauthorized",
        "401 Unauthorized",
        (
            r"\b401 [^\n]{0,20}Unauthorized",
            r"\bstatus(?:_code)?['\"]?[ =:]{1,3}401\b",
            r"Unauthorized[^\n]{0,20}\b401\b",
            r"(?:[Ii]nvalid|[Mm]issing)(?: or (?:invalid|missing))? API key",
            r"\bHTTP(?:/[\d.]+)? 401\b",
        ),
        ("keys",),
        Said(
            "The request came without a key, or with one that is not valid (any more).",
            "请求没有带密钥，或密钥无效（或已失效）。",
        ),
        Remedy(
            Said(
                "Make a key, and send it from the client as `Authorization: Bearer KEY` (or"
                " `X-API-Key: KEY`).",
                "创建一个密钥，并由客户端以 `Authorization: Bearer KEY`"
                "（或 `X-API-Key: KEY`）发送。",
            ),
            "webis-mcp keys add laptop",
        ),
        depth=CONSEQUENCE,
    ),
    Known(
        "empty",
        "The model gives no output, or an empty string",
        (
            r"\bno (?:model )?output\b",
            r"\bempty (?:string|output|response|answer|text)\b",
            r"['\"]text['\"]: ?\[ ?['\"]['\"] ?\]",
            r"['\"]content['\"]: ?['\"]['\"]",
            r"['\"]?finish_reason['\"]?[ :=]{1,3}['\"]?length",
            r"模型(?:没有|无)输出|空字符串|输出为空",
        ),
        ("answers", "engine"),
        Said(
            "The answer was cut off by max_tokens or by the model's window, or ended at a stop word"
            " at once.",
            "回答被 max_tokens 或模型窗口截断，或一开始就遇到停止词。",
        ),
        Remedy(
            Said(
                "Raise max_tokens, or send less of the page; `answers` says which, with the"
                " number.",
                "提高 max_tokens，或减少发送的页面内容；`answers` 一项会说明是哪一个以及数值。",
            )
        ),
        depth=CONSEQUENCE,
    ),
    Known(
        "apt-lock",
        "Could not get lock /var/lib/dpkg/lock-frontend",
        (
            r"Could not get lock /var/(?:lib|cache)/\S+",
            r"Unable to acquire the dpkg frontend lock",
            r"Unable to lock (?:the administration )?directory \(?/var/\S*",
            r"dpkg (?:frontend |status database )?(?:lock )?(?:is|was) locked by another",
            r"Waiting for cache lock",
        ),
        ("package_locks",),
        Said(
            "Another installer is at work, often the system's own updates after a start.",
            "另一个安装进程正在运行，常见的是开机后的系统自动更新。",
        ),
        Remedy(
            Said(
                "Wait until it is through; `package_locks` says who it is. Never delete the lock.",
                "请等待其结束；`package_locks` 会说明是哪个进程。切勿删除锁文件。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "port",
        "Address already in use",
        (
            r"bind on address \('(?P<host>[^']{1,60})', (?P<port>\d{1,5})[^\n]{0,60}"
            r"address already in use",
            r"[Aa]ddress already in use(?:[^\n]{0,80}?:(?P<port>\d{2,5})\b)?",
            r"\[Errno (?:98|48)\]",
            r"\[WinError 10048\]",
        ),
        ("port", "stray_engines"),
        Said("Another process listens on that port.", "该端口已被另一个进程监听。"),
        Remedy(
            Said(
                "Choose another port, or stop the process that has it.",
                "换一个端口，或停止占用它的进程。",
            )
        ),
        Remedy(
            Said(
                "Choose another port than {port}, or stop the process that has it.",
                "换用 {port} 以外的端口，或停止占用它的进程。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "prompt-too-long",
        "This model's maximum context length is … tokens",
        (
            r"maximum context length is (?P<window>\d+) tokens",
            r"longer than the maximum model length of (?P<window>\d+)",
            r"Input prompt \(\d+ tokens\) is too long and exceeds limit of (?P<window>\d+)",
        ),
        ("answers",),
        Said("The prompt does not fit into the model's window.", "提示词超出了模型的窗口。"),
        Remedy(
            Said(
                "Send a shorter page, or start vLLM with a larger `--max-model-len`.",
                "发送更短的页面，或以更大的 `--max-model-len` 启动 vLLM。",
            )
        ),
        Remedy(
            Said(
                "Send less than {window} tokens, or start vLLM with a larger `--max-model-len`.",
                "发送少于 {window} 个 token，或以更大的 `--max-model-len` 启动 vLLM。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "max-tokens",
        "max_tokens=… cannot be greater than max_model_len=…",
        (
            r"max_tokens=\d+ ?cannot be greater than max_model_len=(?:max_total_tokens=)?"
            r"(?P<window>\d+)",
            r"max_tokens[^\n]{0,40}cannot be greater than max_model_len",
        ),
        ("answers",),
        Said(
            "max_tokens is larger than the model's whole window.",
            "max_tokens 大于模型的整个窗口。",
        ),
        Remedy(Said("Lower max_tokens.", "调低 max_tokens。")),
        Remedy(
            Said(
                "Pass a max_tokens below {window}, less the prompt.",
                "传入小于 {window} 减去提示词长度的 max_tokens。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "model-name",
        "The model … does not exist",
        (r"The model `[^`\n]{1,200}` does not exist",),
        ("engine",),
        Said(
            "The server at WEBIS_VLLM_URL serves a model of another name.",
            "WEBIS_VLLM_URL 的服务器提供的是另一个名称的模型。",
        ),
        Remedy(
            Said(
                "Set MODEL_PATH to the name that the server gives under /v1/models.",
                "将 MODEL_PATH 设为该服务器 /v1/models 列出的名称。",
            )
        ),
        depth=CAUSE,
    ),
)
