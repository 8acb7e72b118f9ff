"""The installed command in a shell: its streams, its environment, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from tests.support.command import PATIENCE, WEBIS_MCP


def run(
    *arguments: str | Path, page: bytes = b"", **environ: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [WEBIS_MCP, "extract", *arguments],
        input=page,
        capture_output=True,
        env={**os.environ, **environ},
        timeout=PATIENCE,
        check=False,
    )


def test_standard_input_is_read_in_the_encoding_that_it_declares() -> None:
    words = "港口渡轮十一年后复航"
    page = f'<meta charset="gb18030"><title>x</title><h1>{words}</h1><p>{words * 9}</p>'
    done = run("-", page=page.encode("gb18030"), PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert words in done.stdout.decode("utf-8")


def test_a_setting_that_is_misspelt_stops_the_start() -> None:
    done = run("-", WEBIS_WORKER="2")
    assert done.returncode == 78
    assert b"Did you mean WEBIS_WORKERS?" in done.stderr


def test_a_page_over_the_limit_is_wrong_input() -> None:
    done = run("-", page=b"<p>word</p>" * 2_000, WEBIS_MAX_PAGE_BYTES="10000")
    assert done.returncode == 2
    assert done.stderr.startswith(b"webis-mcp: The page has")


def heed_ctrl_c() -> None:
    """What a shell starts in the background passes over Ctrl-C, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_a_folder_after_whole_lines(tmp_path: Path) -> None:
    for number in range(20):  # more than a pipe holds, so that the command has to wait for us
        words = "<p>One long paragraph about the harbour and its ferry.</p>" * 400
        (tmp_path / f"{number}.html").write_text(f"<h1>Page {number}</h1>{words}")
    with subprocess.Popen(
        [WEBIS_MCP, "extract", tmp_path, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_ctrl_c,
    ) as command:
        assert command.stdout
        first = command.stdout.readline()
        command.send_signal(signal.SIGINT)
        rest, told = command.communicate(timeout=PATIENCE)
    assert command.returncode == 130
    assert first.endswith(b"\n")
    assert not rest or rest.endswith(b"\n")
    assert rest.count(b"\n") < 19
    assert b"20 pages" in told
    assert b"Traceback" not in told


def test_a_reader_that_has_seen_enough_is_no_bug(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>A paragraph for nobody, but of some length.</p>" * 9)
    with subprocess.Popen(
        [WEBIS_MCP, "extract", tmp_path / "page.html"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout
        command.stdout.close()
        assert command.stderr
        told = command.stderr.read()
    assert command.returncode == 141
    assert told == b""


def test_ctrl_c_stops_a_wait_for_standard_input() -> None:
    with subprocess.Popen(
        [WEBIS_MCP, "extract", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONVERBOSE": "1"},
        preexec_fn=heed_ctrl_c,
    ) as command:
        assert command.stderr
        for line in command.stderr:
            if b"import 'webis_mcp.server.shell.extract'" in line:  # the last, before it reads
                break
        command.send_signal(signal.SIGINT)
        command.communicate(timeout=PATIENCE)
    assert command.returncode == 130
