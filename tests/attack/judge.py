"""Counts the verdicts of attack runs: anything but `pass`, or too much memory, is a failure."""

from __future__ import annotations

import json
import sys
from pathlib import Path

MAX_MB = 60
"""Memory over idle that a hostile server may cost: the goal set for this corpus. Where a page of
megabytes is read, in a process of its own, the corpus has a limit for each case."""

OF_SERVERS = ("origin", "bombs")


def judge(path: Path) -> list[str]:
    """One line a case that went wrong."""
    cases = json.loads(path.read_text())["cases"]
    if not cases:
        return [f"{path.name}: no case was run"]
    wrong = [
        "{id} ({class}): {verdict}, {s} s, {mb} MB, {why}".format(**case)
        for case in cases
        if case["verdict"] != "pass" or (path.stem in OF_SERVERS and case["mb"] > MAX_MB)
    ]
    worst = max(case["mb"] for case in cases)
    slowest = max(case["s"] for case in cases)
    print(
        f"{path.stem}: {len(cases) - len(wrong)} of {len(cases)} right,"
        f" worst memory {worst} MB over idle, longest {slowest} s"
    )
    return wrong


if __name__ == "__main__":
    failures = [line for name in sys.argv[1:] for line in judge(Path(name))]
    print(*failures, sep="\n", end="\n" if failures else "")
    sys.exit(bool(failures))
