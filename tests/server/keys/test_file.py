"""The key file: where it is, who may touch it, and that it is changed whole."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.keys import add_key, put_text, record_of
from webis_mcp.errors import Busy, SettingsError
from webis_mcp.server.keys.file import changing, keep_copy, keys_path, read_keys, stamp_of
from webis_mcp.server.keys.form import id_of, new_key

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX's")
root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root may give files away"
)


NOBODY = 65534


@pytest.fixture
def of_a_user() -> Iterator[Path]:
    """A place whose owner we are for the test, without root's rights over all others."""
    with TemporaryDirectory() as folder:
        if sys.platform == "win32" or os.geteuid() != 0:
            yield Path(folder) / "deep" / "api_keys.json"
            return
        os.chown(folder, NOBODY, -1)
        os.seteuid(NOBODY)
        try:
            yield Path(folder) / "deep" / "api_keys.json"
        finally:
            os.seteuid(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "api_keys.json"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_place_that_is_set_is_taken(tmp_path: Path) -> None:
    set_to = tmp_path / "mine.json"
    put_text(tmp_path / "api_keys.json", "[]")
    assert keys_path(set_to, tmp_path, tmp_path / "home") == set_to


def test_else_the_predecessors_place_if_there_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert keys_path(None, tmp_path, home) == home / "webis-mcp" / "api_keys.json"
    put_text(tmp_path / "api_keys.json", "[]")
    assert keys_path(None, tmp_path, home) == tmp_path / "api_keys.json"


def test_where_there_is_no_file_there_are_no_keys(path: Path) -> None:
    assert read_keys(path) is None
    assert stamp_of(path) == ()


@posix
def test_file_and_folder_are_made_for_our_eyes_only(path: Path) -> None:
    before = os.umask(0)
    try:
        add_key(path)
    finally:
        os.umask(before)
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700
    assert {mode_of(file) for file in path.parent.iterdir()} == {0o600}


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_a_file_open_to_others_is_refused_with_the_command_that_closes_it(
    path: Path, mode: int
) -> None:
    add_key(path)
    path.chmod(mode)
    with pytest.raises(SettingsError) as refused:
        read_keys(path)
    assert f"its mode is {mode:04o}" in refused.value.message
    assert refused.value.hint == f"Close it: chmod 600 {path}"


@root
def test_a_file_of_another_user_is_refused(path: Path) -> None:
    add_key(path)
    os.chown(path, 12345, -1)
    with pytest.raises(SettingsError, match="belongs to another user, number 12345"):
        read_keys(path)


@posix
def test_a_file_that_cannot_be_read_is_told(of_a_user: Path) -> None:
    add_key(of_a_user)
    of_a_user.chmod(0o200)
    with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
        read_keys(of_a_user)


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"api_keys\.json (cannot be read|is no key file)"):
        read_keys(path)


@posix
def test_a_pipe_in_its_place_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SettingsError, match="it is not a file"):
        read_keys(tmp_path / "pipe")


def test_a_file_that_is_far_too_large_is_refused(path: Path) -> None:
    path.parent.mkdir()
    put_text(path, "[" + " " * 4_000_000 + "]")
    with pytest.raises(SettingsError, match="more than 4000000 bytes"):
        read_keys(path)


def test_a_change_that_fails_changes_nothing(path: Path) -> None:
    add_key(path)
    before = path.read_bytes(), stamp_of(path)
    with suppress(ZeroDivisionError), changing(path) as records:
        records.clear()
        raise ZeroDivisionError
    assert (path.read_bytes(), stamp_of(path)) == before
    assert not list(path.parent.glob("*.new"))


def test_a_change_of_a_broken_file_is_refused_and_leaves_it(path: Path) -> None:
    path.parent.mkdir()
    put_text(path, "[")
    with pytest.raises(SettingsError, match="line 1, column 2"):
        add_key(path)
    assert path.read_text() == "["


def test_what_a_killed_writer_left_is_in_nobodys_way(path: Path) -> None:
    first = add_key(path)
    put_text(path.parent / ".api_keys.json.new", '{"keys": [', mode=0o644)
    second = add_key(path, "phone")
    assert [r.id for r in read_keys(path) or ()] == [id_of(first), id_of(second)]
    assert mode_of(path) == 0o600 or sys.platform == "win32"
    assert sorted(file.name for file in path.parent.iterdir()) == [
        ".api_keys.json.lock",
        "api_keys.json",
    ]


@posix
def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    key = add_key(link)
    assert link.is_symlink()
    assert [r.id for r in read_keys(path) or ()] == [id_of(key)]


def test_a_second_writer_is_told_that_there_is_one(path: Path) -> None:
    with changing(path) as records:
        records.append(record_of(new_key()))
        with pytest.raises(Busy, match="Another command is changing"), changing(path, patience=0):
            pass
    assert len(read_keys(path) or ()) == 1


@posix
def test_a_folder_that_cannot_be_written_is_told(of_a_user: Path) -> None:
    add_key(of_a_user)
    of_a_user.parent.chmod(0o500)
    with pytest.raises(SettingsError, match="cannot be written: Permission denied"):
        add_key(of_a_user)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a full disk to try")
def test_a_place_that_is_no_folder_is_told() -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        add_key(Path("/dev/full/api_keys.json"))


def test_a_copy_is_kept_once(path: Path) -> None:
    add_key(path)
    copy = keep_copy(path)
    assert copy.read_bytes() == path.read_bytes()
    assert mode_of(copy) == 0o600 or sys.platform == "win32"
    with pytest.raises(SettingsError, match="File exists"):
        keep_copy(path)
