"""Keys and key files for tests: real files, and a clock that a test moves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from webis_mcp.server.keys.file import changing
from webis_mcp.server.keys.form import digest_of, id_of, new_key
from webis_mcp.server.keys.record import ALL, Record, Scope

OLD_KEY = "f3a9c1d47b2e48a0b6d5e81c9f7a2043"
"""As a predecessor's user might have made one; 32 random hexadecimal digits."""


@dataclass
class Clock:
    """Tells the time that it was set to; that time is far from any file's."""

    time: float = 1_000_000_000.0

    def __call__(self) -> float:
        return self.time


def record_of(
    key: str,
    *,
    name: str = "laptop",
    scopes: frozenset[Scope] = ALL,
    expires: float | None = None,
    revoked: float | None = None,
) -> Record:
    return Record(
        id=id_of(key),
        name=name,
        digest=digest_of(key),
        scopes=scopes,
        created=900_000_000.0,
        expires=expires,
        revoked=revoked,
    )


def add_key(
    path: Path,
    name: str = "laptop",
    *,
    scopes: frozenset[Scope] = ALL,
    expires: float | None = None,
    revoked: float | None = None,
) -> str:
    """Puts a new key into a file, and gives it."""
    key = new_key()
    with changing(path) as records:
        records.append(record_of(key, name=name, scopes=scopes, expires=expires, revoked=revoked))
    return key


def put_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file as an editor would."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
