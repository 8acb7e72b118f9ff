"""Whatever happens to the file, in whatever order: only those who should be are let in."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.keys import Clock, put_text, record_of
from webis_mcp.errors import SettingsError
from webis_mcp.server.keys.file import changing
from webis_mcp.server.keys.form import id_of, new_key
from webis_mcp.server.keys.keyring import Keyring

BROKEN = ("", "{", "[1]", '{"keys": null}', '["wbs_"]')


class KeyFile(RuleBasedStateMachine):
    """A file that is added to, revoked in, broken, mended and removed, beside what we expect."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "api_keys.json"
        self.clock = Clock()
        self.keyring = Keyring(self.path, now=self.clock)
        self.made: list[str] = []
        self.expiry: dict[str, float | None] = {}
        self.in_file: set[str] = set()
        self.in_force: set[str] = set()
        self.good_text: str | None = None
        self.broken = False

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(lasts=st.none() | st.integers(1, 100))
    def add(self, lasts: int | None) -> None:
        key = new_key()
        expires = None if lasts is None else self.clock.time + lasts
        try:
            with changing(self.path) as records:
                records.append(record_of(key, expires=expires))
        except SettingsError:
            assert self.broken
            return
        assert not self.broken
        self.made.append(key)
        self.expiry[key] = expires
        self.in_file.add(key)

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.made))
        try:
            with changing(self.path) as records:
                records[:] = [
                    replace(r, revoked=self.clock.time) if r.id == id_of(key) else r
                    for r in records
                ]
        except SettingsError:
            assert self.broken
            return
        self.in_file.discard(key)

    @rule(seconds=st.integers(1, 60))
    def wait(self, seconds: int) -> None:
        self.clock.time += seconds

    @precondition(lambda self: not self.broken and self.path.exists())
    @rule(text=st.sampled_from(BROKEN))
    def break_it(self, text: str) -> None:
        self.good_text = self.path.read_text()
        put_text(self.path, text)
        self.broken = True

    @precondition(lambda self: self.broken)
    @rule()
    def mend(self) -> None:
        assert self.good_text is not None
        put_text(self.path, self.good_text)
        self.broken = False

    @rule()
    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.in_file.clear()
        self.broken = False

    @invariant()
    def only_those_who_should_be_are_let_in(self) -> None:
        self.keyring.refresh()
        if not self.broken:
            self.in_force = set(self.in_file)
        good = {
            key
            for key in self.in_force
            if (expiry := self.expiry[key]) is None or expiry > self.clock.time
        }
        assert {key for key in self.made if self.keyring.admit(key)} == good
        assert {key for key in self.made if self.keyring.holds(id_of(key))} == good
        assert len(self.keyring) == len(good)
        if self.broken:
            assert self.keyring.trouble


def test_only_those_who_should_be_are_let_in_whatever_happens_to_the_file() -> None:
    run_state_machine_as_test(KeyFile, settings=settings(max_examples=60, stateful_step_count=25))
