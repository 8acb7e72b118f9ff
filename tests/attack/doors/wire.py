"""The corpus's own `wire.py` against a server: JSON, sizes, framing, headers and methods."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.attack.doors.served import Served, served
from tests.attack.doors.verdicts import Case, expect, is_quiet, judge

TOO_LATE = ("HANG", "SERVER-DOWN")


def ask_all(corpus: Path, server: Served) -> list[dict[str, str]]:
    """What the corpus says of each case."""
    out = server.folder / "wire.json"
    address = ["127.0.0.1", str(server.port), "--key", server.key]
    command = [sys.executable, str(corpus / "lib" / "wire.py"), *address, "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    rows: list[dict[str, str]] = json.loads(out.read_text())["cases"]
    return rows


def run(corpus: Path) -> list[bool]:
    """A line a case; each is followed by a good ping."""
    with served() as server:
        rows = ask_all(corpus, server)
        if any(row["verdict"] in TOO_LATE for row in rows):  # once more, if the machine was busy
            again = {row["id"]: row for row in ask_all(corpus, server)}
            rows = [again[row["id"]] if row["verdict"] in TOO_LATE else row for row in rows]
        log = server.log.read_text()

    def told(row: dict[str, str]) -> str:
        text = f"{row['verdict'].lower()}: answer {row['status']} in {row['s']} s"
        expect(row["verdict"] == "pass", text)
        return text

    verdicts = [
        judge(Case(row["id"], row["class"], row["name"]), lambda row=row: told(row))  # type: ignore[misc] # mypy does not see a default's type
        for row in rows
    ]
    return [*verdicts, is_quiet(log, server.key)]
