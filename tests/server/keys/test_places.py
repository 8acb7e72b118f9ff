"""Where the environment puts the key file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from webis_mcp.errors import SettingsError
from webis_mcp.settings import Settings, config_home

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows names other variables")


def key_file(value: str) -> Path | None:
    return Settings.from_environ({"WEBIS_API_KEYS_FILE": value}).keys.api_keys_file


def test_a_key_file_that_is_set_does_not_move_with_the_working_directory() -> None:
    assert key_file("mine.json") == Path.cwd() / "mine.json"
    assert key_file("~/mine.json") == Path.home() / "mine.json"
    assert key_file(" ") is None


@posix
def test_a_home_that_nobody_has_will_not_do() -> None:
    with pytest.raises(SettingsError, match="WEBIS_API_KEYS_FILE"):
        key_file("~nobody-has-this-name/mine.json")


@posix
@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/home/ada"}, "/home/ada/.config"),
        ({"HOME": "/home/ada", "XDG_CONFIG_HOME": "/etc/ada"}, "/etc/ada"),
        ({"HOME": "/home/ada", "XDG_CONFIG_HOME": "relative"}, "/home/ada/.config"),
        ({}, "/.config"),  # as for a container's user without an entry
    ],
)
def test_the_users_configuration_folder(environ: dict[str, str], folder: str) -> None:
    assert config_home(environ) == Path(folder)
