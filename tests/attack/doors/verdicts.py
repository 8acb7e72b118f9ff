"""What comes of a case, and how it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A case of the corpus."""

    id: str
    kind: str
    name: str


class Wrong(Exception):
    """A case went wrong; says how."""


def cases_of(corpus: Path, kind: str) -> list[Case]:
    """The cases of one class."""
    every = json.loads((corpus / "cases" / "mcp.json").read_text())["cases"]
    return [Case(row["id"], kind, row["name"]) for row in every if row["class"] == kind]


def judge(case: Case, play: Callable[[], str]) -> bool:
    """Plays a case and prints its line; whether it went right.

    Args:
        play: says what was measured; raises `Wrong`, or whatever else, if it went wrong.
    """
    before = time.monotonic()
    try:
        verdict, told = "pass", play()
    except Wrong as wrong:
        verdict, told = "WRONG", str(wrong)
    except Exception as error:  # noqa: BLE001 - whatever it was, the case failed
        verdict, told = "WRONG", f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - before
    print(f"{case.id} {case.kind}, {case.name}: {verdict}, {seconds:.1f} s, {told}", flush=True)
    return verdict == "pass"


def expect(holds: bool, otherwise: str) -> None:
    """Raises Wrong where something does not hold."""
    if not holds:
        raise Wrong(otherwise)


def is_quiet(log: str, key: str) -> bool:
    """Whether a server's log has neither tracebacks nor its key; prints a line of it."""
    tracebacks = [line for line in log.splitlines() if "Traceback" in line]
    right = not tracebacks and key not in log
    print(f"the server's log, without tracebacks and keys: {'pass' if right else 'WRONG'}")
    for line in tracebacks[:3]:
        print(line, flush=True)
    return right
