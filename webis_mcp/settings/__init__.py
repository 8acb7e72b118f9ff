"""Every setting, its default and its bounds. Nobody else interprets the environment.

`Settings.from_environ` is a pure function of a mapping; the command line hands it the environment
once. A room is given its own part only.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from webis_mcp.errors import SettingsError
from webis_mcp.settings.engine import EngineSettings, HubSettings, JudgingSettings
from webis_mcp.settings.pages import FetchLimits, PageSize, ReadingLimits
from webis_mcp.settings.parts import Part
from webis_mcp.settings.serving import HttpSettings, KeySettings, LogSettings

__all__ = [
    "EngineSettings",
    "FetchLimits",
    "HttpSettings",
    "HubSettings",
    "JudgingSettings",
    "KeySettings",
    "LogSettings",
    "PageSize",
    "ReadingLimits",
    "Settings",
    "config_home",
    "variables",
]

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Settings(Part):
    """All settings, by room."""

    engine: EngineSettings = Field(default_factory=EngineSettings)
    hub: HubSettings = Field(default_factory=HubSettings)
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
        given = _with_proxies({name: value for name, value in environ.items() if value.strip()})
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


def _with_proxies(given: dict[str, str]) -> dict[str, str]:
    """Proxies are mostly named in lower case, which goes before upper case elsewhere too."""
    lower = {name: value for name, value in given.items() if name in PROXIES}
    return given | {name.upper(): value for name, value in lower.items()}


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
