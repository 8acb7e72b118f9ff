"""Every setting, its default and its bounds. Nobody else interprets the environment.

`Settings.from_environ` is a pure function of a mapping; the command line hands it the environment
once. A room is given its own part only.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from webis_mcp.errors import SettingsError

EngineChoice = Literal["auto", "embedded", "vllm"]


class Part(BaseModel):
    """The settings of one room. `alias` is a variable's name, `description` its row in the docs."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")


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
    hf_endpoint: str | None = Field(
        default=None,
        alias="HF_ENDPOINT",
        description="Where models are downloaded from instead of the Hugging Face hub.",
    )
    hf_home: str | None = Field(
        default=None,
        alias="HF_HOME",
        description="Folder in which downloaded models are kept.",
    )
    hf_token: SecretStr | None = Field(
        default=None,
        alias="HF_TOKEN",
        description="Token for models that the hub gives to some only.",
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
            if word.partition("=")[0] in OURS:
                raise ValueError(f"{word.partition('=')[0]} is not for you to say here")
        return value


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


class PageSize(Part):
    """The one figure that reading and fetching share."""

    max_page_bytes: int = Field(
        default=10_000_000,
        ge=10_000,
        le=100_000_000,
        alias="WEBIS_MAX_PAGE_BYTES",
        description="Largest page read, in bytes; a fetched one is cut there, refused at twice.",
    )


class ReadingLimits(PageSize):
    """What a page may cost."""

    read_timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        le=600,
        alias="WEBIS_READ_TIMEOUT_SECONDS",
        description="Longest time that reading one page may take; then its reader is ended.",
    )
    workers: int = Field(
        default=2,
        ge=1,
        le=64,
        alias="WEBIS_WORKERS",
        description="Pages read at once, each in a process of its own.",
    )
    worker_memory_bytes: int = Field(
        default=1_500_000_000,
        ge=300_000_000,
        alias="WEBIS_WORKER_MEMORY_BYTES",
        description="Address space a reader may use, where the system can bound it.",
    )


class FetchLimits(PageSize):
    """Whom we ask for a page, how, and what the answer may cost."""

    fetch_timeout_seconds: float = Field(
        default=12.0,
        gt=0,
        le=300,
        alias="WEBIS_FETCH_TIMEOUT_SECONDS",
        description="Longest time for one fetch, redirects and waiting included.",
    )
    stall_timeout_seconds: float = Field(
        default=5.0,
        gt=0,
        le=300,
        alias="WEBIS_STALL_TIMEOUT_SECONDS",
        description="Longest time without a byte from the site, and for each connection to open.",
    )
    max_redirects: int = Field(
        default=5,
        ge=0,
        le=20,
        alias="WEBIS_MAX_REDIRECTS",
        description="Redirects followed in one fetch.",
    )
    allowed_ports: frozenset[int] = Field(
        default=frozenset({80, 443, 8080, 8443}),
        alias="WEBIS_ALLOWED_PORTS",
        description="Ports that a URL may name, separated by commas.",
    )
    allow_private_addresses: bool = Field(
        default=False,
        alias="WEBIS_ALLOW_PRIVATE_ADDRESSES",
        description="Whether pages may come from this machine and from private networks.",
    )
    proxy: SecretStr | None = Field(
        default=None,
        alias="WEBIS_PROXY",
        description="HTTP proxy to fetch through; then the proxy resolves names, and guards them.",
    )
    user_agent_contact: str = Field(
        default="",
        max_length=200,
        pattern=r"^[!-'*-~]*$",
        alias="WEBIS_USER_AGENT_CONTACT",
        description="A URL or mail address told to sites, so that they can reach the operator.",
    )
    ignore_robots: bool = Field(
        default=False,
        alias="WEBIS_IGNORE_ROBOTS",
        description="Whether to fetch what a site's `robots.txt` closes to programs.",
    )
    allow_cookies: bool = Field(
        default=False,
        alias="WEBIS_ALLOW_COOKIES",
        description="Whether a caller may send a `Cookie` header with a fetch.",
    )
    fetches_per_host: int = Field(
        default=2,
        ge=1,
        le=20,
        alias="WEBIS_FETCHES_PER_HOST",
        description="Requests at once to one host.",
    )
    fetches_at_once: int = Field(
        default=20,
        ge=1,
        le=1000,
        alias="WEBIS_FETCHES_AT_ONCE",
        description="Requests at once to all hosts together.",
    )
    cache_seconds: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        alias="WEBIS_CACHE_SECONDS",
        description="How long a fetched page is handed out again without asking the site.",
    )
    cache_bytes: int = Field(
        default=32_000_000,
        ge=0,
        le=4_000_000_000,
        alias="WEBIS_CACHE_BYTES",
        description="Memory for fetched pages; 0 keeps none.",
    )

    @field_validator("allowed_ports", mode="before")
    @classmethod
    def _from_commas(cls, value: object) -> object:
        return _split(value)

    @field_validator("allowed_ports")
    @classmethod
    def _are_ports(cls, value: frozenset[int]) -> frozenset[int]:
        if not all(0 < port < 65_536 for port in value):
            raise ValueError("A port is a number from 1 to 65535")
        return value

    @field_validator("proxy")
    @classmethod
    def _is_http(cls, value: SecretStr | None) -> SecretStr | None:
        place = urlsplit(value.get_secret_value()) if value else None
        if place and not (place.scheme in ("http", "https") and place.hostname and place.port != 0):
            raise ValueError("A proxy has the form http://host:port")
        return value


