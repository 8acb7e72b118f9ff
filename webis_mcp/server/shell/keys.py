"""The command `keys`: makes, lists, revokes and converts API keys.

A new key goes to standard output, once and alone; everything else that is told goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from webis_mcp.errors import InvalidInput
from webis_mcp.server.keys.file import changing, keep_copy, read_keys
from webis_mcp.server.keys.form import PREFIX, digest_of, id_of, new_key
from webis_mcp.server.keys.keyring import remarks_on
from webis_mcp.server.keys.record import (
    ALL,
    LAST_YEAR,
    NAME_LENGTH,
    SCOPES_OF_PLAIN,
    Record,
    Scope,
    is_printable,
    told,
)

SCOPES = tuple(scope.value for scope in Scope)

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_SPAN = re.compile(r"([1-9][0-9]{0,5})([hdw])")

HOW_TO_USE = """\
It is shown this once. A client sends it as a header:
  Authorization: Bearer KEY      or      X-API-Key: KEY
For example: claude mcp add --transport http webis http://127.0.0.1:8000/mcp \\
  --header "Authorization: Bearer KEY"
"""

MAKE_ONE = "Make one: webis-mcp keys add NAME"


def add_commands(keys: argparse.ArgumentParser) -> None:
    """Gives the command its own commands."""
    commands = keys.add_subparsers(dest="keys_command", metavar="COMMAND", required=True)

    add = commands.add_parser("add", help="make a key; it is printed once")
    add.add_argument("name", help="whose it is, for the list and the log")
    add.add_argument("--scopes", help=f"some of {','.join(SCOPES)}; default: all")
    add.add_argument(
        "--expires",
        metavar="WHEN",
        help="30d, 12h, 4w, or the last day it is good, 2026-12-31 (UTC); default: never",
    )
    add.set_defaults(work=_add)

    listed = commands.add_parser("list", help="the keys: who, what for, until when; no secrets")
    listed.add_argument("--json", action="store_true", help="as JSON")
    listed.set_defaults(work=_list)

    revoke = commands.add_parser("revoke", help="close a key for good, within a second")
    revoke.add_argument("key", metavar="NAME|ID")
    revoke.set_defaults(work=_revoke)

    migrate = commands.add_parser("migrate", help="replace keys in the clear by their digests")
    migrate.add_argument("file", nargs="?", metavar="FILE", help="default: the file in use")
    migrate.add_argument("--scopes", help="what they may do; default: all but fetch")
    migrate.add_argument(
        "--backup", action="store_true", help="keep a copy, with the keys in the clear"
    )
    migrate.set_defaults(work=_migrate)


def run_keys(
    arguments: argparse.Namespace, path: Path, *, now: Callable[[], float] = time.time
) -> int:
    """Does what was asked with the keys in a file; returns the exit code.

    Raises:
        InvalidInput: a name, a scope or a date will not do.
        SettingsError: the file cannot be read or written.
    """
    code: int = arguments.work(arguments, path, now())
    return code


def until(when: str, now: float) -> float:
    """The moment at which a key expires.

    Raises:
        InvalidInput: that is no time, or none to come.
    """
    try:
        if span := _SPAN.fullmatch(when):
            end = datetime.fromtimestamp(int(now), UTC) + int(span[1]) * _UNITS[span[2]]
        else:
            day = datetime.combine(date.fromisoformat(when), datetime.min.time(), UTC)
            end = day + timedelta(days=1)
    except (ValueError, OverflowError):
        raise _no_time(when) from None
    if end.year > LAST_YEAR:
        raise _no_time(when)
    if end.timestamp() <= now:
        raise InvalidInput(f"{when} is over.", hint="Name a day to come.")
    return end.timestamp()


def _no_time(when: str) -> InvalidInput:
    return InvalidInput(f"{when!a} is no time.", hint="Write 30d, 12h, 4w, or a day: 2026-12-31.")


def _add(arguments: argparse.Namespace, path: Path, now: float) -> int:
    _refuse_odd(arguments.name)
    key = new_key()
    record = Record(
        id=id_of(key),
        name=arguments.name,
        digest=digest_of(key),
        scopes=_scopes(arguments.scopes, ALL),
        created=now,
        expires=until(arguments.expires, now) if arguments.expires else None,
    )
    with changing(path) as records:
        _refuse_plain(records, path)
        if any(known.name == record.name and known.revoked is None for known in records):
            raise InvalidInput(
                f"There is a key named {record.name!r}.",
                hint=f"Choose another, or: webis-mcp keys revoke {shlex.quote(record.name)}",
            )
        records.append(record)
    sys.stdout.write(f"{key}\n")
    sys.stdout.flush()
    _say(
        f"Key {record.id} of {record.name!r} may {_words(record.scopes)}; it expires"
        f" {told(record.expires) or 'never'}.\nIts digest is in {path}.\n{HOW_TO_USE}".rstrip()
    )
    return 0


def _list(arguments: argparse.Namespace, path: Path, now: float) -> int:
    records = read_keys(path) or ()
    rows = [_row(record, now) for record in records]
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    elif rows:
        sys.stdout.write(_table(rows))
    sys.stdout.flush()
    _say(f"{len(rows)} in {path}" if rows else f"No keys in {path}. {MAKE_ONE}")
    for remark in remarks_on(records, path):
        _say(remark)
    return 0


def _revoke(arguments: argparse.Namespace, path: Path, now: float) -> int:
    with changing(path) as records:
        _refuse_plain(records, path)
        place = _place_of(arguments.key, records)
        known = records[place]
        if known.revoked is None:
            records[place] = replace(known, revoked=now)
    when = "now" if known.revoked is None else f"since {told(known.revoked)}"
    _say(
        f"Key {known.id} of {known.name!r} is revoked {when}. A server refuses it within a second."
    )
    return 0


def _migrate(arguments: argparse.Namespace, path: Path, now: float) -> int:
    path = Path(arguments.file).absolute() if arguments.file else path
    scopes = _scopes(arguments.scopes, SCOPES_OF_PLAIN)
    if not path.exists():
        raise InvalidInput(f"There is no file {path}.", hint="Name the file with the old keys.")
    with changing(path) as records:
        before = tuple(records)
        copy = keep_copy(path) if arguments.backup else None
        records[:] = [
            replace(record, scopes=scopes, created=now) if record.plain else record
            for record in before
        ]
    plain = [record for record in before if record.plain]
    _say(f"{len(plain)} of {len(before)} keys in {path} were in the clear; now none is.")
    if plain:
        _say(f"They work as before, and may {_words(scopes)}.")
    for remark in remarks_on(tuple(replace(record, plain=False) for record in before), path):
        _say(remark)
    if copy:
        _say(f"{copy} holds them in the clear: delete it when you can.")
    return 0


def _scopes(given: str | None, default: frozenset[Scope]) -> frozenset[Scope]:
    if given is None:
        return default
    names = [name.strip() for name in given.split(",")]
    if odd := [name for name in names if name not in SCOPES]:
        raise InvalidInput(f"{odd[0]!a} is no scope.", hint=f"There are: {', '.join(SCOPES)}.")
    return frozenset(map(Scope, names))


def _refuse_odd(name: str) -> None:
    if name.startswith(PREFIX):  # pasted by mistake; a name is shown everywhere
        raise InvalidInput("That is a key, not a name for one.", hint="Say whose key it will be.")
    if not 0 < len(name) <= NAME_LENGTH or not is_printable(name):
        raise InvalidInput(
            f"{name[:NAME_LENGTH]!a} is no name for a key.",
            hint=f"Use 1 to {NAME_LENGTH} characters that can be printed.",
        )


def _refuse_plain(records: Iterable[Record], path: Path) -> None:
    """A program that still reads the old form could not read what we would write."""
    if any(record.plain for record in records):
        raise InvalidInput(
            f"{path} holds keys in the clear.",
            hint=f"First: webis-mcp keys migrate {shlex.quote(str(path))}",
        )


def _place_of(wanted: str, records: Sequence[Record]) -> int:
    """The one key that is meant: by id, else by name, those that are not revoked first."""
    by_id = [place for place, record in enumerate(records) if record.id == wanted]
    by_name = [place for place, record in enumerate(records) if record.name == wanted]
    open_ones = [place for place in by_name if records[place].revoked is None]
    found = by_id or open_ones or by_name[-1:]
    if not found:
        raise InvalidInput("There is no key of that name or id.", hint="See: webis-mcp keys list")
    if len(found) > 1:
        ids = ", ".join(records[place].id for place in found)
        raise InvalidInput(f"{len(found)} keys are named so: {ids}.", hint="Name one by its id.")
    return found[0]


def _row(record: Record, now: float) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "scopes": [name for name in SCOPES if name in record.scopes],
        "created": told(record.created),
        "expires": told(record.expires),
        "revoked": told(record.revoked),
        "state": record.state(now).value,
    }


def _table(rows: Sequence[dict[str, Any]]) -> str:
    columns = ("id", "name", "scopes", "created", "expires", "state")
    lines = [columns, *(tuple(_cell(row[column]) for column in columns) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def _cell(value: str | list[str] | None) -> str:
    return ",".join(value) if isinstance(value, list) else value or "-"


def _words(scopes: frozenset[Scope]) -> str:
    return ", ".join(name for name in SCOPES if name in scopes)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
