"""How the key file stands, for the report on the environment."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from webis_mcp.errors import SettingsError
from webis_mcp.server.keys.file import read_keys
from webis_mcp.server.keys.record import State
from webis_mcp.service.diagnosis.model import KeysSeen


def keys_seen(path: Path, *, http: bool) -> KeysSeen:
    """What a look at the file finds; it raises nothing.

    Args:
        http: whether the server that looks is reached over HTTP.
    """
    try:
        records = read_keys(path)
    except SettingsError as error:
        return KeysSeen(str(path), exists=True, http=http, mode=_mode(path), trouble=str(error))
    if records is None:
        return KeysSeen(str(path), exists=False, http=http)
    states = [record.state(time.time()) for record in records]
    return KeysSeen(
        str(path),
        exists=True,
        http=http,
        mode=_mode(path),
        valid=states.count(State.USABLE),
        expired=states.count(State.EXPIRED),
        revoked=states.count(State.REVOKED),
        plain=sum(record.plain for record in records),
    )


def _mode(path: Path) -> int | None:
    """The permissions of a file; `None` where there are none, or no file."""
    if sys.platform == "win32":
        return None
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None
