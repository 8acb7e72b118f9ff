"""Messages about getting a model: the hub, the way to it, its files."""

from __future__ import annotations

from webis_mcp.service.diagnosis.messages.known import CAUSE, WARNING, Known
from webis_mcp.service.diagnosis.model import Remedy, Said

_WHOLE = Remedy(Said("Download or copy the whole model again.", "重新下载或复制完整的模型。"))

MESSAGES = (
    Known(
        "hf-unreachable",
        "We couldn't connect to … to load the files",
        (
            r"We couldn't connect to '[^']{1,200}' to load",
            r"(?:HTTPS?ConnectionPool|MaxRetryError)[^\n]{0,200}(?:huggingface|hf-mirror|hf\.co)",
            r"(?:huggingface\.co|hf-mirror\.com|hf\.co)[^\n]{0,200}"
            r"(?:timed out|Max retries|unreachable|refused|Name or service not known"
            r"|getaddrinfo failed|Temporary failure in name resolution)",
            r"LocalEntryNotFoundError: An error happened while trying to locate",
            r"An error happened while trying to locate the files? on the Hub",
            r"Connection error, and we cannot find the requested files in the"
            r" (?:disk cache|cached path)",
            r"Can't load the configuration of '[^']{1,200}'\. If you were trying to load it from"
            r" 'https",
            r"(?:huggingface_hub|transformers)[\s\S]{0,800}"
            r"(?:ConnectError|ConnectTimeout|ConnectionError|ProxyError)",
        ),
        ("hub", "model", "certificates", "clock"),
        Said(
            "The model has to be downloaded, and the hub cannot be reached from here.",
            "需要下载模型，但从这里无法访问 hub。",
        ),
        Remedy(
            Said(
                "Set HTTPS_PROXY if the web needs a proxy here (in WSL: with the address of"
                " Windows, not 127.0.0.1), or HF_ENDPOINT to a mirror, or MODEL_PATH to a folder.",
                "如果上网需要代理，请设置 HTTPS_PROXY（WSL 中用 Windows 的地址，而非 127.0.0.1）；"
                "或将 HF_ENDPOINT 设为镜像；或将 MODEL_PATH 设为本地文件夹。",
            )
        ),
    ),
    Known(
        "hf-offline",
        "outgoing traffic has been disabled",
        (
            r"outgoing traffic has been disabled",
            r"OfflineModeIsEnabled",
            r"[Oo]ffline mode is enabled",
        ),
        ("model", "hub"),
        Said(
            "HF_HUB_OFFLINE is set, and the model is not kept here.",
            "设置了 HF_HUB_OFFLINE，但本地没有该模型。",
        ),
        Remedy(
            Said(
                "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE for one start, or copy the model"
                " here.",
                "取消 HF_HUB_OFFLINE 和 TRANSFORMERS_OFFLINE 后启动一次，或把模型复制到本机。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "hf-gated",
        "You are trying to access a gated repo",
        (
            r"You are trying to access a gated repo",
            r"GatedRepoError",
            r"Cannot access gated repo",
            r"you are not in the authorized list",
            r"Access to model \S+ is restricted",
        ),
        ("model",),
        Said(
            "The hub gives this model only to accounts that asked for it.",
            "hub 只向申请过的账号提供该模型。",
        ),
        Remedy(
            Said(
                "Ask for access on the model's page, and set HF_TOKEN to a token of that account.",
                "在模型页面申请访问权限，并将 HF_TOKEN 设为该账号的令牌。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "hf-missing",
        "is not a local folder and is not a valid model identifier",
        (
            r"is not a local folder and is not a valid model identifier",
            r"RepositoryNotFoundError",
            r"Repository Not Found for url",
        ),
        ("model",),
        Said(
            "There is no model of that name on the hub, or the token may not see it.",
            "hub 上没有这个名称的模型，或令牌无权查看。",
        ),
        Remedy(
            Said(
                "Correct MODEL_PATH: NAMESPACE/NAME as on the hub, or an absolute path.",
                "请更正 MODEL_PATH：hub 上的 NAMESPACE/NAME，或绝对路径。",
            )
        ),
    ),
    Known(
        "model-path",
        "Repo id must be in the form 'repo_name' or 'namespace/repo_name'",
        (
            r"Repo id must be in the form",
            r"Repo id must use alphanumeric chars",
            r"Invalid repository ID or local directory specified",
        ),
        ("model",),
        Said(
            "MODEL_PATH looks like a folder, and there is no model in it.",
            "MODEL_PATH 看起来是文件夹，但其中没有模型。",
        ),
        Remedy(
            Said(
                "Set MODEL_PATH to the absolute path of the folder that holds config.json.",
                "将 MODEL_PATH 设为直接包含 config.json 的文件夹的绝对路径。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "no-weights",
        "Cannot find any model weights with",
        (r"Cannot find any model weights with",),
        ("model", "disk"),
        Said("The model's folder has no weights.", "模型文件夹中没有权重。"),
        _WHOLE,
        depth=CAUSE,
    ),
    Known(
        "cut-off-weights",
        "Error while deserializing header: incomplete metadata, file not fully covered",
        (
            r"Error while deserializing header",
            r"SafetensorError",
            r"Consistency check failed: file should be of size",
        ),
        ("model", "disk"),
        Said(
            "A file of weights is cut off, mostly by a download that broke.",
            "权重文件不完整，多因下载中断。",
        ),
        _WHOLE,
        depth=CAUSE,
    ),
    Known(
        "tokenizer",
        "IndexError: index out of range in self",
        (r"index out of range in self", r"device-side assert triggered"),
        ("model",),
        Said(
            "The tokenizer has words that the model has not.",
            "tokenizer 中有模型不认识的词。",
        ),
        Remedy(
            Said(
                "Put the tokenizer that came with this model into its folder.",
                "将该模型自带的 tokenizer 放入其文件夹。",
            )
        ),
    ),
    Known(
        "disk",
        "No space left on device",
        (
            r"No space left on device",
            r"\[Errno 28\]",
            r"Not enough free disk space to download the file",
        ),
        ("disk", "shared_memory"),
        Said("A disk is full.", "磁盘已满。"),
        Remedy(
            Said(
                "Free space, or set HF_HOME to a folder on a larger disk.",
                "腾出空间，或将 HF_HOME 设为更大磁盘上的文件夹。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "certificate",
        "certificate verify failed",
        (r"certificate verify failed", r"CERTIFICATE_VERIFY_FAILED", r"SSLCertVerificationError"),
        ("certificates", "clock"),
        Said(
            "The hub's certificate is not trusted: a proxy opens TLS, or the clock is wrong.",
            "hub 的证书不受信任：代理解密了 TLS，或时钟不准。",
        ),
        Remedy(
            Said(
                "Set SSL_CERT_FILE to the authority of the proxy, or set the clock.",
                "将 SSL_CERT_FILE 设为代理的 CA 证书，或校准时钟。",
            )
        ),
        depth=CAUSE,
    ),
    Known(
        "proxy",
        "407 Proxy Authentication Required",
        (
            r"407 Proxy Authentication Required",
            r"Cannot connect to proxy",
            r"Unable to connect to proxy",
            r"ProxyError\b",
        ),
        ("hub",),
        Said(
            "The proxy that is set does not answer, or wants a password.",
            "所设的代理没有响应，或需要密码。",
        ),
        Remedy(
            Said(
                "Correct HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT.",
                "请更正 HTTPS_PROXY：http://USER:PASSWORD@HOST:PORT。",
            )
        ),
    ),
    Known(
        "hf-rate",
        "429 Client Error: Too Many Requests",
        (r"429 Client Error", r"429 Too Many Requests"),
        ("hub",),
        Said("The hub is asked too often from here.", "对 hub 的请求过于频繁。"),
        Remedy(Said("Wait some minutes, and set HF_TOKEN.", "等待几分钟，并设置 HF_TOKEN。")),
        depth=WARNING,
    ),
)
