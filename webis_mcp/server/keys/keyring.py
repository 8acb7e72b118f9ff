"""Who is let in: checks what a caller presents against the file, and follows the file's changes.

A file that breaks while we run changes nothing for those who hold keys, and is told; a file that is
removed takes all keys with it, as its absence at the start would. Never holds a key, only digests.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from webis_mcp.errors import SettingsError
from webis_mcp.server.keys.file import Stamp, read_keys, stamp_of
from webis_mcp.server.keys.form import digest_of, may_be_key
from webis_mcp.server.keys.record import Record, Records, Scope, State

log = logging.getLogger("webis_mcp.keys")

LOOK_EVERY = 0.5
"""Seconds between two looks at the file: a revoked key is refused within one second."""

SETTLED_AFTER = 2.0
"""Seconds. Two changes within a tick of the file's clock may look the same, so a file that is newer
is read at every look. FAT has the coarsest tick, of two seconds."""

SLOT = 8
"""Bytes of a digest that a key is found by; all of it is then compared, in constant time. Found by
its digest and not by its id, a key with a right id and a wrong secret takes the same steps over the
same random data as any other wrong key."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a key belongs to; never the key."""

    id: str
    name: str
    scopes: frozenset[Scope]


_NOBODY = (
    Record(id="", name="", digest=secrets.token_bytes(32), scopes=frozenset(), revoked=0.0),
    Principal("", "", frozenset()),
)
"""What a digest that is not known is compared with."""


class Keyring:
    """The keys in a file, as they are now. Looks at the file at most every half second, and reads
    it only when it has changed.

    Raises:
        SettingsError: the file is there, but cannot be used.
    """

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        self.path = path
        self._now = now
        self._by_slot: dict[bytes, tuple[Record, Principal]] = {}
        self._by_id: dict[str, Record] = {}
        self._remarks: tuple[str, ...] = ()
        self._trouble: str | None = None
        self._stamp: Stamp | None = None
        self._looked = now()
        self._read(_stamp_at_start(path))

    def admit(self, presented: str) -> Principal | None:
        """Whose key that is; None for whatever opens nothing, without a reason."""
        self._look()
        if not may_be_key(presented):
            return None
        digest = digest_of(presented)
        record, principal = self._by_slot.get(digest[:SLOT], _NOBODY)
        is_it = hmac.compare_digest(record.digest, digest)
        return principal if is_it and record.state(self._now()) is State.USABLE else None

    def holds(self, id: str) -> bool:
        """Whether the key of that id still opens anything: to be asked while a stream is open."""
        self._look()
        record = self._by_id.get(id)
        return record is not None and record.state(self._now()) is State.USABLE

    def refresh(self) -> None:
        """Looks at the file, and reads it if it has changed. Raises nothing."""
        self._looked = self._now()
        try:
            stamp = stamp_of(self.path)
            if stamp != self._stamp:
                self._read(stamp)
        except SettingsError as error:
            self._tell(f"{error} The keys read before stay in force.")
        except OSError as error:
            self._stamp = None
            self._tell(f"{self.path} cannot be found: {error.strerror}. Its keys stay in force.")

    @property
    def trouble(self) -> str | None:
        """What is wrong with the file now, for the operator; None while it is in force."""
        return self._trouble

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the operator should change in a file that is in force."""
        return self._remarks

    @property
    def has_records(self) -> bool:
        """Whether the file names any key, usable or not."""
        return bool(self._by_id)

    def __len__(self) -> int:
        """How many keys open something now."""
        now = self._now()
        return sum(record.state(now) is State.USABLE for record in self._by_id.values())

    def __repr__(self) -> str:
        return f"Keyring({str(self.path)!r}, {len(self)} usable)"

    def _look(self) -> None:
        if abs(self._now() - self._looked) >= LOOK_EVERY:  # a clock may be set back
            self.refresh()

    def _read(self, stamp: Stamp) -> None:
        self._stamp = None  # what fails is tried again: perhaps only the system was short of files
        records = read_keys(self.path)
        if not stamp or abs(self._now() - max(stamp[-2:]) / 1e9) >= SETTLED_AFTER:
            self._stamp = stamp
        if records is not None:
            self._recover()
        elif self._by_id or self._trouble:
            self._tell(f"{self.path} is gone, and all keys with it. Put it back, or add a key.")
        self._take(records or ())

    def _take(self, records: Records) -> None:
        self._by_slot = {
            record.digest[:SLOT]: (record, Principal(record.id, record.name, record.scopes))
            for record in records
        }
        self._by_id = {record.id: record for record in records}
        remarks = remarks_on(records, self.path)
        for remark in set(remarks) - set(self._remarks):
            log.warning("%s", remark)
        self._remarks = remarks

    def _recover(self) -> None:
        if self._trouble:
            log.warning("%s is in force again.", self.path)
        self._trouble = None

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.error("%s", trouble)
        self._trouble = trouble


def _stamp_at_start(path: Path) -> Stamp:
    try:
        return stamp_of(path)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be found: {error.strerror}.", hint="Look at its folder and its owner."
        ) from error


def remarks_on(records: Records, path: Path) -> tuple[str, ...]:
    """What the operator should change, one sentence each."""
    remarks = []
    if plain := sum(record.plain for record in records):
        remarks.append(
            f"{path} holds keys in the clear ({plain}). They work; keep their digests instead:"
            f" webis-mcp keys migrate {shlex.quote(str(path))}"
        )
    if weak := [record.id for record in records if record.weak]:
        remarks.append(
            f"Keys in {path} are short enough to be guessed ({', '.join(weak)}). Replace them:"
            " webis-mcp keys add NAME"
        )
    return tuple(remarks)
