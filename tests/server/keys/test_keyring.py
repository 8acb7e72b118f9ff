"""Who is let in, and how a running server follows its key file."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from tests.support.keys import OLD_KEY, Clock, add_key, put_text, record_of
from webis_mcp.errors import SettingsError
from webis_mcp.server.keys.file import changing
from webis_mcp.server.keys.form import id_of, new_key, with_check
from webis_mcp.server.keys.keyring import LOOK_EVERY, Keyring
from webis_mcp.server.keys.record import ALL, Scope

Logged = pytest.LogCaptureFixture


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "api_keys.json"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def revoke(path: Path, key: str) -> None:
    with changing(path) as records:
        records[:] = [
            record_of(key, revoked=1.0) if record.id == id_of(key) else record for record in records
        ]


def test_a_key_is_let_in_as_its_principal(path: Path) -> None:
    key = add_key(path, scopes=frozenset({Scope.EXTRACT}))
    principal = Keyring(path).admit(key)
    assert principal
    assert principal.id == id_of(key)
    assert principal.name == "laptop"
    assert principal.scopes == {Scope.EXTRACT}


def test_a_principal_does_not_know_its_key(path: Path) -> None:
    key = add_key(path)
    assert key[13:-6] not in repr(Keyring(path).admit(key))


def test_whatever_is_wrong_with_a_key_it_is_not_let_in(path: Path, clock: Clock) -> None:
    good = add_key(path)
    expired = add_key(path, "phone", expires=clock.time)
    revoked = add_key(path, "tablet", revoked=clock.time - 1)
    wrong_secret = with_check(good[:13] + "0" * 43)
    keyring = Keyring(path, now=clock)
    wrong = [
        *("", " ", "wbs_", good[:-1], good + "0", f" {good}", f"{good}\n", f"Bearer {good}"),
        *(good.lower(), good[:-1] + ("0" if good[-1] != "0" else "1"), "x" * 1_000_000),
        *(expired, revoked, wrong_secret, new_key(), "\ud800", "ключ", "\0"),
    ]
    assert keyring.admit(good)
    assert [key for key in wrong if keyring.admit(key)] == []


def test_a_digest_in_the_file_is_no_key(path: Path) -> None:
    add_key(path)
    digest = json.loads(path.read_text())["keys"][0]["hash"]
    keyring = Keyring(path)
    assert not keyring.admit(digest)
    assert not keyring.admit(digest.removeprefix("sha256:"))


def test_without_a_file_nobody_is_let_in(path: Path) -> None:
    keyring = Keyring(path)
    assert len(keyring) == 0
    assert keyring.admit(new_key()) is None
    assert keyring.trouble is None


def test_a_file_that_cannot_be_used_stops_the_start(path: Path) -> None:
    put_text(path, '{"keys": [7]}')
    with pytest.raises(SettingsError, match="key 1 must be an object"):
        Keyring(path)


def test_a_key_expires_while_the_server_runs(path: Path, clock: Clock) -> None:
    key = add_key(path, expires=clock.time + 10)
    keyring = Keyring(path, now=clock)
    assert keyring.admit(key)
    assert keyring.holds(id_of(key))
    assert len(keyring) == 1
    clock.time += 10
    assert not keyring.admit(key)
    assert not keyring.holds(id_of(key))
    assert len(keyring) == 0


def test_a_new_key_is_let_in_and_a_revoked_one_refused_within_a_second(
    path: Path, clock: Clock
) -> None:
    first = add_key(path)
    keyring = Keyring(path, now=clock)
    second = add_key(path, "phone")
    revoke(path, first)
    clock.time += LOOK_EVERY
    assert keyring.admit(second)
    assert not keyring.admit(first)
    assert not keyring.holds(id_of(first))
    assert LOOK_EVERY < 1


def test_an_open_stream_hears_of_a_revocation_without_a_call(path: Path, clock: Clock) -> None:
    key = add_key(path)
    keyring = Keyring(path, now=clock)
    revoke(path, key)
    clock.time += LOOK_EVERY
    assert not keyring.holds(id_of(key))


def test_the_file_is_not_looked_at_for_every_call(path: Path, clock: Clock) -> None:
    key = add_key(path)
    keyring = Keyring(path, now=clock)
    path.unlink()
    clock.time += LOOK_EVERY / 2
    assert keyring.admit(key)


def test_a_clock_that_is_set_back_does_not_keep_a_revoked_key_open(
    path: Path, clock: Clock
) -> None:
    key = add_key(path)
    keyring = Keyring(path, now=clock)
    revoke(path, key)
    clock.time -= 86_400
    assert not keyring.admit(key)


@pytest.mark.parametrize("broken", ["", "[", '{"keys": [7]}', '["wbs_"]'])
def test_a_file_that_breaks_keeps_the_keys_and_is_told_once(
    path: Path, caplog: Logged, broken: str
) -> None:
    key = add_key(path)
    keyring = Keyring(path)
    good = path.read_text()
    put_text(path, broken)
    for _ in range(3):
        keyring.refresh()
    assert keyring.admit(key)
    assert keyring.trouble
    assert "stay in force" in keyring.trouble
    assert [record.getMessage() for record in caplog.records] == [keyring.trouble]
    put_text(path, good)
    keyring.refresh()
    assert keyring.trouble is None
    assert "is in force again" in caplog.text


def test_a_file_opened_to_others_keeps_the_keys_and_is_told(path: Path) -> None:
    key = add_key(path)
    keyring = Keyring(path)
    path.chmod(0o644)
    keyring.refresh()
    assert keyring.admit(key)
    assert keyring.trouble
    assert f"chmod 600 {path}" in keyring.trouble
    path.chmod(0o600)
    keyring.refresh()
    assert keyring.trouble is None


def test_a_file_that_is_removed_takes_its_keys_with_it_and_is_told(
    path: Path, caplog: Logged
) -> None:
    key = add_key(path)
    keyring = Keyring(path)
    good = path.read_text()
    path.unlink()
    for _ in range(3):
        keyring.refresh()
    assert not keyring.admit(key)
    assert not keyring.holds(id_of(key))
    assert keyring.trouble == f"{path} is gone, and all keys with it. Put it back, or add a key."
    assert len(caplog.records) == 1
    put_text(path, good)
    keyring.refresh()
    assert keyring.admit(key)
    assert keyring.trouble is None


def test_a_folder_that_cannot_be_searched_keeps_the_keys_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "api_keys.json"
    key = add_key(path)
    keyring = Keyring(path)
    path.parent.rename(tmp_path / "aside")
    path.parent.write_text("")  # not a folder any more: the file can be neither there nor gone
    keyring.refresh()
    assert keyring.admit(key)
    assert keyring.trouble
    path.parent.unlink()
    (tmp_path / "aside").rename(path.parent)
    keyring.refresh()
    assert keyring.trouble is None


@pytest.mark.parametrize("shape", ["[%s]", '{"keys": [%s]}', '{"api_keys": [%s]}'])
def test_the_predecessors_file_works_with_a_warning(path: Path, caplog: Logged, shape: str) -> None:
    put_text(path, shape % f'"{OLD_KEY}"')
    keyring = Keyring(path)
    principal = keyring.admit(OLD_KEY)
    assert principal
    assert principal.name == "old key 1"
    assert principal.scopes == ALL - {Scope.FETCH}
    assert not keyring.admit(OLD_KEY + "0")
    (remark,) = keyring.remarks
    assert f"webis-mcp keys migrate {path}" in remark
    assert caplog.messages == [remark]
    assert keyring.trouble is None


def test_a_short_key_works_with_a_warning_that_does_not_quote_it(
    path: Path, caplog: Logged
) -> None:
    put_text(path, '["letmein"]')
    keyring = Keyring(path)
    assert keyring.admit("letmein")
    assert "short enough to be guessed" in caplog.text
    assert "letmein" not in caplog.text


def test_keys_of_both_forms_may_stand_in_one_file(path: Path) -> None:
    key = add_key(path)
    entries = json.loads(path.read_text())["keys"]
    put_text(path, json.dumps({"keys": [*entries, OLD_KEY]}))
    keyring = Keyring(path)
    assert keyring.admit(key)
    assert keyring.admit(OLD_KEY)


def test_no_log_and_no_repr_holds_a_key_or_a_digest(path: Path, caplog: Logged) -> None:
    caplog.set_level(logging.DEBUG)
    key = add_key(path)
    put_text(path, json.dumps([*json.loads(path.read_text())["keys"], OLD_KEY]))
    digest = json.loads(path.read_text())[0]["hash"].removeprefix("sha256:")
    keyring = Keyring(path)
    shown = [repr(keyring), repr(keyring.admit(key)), repr(keyring.admit(OLD_KEY))]
    for broken in (f'["{key}"', f'{{"{key}": 1}}', f'[{{"id": "{key}"}}]', f'["{key}x"]'):
        put_text(path, broken)
        keyring.refresh()
        shown.append(str(keyring.trouble))
    told = "\n".join(shown) + caplog.text
    assert "is no key file" in told
    assert not [secret for secret in (key, key[13:], OLD_KEY, digest) if secret in told]
