"""How we are called: keys, HTTP, and what is told to the operator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from webis_mcp.settings.parts import Part, split


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
        return split(value)

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