class KeySettings(Part):
    """Who may call over HTTP."""

    api_keys_file: Path | None = Field(
        default=None,
        alias="WEBIS_API_KEYS_FILE",
        description="The file of API keys; unset: `api_keys.json` here, else in the user's folder.",
    )

    @field_validator("api_keys_file")
    @classmethod
    def _is_absolute(cls, value: Path | None) -> Path | None:
        try:  # a host starts us in a folder of its own, and expands no ~
            return value.expanduser().absolute() if value else None
        except RuntimeError as error:
            raise ValueError(str(error)) from error


class HttpSettings(Part):
    """Where we listen, to whom, and how often."""

    host: str = Field(
        default="127.0.0.1",
        max_length=253,
        alias="WEBIS_HOST",
        description="Address that `webis-mcp serve` listens on; others than loopback need a key.",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65_535,
        alias="WEBIS_PORT",
        description="Port that `webis-mcp serve` listens on; 0 takes a free one.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        alias="WEBIS_ALLOWED_HOSTS",
        description="Names that clients may call the server by, besides those of this machine;"
        " without ports, separated by commas.",
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        alias="WEBIS_ALLOWED_ORIGINS",
        description="Origins whose pages may call the server from a browser, in the form"
        " `https://host:port`, separated by commas.",
    )
    calls_per_minute: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        alias="WEBIS_CALLS_PER_MINUTE",
        description="Calls that one key may make in a minute; 0 sets no bound.",
    )

    @field_validator("allowed_hosts", "allowed_origins", mode="before")
    @classmethod
    def _from_commas(cls, value: object) -> object:
        return _split(value)

    @field_validator("allowed_hosts")
    @classmethod
    def _are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]", name) for name in value):
            raise ValueError("A host is a name or an address, without scheme and port")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"https?://[^/@\s*]+", origin) for origin in value):
            raise ValueError("An origin has the form https://host:port, without a path")
        return value


class LogSettings(Part):
    """What is told to the operator, on stderr or in a file."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING",
        alias="WEBIS_LOG_LEVEL",
        description="Least serious message logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`.",
    )
    log_file: Path | None = Field(
        default=None,
        alias="WEBIS_LOG_FILE",
        description="File for the log instead of stderr; kept to 10 MB and four older ones.",
    )


class Settings(Part):
    """All settings, by room."""

    engine: EngineSettings = Field(default_factory=EngineSettings)
    judging: JudgingSettings = Field(default_factory=JudgingSettings)
    reading: ReadingLimits = Field(default_factory=ReadingLimits)
    fetch: FetchLimits = Field(default_factory=FetchLimits)
    keys: KeySettings = Field(default_factory=KeySettings)
    http: HttpSettings = Field(default_factory=HttpSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that an environment holds; an empty value counts as unset.

        Raises:
            SettingsError: a `WEBIS_` name is unknown, or a value is out of bounds.
        """
        given = {name: value for name, value in environ.items() if value.strip()}
        known = dict(variables())
        for name in given:
            if name.startswith("WEBIS_") and name not in known:
                raise SettingsError(f"{name} is not a setting.", hint=_nearest(name, known))
        parts: dict[str, Any] = {}  # values are still strings here; pydantic types them
        for room, field in cls.model_fields.items():
            part = field.annotation
            assert part is not None  # noqa: S101 - every field above is annotated
            names = {f.alias for f in part.model_fields.values()}
            try:
                parts[room] = part.model_validate({k: given[k] for k in names if k in given})
            except ValidationError as error:
                raise _out_of_bounds(error) from error
        return cls(**parts)


def config_home(environ: Mapping[str, str]) -> Path:
    """The folder that holds a user's configuration of all programs, going by an environment."""
    named = Path(environ.get("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME", ""))
    if named.is_absolute():  # a relative one counts as unset, says the XDG specification
        return named
    home = Path(environ.get("USERPROFILE" if sys.platform == "win32" else "HOME") or os.sep)
    return home / ("AppData/Roaming" if sys.platform == "win32" else ".config")


def _split(value: object) -> object:
    """The parts of a value that is a list with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def variables() -> Iterator[tuple[str, Any]]:
    """Every variable with its field: what the docs' table is made of."""
    for room in Settings.model_fields.values():
        part = room.annotation
        assert part is not None  # noqa: S101 - as above
        for field in part.model_fields.values():
            yield str(field.alias), field


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(sorted(known))}."


def _out_of_bounds(error: ValidationError) -> SettingsError:
    first = error.errors()[0]
    name = str(first["loc"][0])
    value = re.sub(r"//[^/@]*@", "//…@", str(first["input"]))  # a proxy's password is not for logs
    return SettingsError(f"{name}={value!r} will not do.", hint=f"{first['msg']}.")
