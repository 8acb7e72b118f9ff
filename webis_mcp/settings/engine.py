"""Who judges: vLLM's life, its models, and how it is asked."""

from __future__ import annotations

import shlex
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from webis_mcp.settings.parts import Part

EngineChoice = Literal["auto", "embedded", "vllm"]

OURS = ("--port", "--host", "--uds", "--api-key", "--served-model-name", "--headless", "--config")
"""What we tell vLLM ourselves, so that nobody but us can ask it."""


class EngineSettings(Part):
    """Who judges, and with what."""

    engine: EngineChoice = Field(
        default="auto",
        alias="WEBIS_ENGINE",
        description="Engine used where a call does not name one: `auto`, `embedded` or `vllm`.",
    )
    vllm_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s@?#]+$",
        alias="WEBIS_VLLM_URL",
        description="An OpenAI-compatible server to ask; then none is started here.",
    )
    vllm_key: SecretStr | None = Field(
        default=None,
        alias="WEBIS_VLLM_KEY",
        description="The key that the server at `WEBIS_VLLM_URL` wants.",
    )
    model_path: str | None = Field(
        default=None,
        alias="MODEL_PATH",
        description="Model that vLLM serves, a name or a folder; unset, by the free GPU memory.",
    )
    gpu_memory_utilization: float | None = Field(
        default=None,
        gt=0,
        le=1,
        alias="GPU_MEMORY_UTILIZATION",
        description="Part of the GPU's memory that vLLM takes; unset, 0.9 or what is free.",
    )
    cuda_visible_devices: str | None = Field(
        default=None,
        alias="CUDA_VISIBLE_DEVICES",
        description="GPUs that vLLM sees, by number or UUID, separated by commas.",
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        alias="DEVICE",
        description="What vLLM runs on: `auto`, `cuda`, `cuda:N` or `cpu`.",
    )
    compiler: str | None = Field(
        default=None,
        alias="CC",
        description="C compiler with which vLLM's Triton builds; unset: `gcc` or `clang`.",
    )
    vllm_command: str | None = Field(
        default=None,
        alias="WEBIS_VLLM_COMMAND",
        description="The `vllm` command; unset, that of our environment, else that on `PATH`.",
    )
    vllm_args: str = Field(
        default="",
        alias="WEBIS_VLLM_ARGS",
        description="Further words for `vllm serve`, quoted as in a shell.",
    )
    max_model_len: int | None = Field(
        default=None,
        ge=1024,
        alias="WEBIS_MAX_MODEL_LEN",
        description="Tokens that a prompt and its answer may have; unset, what fits model and GPU.",
    )
    tensor_parallel_size: int = Field(
        default=1,
        ge=1,
        alias="WEBIS_TENSOR_PARALLEL_SIZE",
        description="GPUs that each layer of the model is spread over.",
    )
    pipeline_parallel_size: int = Field(
        default=1,
        ge=1,
        alias="WEBIS_PIPELINE_PARALLEL_SIZE",
        description="Groups of layers, each on GPUs of its own.",
    )
    data_parallel_size: int = Field(
        default=1,
        ge=1,
        alias="WEBIS_DATA_PARALLEL_SIZE",
        description="Copies of the model, each on GPUs of its own.",
    )
    start_timeout_seconds: float = Field(
        default=600.0,
        gt=0,
        le=86_400,
        alias="WEBIS_START_TIMEOUT_SECONDS",
        description="Longest time that vLLM may take to start; a download of the model counts.",
    )
    engine_idle_seconds: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        alias="WEBIS_ENGINE_IDLE_SECONDS",
        description="How long vLLM stays when the last server that uses it has ended.",
    )
    runtime_folder: str | None = Field(
        default=None,
        alias="WEBIS_RUNTIME_FOLDER",
        description="Folder for the engine's socket and log; unset, one of the user's own.",
    )

    def vllm_words(self) -> tuple[str, ...]:
        """The further words for vLLM, one by one."""
        return tuple(shlex.split(self.vllm_args))

    @field_validator("vllm_args")
    @classmethod
    def _are_not_ours(cls, value: str) -> str:
        for word in shlex.split(value):
            option = word.partition("=")[0].replace("_", "-")  # vLLM takes either
            if option[2:] and any(ours.startswith(option) for ours in OURS):  # and a beginning
                raise ValueError(f"{option} is not for you to say here")
        return value


class HubSettings(Part):
    """Where vLLM gets a model from, and by which way. They are handed to it as they are."""

    endpoint: str = Field(
        default="https://huggingface.co",
        alias="HF_ENDPOINT",
        description="The hub that models come from, or a mirror of it.",
    )
    home: str | None = Field(
        default=None,
        alias="HF_HOME",
        description="Folder where models are kept; unset: `~/.cache/huggingface`.",
    )
    token: SecretStr | None = Field(
        default=None,
        alias="HF_TOKEN",
        description="Token for models that the hub gives to some only. Never shown.",
    )
    hub_offline: str | None = Field(
        default=None,
        alias="HF_HUB_OFFLINE",
        description="`1`: take models from the folder only, ask no hub.",
    )
    transformers_offline: str | None = Field(
        default=None,
        alias="TRANSFORMERS_OFFLINE",
        description="The same under an earlier name.",
    )
    http_proxy: SecretStr | None = Field(
        default=None,
        alias="HTTP_PROXY",
        description="Proxy for http, also as `http_proxy`: for models only, pages never use it.",
    )
    https_proxy: SecretStr | None = Field(
        default=None, alias="HTTPS_PROXY", description="The same for https."
    )
    all_proxy: SecretStr | None = Field(
        default=None, alias="ALL_PROXY", description="The same for both."
    )
    no_proxy: str | None = Field(
        default=None,
        alias="NO_PROXY",
        description="Hosts that are reached without a proxy, separated by commas.",
    )


class JudgingSettings(Part):
    """How a model is asked about pages."""

    profile: Literal["generic", "webis-1.5b", "mineru-html-v1.0"] = Field(
        default="generic",
        alias="WEBIS_PROFILE",
        description="How the model wants to be asked: `generic` (any instruct model),"
        " `webis-1.5b` or `mineru-html-v1.0`.",
    )
    timeout_seconds: float = Field(
        default=20.0,
        gt=0,
        le=3600,
        alias="WEBIS_VLLM_TIMEOUT_SECONDS",
        description="Longest time that a model may take over one page.",
    )
    requests_at_once: int = Field(
        default=32,
        ge=1,
        le=4096,
        alias="WEBIS_VLLM_REQUESTS_AT_ONCE",
        description="Requests at once to the server that holds the model.",
    )
