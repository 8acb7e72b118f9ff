"""The file that keeps the keys: where it lies, who may touch it, how it is changed whole.

A change is written beside the file and renamed over it, so a reader sees the old or the new text
and never a part. Knows nothing of how a key is checked.
"""

from __future__ import annotations

import os
import shlex
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webis_mcp.errors import Busy, SettingsError
from webis_mcp.server.keys.record import Malformed, Record, Records, read_records, write_records
from webis_mcp.system import is_ours, is_private, sync_folder, try_lock

FILE_NAME = "api_keys.json"

LARGEST = 4_000_000
"""Bytes; some ten thousand keys. A file that is larger is something else."""

PATIENCE = 10.0
"""Seconds. A change takes some milliseconds; whoever holds the lock that long is stuck."""

Stamp = tuple[int, ...]
"""Tells one state of a file from another; empty where there is none."""


def keys_path(setting: Path | None, cwd: Path, config_home: Path) -> Path:
    """Where the keys are: as set, else in the working directory as the predecessor had them, if
    they are there, else in the user's configuration folder."""
    if setting is not None:
        return setting
    beside = cwd / FILE_NAME
    return beside if beside.exists() else config_home / "webis-mcp" / FILE_NAME


def stamp_of(path: Path) -> Stamp:
    """The state that a file is in."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return ()
    return (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


def read_keys(path: Path) -> Records | None:
    """The keys in a file; None where there is no file.

    Raises:
        SettingsError: it cannot be read, others may read or write it, or it is no list of keys.
    """
    try:
        text = _read(path)
        return None if text is None else read_records(text)
    except Malformed as error:
        raise SettingsError(
            f"{path} is no key file: {error}.", hint="Correct that, or put back what was there."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}.", hint="Look at its place and its owner."
        ) from error


@contextmanager
def changing(path: Path, *, patience: float = PATIENCE) -> Iterator[list[Record]]:
    """The keys in a file, to be changed in place; they are written unless something is raised.

    Raises:
        SettingsError: the file cannot be read or written.
        Busy: another command has been changing it for too long.
    """
    path = path.resolve()  # a link stays one: what it leads to is replaced
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _one_writer(path, patience):
            records = list(read_keys(path) or ())
            yield records
            text = write_records(records)
            read_records(text.encode())  # what no server would read is never written
            _write(path, text)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}.",
            hint="It is as it was. Make room or name another place by WEBIS_API_KEYS_FILE.",
        ) from error


def keep_copy(path: Path) -> Path:
    """A copy beside a file, as private as the file, keys in the clear included.

    Raises:
        SettingsError: there is one already, or it cannot be written.
    """
    copy = path.with_name(f"{path.name}.bak")
    try:
        _create(copy, path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"{copy} cannot be written: {error.strerror}.", hint="Nothing was changed."
        ) from error
    return copy


def _read(path: Path) -> bytes | None:
    try:
        # a pipe in its place must not make us wait
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        _refuse_strangers(path, os.fstat(descriptor))
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise Malformed(f"it has more than {LARGEST} bytes")
    return text


def _refuse_strangers(path: Path, seen: os.stat_result) -> None:
    """As ssh does: whoever can write the file can let himself in."""
    if not stat.S_ISREG(seen.st_mode):
        raise Malformed("it is not a file")
    if not is_ours(seen):
        raise SettingsError(
            f"{path} belongs to another user, number {seen.st_uid}.",
            hint=f"Run as that user, or: chown {os.geteuid()} {shlex.quote(str(path))}",
        )
    if not is_private(seen):
        raise SettingsError(
            f"{path} is open to other users: its mode is {stat.S_IMODE(seen.st_mode):04o}.",
            hint=f"Close it: chmod 600 {shlex.quote(str(path))}",
        )


@contextmanager
def _one_writer(path: Path, patience: float) -> Iterator[None]:
    """Keeps other writers waiting. The lock is a file of its own, for the file is replaced; it is
    left there, since removing it would let two in."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + patience
        while not try_lock(lock):
            if time.monotonic() > deadline:
                raise Busy(
                    f"Another command is changing {path}.", hint="Try again when it has ended."
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(lock)


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.new")
    part.unlink(missing_ok=True)  # of a writer that was killed; no other is at work
    try:
        _create(part, text.encode())
        part.replace(path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _create(path: Path, content: bytes) -> None:
    """Writes a new file through to the disk, for our eyes only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
