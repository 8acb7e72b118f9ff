"""The installed command keeping keys: its streams, its places, and several at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import PATIENCE, WEBIS_MCP
from tests.support.keys import add_key, put_text
from webis_mcp.server.keys.file import changing, read_keys
from webis_mcp.server.keys.form import id_of
from webis_mcp.server.keys.keyring import Keyring
from webis_mcp.server.keys.record import State

ADD_AND_REVOKE = """
import sys
from webis_mcp.server.cli import main
for number in range(5):
    assert main(["keys", "add", f"{sys.argv[1]}-{number}"]) == 0
assert main(["keys", "revoke", f"{sys.argv[1]}-2"]) == 0
"""

ADD_FOR_EVER = """
import itertools, sys
from webis_mcp.server.cli import main
for number in itertools.count():
    main(["keys", "add", f"{sys.argv[1]}-{number}"])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "api_keys.json"


def run(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WEBIS_MCP, "keys", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=PATIENCE,
        check=False,
    )


def start(program: str, name: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "WEBIS_API_KEYS_FILE": str(path)},
    )


def names(path: Path) -> list[str]:
    return sorted(record.name for record in read_keys(path) or ())


def test_a_new_key_can_be_caught_by_a_shell(tmp_path: Path) -> None:
    done = run("add", "laptop", cwd=tmp_path, WEBIS_API_KEYS_FILE="deep/mine.json")
    assert done.returncode == 0, done.stderr
    assert Keyring(tmp_path / "deep" / "mine.json").admit(done.stdout.removesuffix("\n"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has a folder of its own for it")
def test_keys_are_kept_in_the_users_folder_unless_the_predecessors_file_is_there(
    tmp_path: Path,
) -> None:
    home = str(tmp_path / "home")
    environ = {"HOME": home, "XDG_CONFIG_HOME": "", "WEBIS_API_KEYS_FILE": ""}
    assert run("add", "first", cwd=tmp_path, **environ).returncode == 0
    assert names(tmp_path / "home/.config/webis-mcp/api_keys.json") == ["first"]
    put_text(tmp_path / "api_keys.json", "[]")
    assert run("add", "second", cwd=tmp_path, **environ).returncode == 0
    assert names(tmp_path / "api_keys.json") == ["second"]


@pytest.mark.parametrize(
    ("text", "arguments", "code", "says"),
    [
        ("[", ["list"], 78, "is no key file: line 1, column 2"),
        ("[]", ["add", "laptop", "--expires", "soon"], 2, "'soon' is no time."),
        ("[]", ["revoke", "laptop"], 2, "There is no key of that name or id."),
        ("[]", [], 2, "the following arguments are required: COMMAND"),
    ],
)
def test_a_failure_is_one_line_and_a_code(
    path: Path, text: str, arguments: list[str], code: int, says: str
) -> None:
    put_text(path, text)
    done = run(*arguments, cwd=path.parent)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr.splitlines()[-1]


def test_several_writers_at_once_lose_nothing(path: Path) -> None:
    writers = [start(ADD_AND_REVOKE, name, path) for name in "abcd"]
    keyring = Keyring(path)
    seen = 0
    for writer in writers:
        assert writer.stdout
        for _ in writer.stdout:  # a reader meets whole files only, and never fewer keys
            keyring.refresh()
            assert keyring.trouble is None
            now = len(read_keys(path) or ())
            assert now >= seen
            seen = now
        assert writer.wait(PATIENCE) == 0
        writer.stdout.close()
    assert names(path) == [f"{name}-{number}" for name in "abcd" for number in range(5)]
    revoked = [r.name for r in read_keys(path) or () if r.state(0.0) is State.REVOKED]
    assert sorted(revoked) == ["a-2", "b-2", "c-2", "d-2"]


def test_a_writer_waits_for_another(path: Path) -> None:
    with changing(path) as records:
        late = start(
            "from webis_mcp.server.cli import main\nmain(['keys', 'add', 'late'])", "", path
        )
        assert records == []
    assert late.communicate(timeout=PATIENCE)[0].startswith("wbs_")
    assert names(path) == ["late"]


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal")
@pytest.mark.parametrize("after", [1, 3, 7])
def test_a_writer_that_is_killed_leaves_a_whole_file(path: Path, after: int) -> None:
    kept = add_key(path, "kept")
    with start(ADD_FOR_EVER, "loop", path) as writer:
        assert writer.stdout
        printed = [writer.stdout.readline().strip() for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        printed += writer.stdout.read().split()
    keyring = Keyring(path)
    assert all(keyring.admit(key) for key in [kept, *printed])
    assert len(keyring) - len(printed) in (1, 2)  # written, but not yet printed
    assert id_of(add_key(path, "next")) in {record.id for record in read_keys(path) or ()}
