"""The command `keys`: what goes where, and what each command does to the file."""

from __future__ import annotations

import argparse
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.keys import OLD_KEY, Clock, add_key, put_text
from webis_mcp.errors import InvalidInput, WebisError
from webis_mcp.server.keys.file import read_keys
from webis_mcp.server.keys.form import id_of, is_whole, new_key
from webis_mcp.server.keys.keyring import Keyring
from webis_mcp.server.keys.record import ALL, Scope, State
from webis_mcp.server.shell.keys import add_commands, run_keys, until

Captured = pytest.CaptureFixture[str]

DAY = 86_400.0
NOON = 1_793_534_400.0
"""2026-11-01T12:00:00Z."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "api_keys.json"


def keys(path: Path, *arguments: str, now: float = NOON) -> None:
    parser = argparse.ArgumentParser()
    add_commands(parser)
    assert run_keys(parser.parse_args(arguments), path, now=lambda: now) == 0


def refusal(path: Path, *arguments: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        keys(path, *arguments)
    return str(refused.value)


def listed(path: Path, captured: Captured) -> list[dict[str, Any]]:
    captured.readouterr()
    keys(path, "list", "--json")
    rows: list[dict[str, Any]] = json.loads(captured.readouterr().out)
    return rows


# add


def test_a_new_key_stands_alone_on_standard_output(path: Path, capsys: Captured) -> None:
    keys(path, "add", "laptop")
    out, err = capsys.readouterr()
    key = out.removesuffix("\n")
    assert is_whole(key)
    assert key not in err
    assert key[13:] not in err
    assert f"Its digest is in {path}." in err
    assert "Authorization: Bearer KEY" in err
    principal = Keyring(path).admit(key)
    assert principal
    assert (principal.id, principal.name, principal.scopes) == (id_of(key), "laptop", ALL)


def test_the_file_holds_no_key(path: Path, capsys: Captured) -> None:
    keys(path, "add", "laptop")
    key = capsys.readouterr().out.strip()
    assert key[13:] not in path.read_text()
    assert sys.platform == "win32" or stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_made_for_some_scopes_and_a_time(path: Path) -> None:
    keys(path, "add", "laptop", "--scopes", "extract, diagnose", "--expires", "30d")
    (record,) = read_keys(path) or ()
    assert record.scopes == {Scope.EXTRACT, Scope.DIAGNOSE}
    assert record.created == NOON
    assert record.expires == NOON + 30 * DAY


def test_two_open_keys_cannot_have_one_name(path: Path) -> None:
    keys(path, "add", "the laptop")
    assert "webis-mcp keys revoke 'the laptop'" in refusal(path, "add", "the laptop")
    keys(path, "revoke", "the laptop")
    keys(path, "add", "the laptop")
    assert len(read_keys(path) or ()) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["laptop", "--scopes", "extract,admin"], "'admin' is no scope. There are: extract, fetch"),
        (["laptop", "--scopes", ""], "'' is no scope."),
        (["laptop", "--expires", "soon"], "'soon' is no time. Write 30d"),
        (["laptop", "--expires", "2026-10-31"], "2026-10-31 is over."),
        ([""], "'' is no name for a key."),
        ([" laptop"], "' laptop' is no name for a key."),
        (["a\x1b[2Jb"], r"'a\x1b[2Jb' is no name for a key."),
        (["x" * 65], "is no name for a key. Use 1 to 64 characters"),
    ],
)
def test_what_will_not_do_is_refused_and_nothing_is_written(
    path: Path, arguments: list[str], says: str
) -> None:
    assert says in refusal(path, "add", *arguments)
    assert not path.exists()


def test_a_key_given_as_a_name_is_not_repeated(path: Path) -> None:
    key = new_key()
    assert key not in refusal(path, "add", key)


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("1h", NOON + 3_600),
        ("12h", NOON + DAY / 2),
        ("30d", NOON + 30 * DAY),
        ("4w", NOON + 28 * DAY),
        ("2026-11-01", NOON + DAY / 2),  # to the end of that day
        ("2026-12-31", NOON + 60.5 * DAY),
    ],
)
def test_when_a_key_expires(when: str, moment: float) -> None:
    assert until(when, NOON) == moment


@pytest.mark.parametrize(
    "when", ["", "0d", "-1d", "d", "1m", "1.5d", "9999999d", "999999w", "420000w", "9999-12-31"]
)
def test_what_is_no_time(when: str) -> None:
    with pytest.raises(InvalidInput, match="is no time"):
        until(when, NOON)


# list


def test_the_list_tells_all_but_secrets(path: Path, capsys: Captured) -> None:
    secrets = [
        add_key(path, "laptop", scopes=frozenset({Scope.EXTRACT}), expires=NOON - 1),
        add_key(path, "tablet", revoked=NOON - 1),
        add_key(path, "phone"),
    ]
    keys(path, "list")
    out, err = capsys.readouterr()
    heading, *rows = [line.split() for line in out.splitlines()]
    assert heading == ["id", "name", "scopes", "created", "expires", "state"]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        (id_of(secrets[0]), "laptop", "expired"),
        (id_of(secrets[1]), "tablet", "revoked"),
        (id_of(secrets[2]), "phone", "usable"),
    ]
    assert rows[0][2:5] == ["extract", "1998-07-09T16:00:00Z", "2026-11-01T11:59:59Z"]
    assert f"3 in {path}" in err
    digests = [record.digest.hex() for record in read_keys(path) or ()]
    assert not [secret for secret in [*secrets, *digests] if secret[13:] in out + err]


def test_the_list_is_json_for_programs(path: Path, capsys: Captured) -> None:
    key = add_key(path)
    assert listed(path, capsys) == [
        {
            "id": id_of(key),
            "name": "laptop",
            "scopes": ["extract", "fetch", "diagnose", "generate"],
            "created": "1998-07-09T16:00:00Z",
            "expires": None,
            "revoked": None,
            "state": "usable",
        }
    ]


def test_an_empty_list_says_how_to_make_a_key(path: Path, capsys: Captured) -> None:
    keys(path, "list")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"No keys in {path}. Make one: webis-mcp keys add NAME\n"
    assert listed(path, capsys) == []


def test_the_list_warns_of_keys_in_the_clear(path: Path, capsys: Captured) -> None:
    put_text(path, f'["{OLD_KEY}", "letmein"]')
    keys(path, "list")
    out, err = capsys.readouterr()
    assert f"webis-mcp keys migrate {path}" in err
    assert "short enough to be guessed" in err
    assert not [key for key in (OLD_KEY, "letmein") if key in out + err]


# revoke


def test_a_key_is_revoked_by_name_or_by_id(path: Path, capsys: Captured) -> None:
    by_name, by_id, kept = (add_key(path, name) for name in ("laptop", "phone", "tablet"))
    keys(path, "revoke", "laptop")
    keys(path, "revoke", id_of(by_id))
    assert [row["state"] for row in listed(path, capsys)] == ["revoked", "revoked", "usable"]
    keyring = Keyring(path)
    assert not keyring.admit(by_name)
    assert not keyring.admit(by_id)
    assert keyring.admit(kept)


def test_revoking_twice_changes_nothing(path: Path, capsys: Captured) -> None:
    add_key(path)
    keys(path, "revoke", "laptop")
    keys(path, "revoke", "laptop", now=NOON + DAY)
    assert "is revoked since 2026-11-01T12:00:00Z" in capsys.readouterr().err
    assert listed(path, capsys)[0]["revoked"] == "2026-11-01T12:00:00Z"


def test_a_name_that_two_have_is_refused_with_their_ids(path: Path) -> None:
    first, second = add_key(path), add_key(path)
    assert f"2 keys are named so: {id_of(first)}, {id_of(second)}." in refusal(
        path, "revoke", "laptop"
    )


def test_a_name_that_nobody_has_is_not_repeated(path: Path) -> None:
    key = add_key(path)  # one may well paste the key
    assert key not in refusal(path, "revoke", key)


@pytest.mark.parametrize("command", ["add", "revoke"])
def test_a_file_in_the_old_form_must_be_migrated_first(path: Path, command: str) -> None:
    put_text(path, f'["{OLD_KEY}"]')
    assert f"First: webis-mcp keys migrate {path}" in refusal(path, command, "laptop")
    assert path.read_text() == f'["{OLD_KEY}"]'


# migrate


def test_migrated_keys_work_as_before(path: Path, capsys: Captured) -> None:
    put_text(path, f'{{"api_keys": ["{OLD_KEY}", "letmein"]}}')
    clock = Clock()
    keyring = Keyring(path, now=clock)
    before = keyring.admit(OLD_KEY)
    keys(path, "migrate")
    out, err = capsys.readouterr()
    assert out == ""
    assert f"2 of 2 keys in {path} were in the clear; now none is." in err
    assert "may extract, diagnose, generate." in err
    assert "short enough to be guessed" in err
    assert not [key for key in (OLD_KEY, "letmein") if key in path.read_text() + err]
    clock.time += 1
    assert keyring.admit(OLD_KEY) == before
    assert keyring.admit("letmein")
    assert keyring.remarks == ()
    assert [file.name for file in path.parent.glob("api*")] == [path.name]


def test_another_file_is_migrated_with_other_scopes_and_a_copy(
    path: Path, tmp_path: Path, capsys: Captured
) -> None:
    old = tmp_path / "old.json"
    put_text(old, f'["{OLD_KEY}"]')
    keys(path, "migrate", str(old), "--scopes", "generate", "--backup")
    assert not path.exists()
    assert [record.scopes for record in read_keys(old) or ()] == [{Scope.GENERATE}]
    copy = tmp_path / "old.json.bak"
    assert copy.read_text() == f'["{OLD_KEY}"]'
    assert f"{copy} holds them in the clear" in capsys.readouterr().err


def test_migrating_leaves_other_keys_as_they_are(path: Path) -> None:
    add_key(path, "laptop", expires=NOON)
    entries = json.loads(path.read_text())["keys"]
    put_text(path, json.dumps([OLD_KEY, *entries]))
    keys(path, "migrate")
    keys(path, "migrate")
    old, laptop = read_keys(path) or ()
    assert (old.name, old.created, old.state(NOON)) == ("old key 1", NOON, State.USABLE)
    assert (laptop.name, laptop.state(NOON)) == ("laptop", State.EXPIRED)


def test_there_must_be_a_file_to_migrate(path: Path) -> None:
    assert f"There is no file {path}." in refusal(path, "migrate")


def test_a_file_that_is_wrong_is_not_touched(path: Path) -> None:
    put_text(path, '{"keys": {}}')
    for command in (["add", "laptop"], ["list"], ["revoke", "laptop"], ["migrate", "--backup"]):
        with pytest.raises(WebisError, match="there is no list of keys"):
            keys(path, *command)
    assert path.read_text() == '{"keys": {}}'
    assert not list(path.parent.glob("*.bak"))
