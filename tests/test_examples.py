"""Every example runs as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.keys import add_key
from tests.support.served import serving_http
from webis_mcp.server.keys.record import State, read_records

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SENTENCE = "The crossing takes nine minutes; the road around the estuary takes forty."


def run(name: str, *words: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", EXAMPLES / name, *words],
        capture_output=True,
        env=os.environ | environ,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_agent_extracts_over_stdio() -> None:
    printed = run("01_extract_html.py")
    assert SENTENCE in printed
    assert "Before: about" in printed
    for line in told_by_the_readme():
        assert line in printed.splitlines(), "README.md shows what is not printed"


def told_by_the_readme() -> list[str]:
    """The lines of its answer that are whole."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text[text.index("Status: content") : text.index("<<<END OF PAGE")]
    lines = [line for line in shown.splitlines() if not line.endswith("...")]
    assert len(lines) > 5
    return lines


def test_plain_python_extracts_without_a_server() -> None:
    printed = run("02_python_api.py")
    assert printed.startswith("Harbour ferry returns after eleven years (Ines Calloway, 2026-05-14")
    assert SENTENCE in printed


def test_an_agent_extracts_over_http_with_a_key(tmp_path: Path) -> None:
    key = add_key(tmp_path / "api_keys.json")
    with serving_http(tmp_path) as served:
        printed = run("03_http_with_key.py", f"{served.url}/mcp", WEBIS_KEY=key)
    assert SENTENCE in printed


def test_an_agent_asks_what_is_wrong() -> None:
    printed = run("04_diagnose.py")
    assert "Versions, for a bug report:" in printed
    assert "Recognised: Failed to find C compiler (cc-triton)" in printed


def test_values_are_printed_with_their_quotes() -> None:
    printed = run("06_values.py")
    assert "/price: 49.9 (normalized) '49" in printed
    assert "/warranty: None (none)" in printed
    assert "/contact_name: 'Jane Miller' (exact)" in printed


def test_the_configuration_for_a_host_starts_the_command() -> None:
    config = json.loads((EXAMPLES / "host_config.json").read_text(encoding="utf-8"))
    assert config["mcpServers"]["webis"]["command"] == "uvx"
    assert config["mcpServers"]["webis"]["args"] == ["webis-mcp"]


def test_the_key_file_of_the_examples_is_read() -> None:
    first, second = read_records((EXAMPLES / "api_keys.example.json").read_bytes())
    assert first.state(first.created or 0) is State.USABLE
    assert second.state(second.created or 0) is State.REVOKED
