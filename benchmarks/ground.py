"""The measuring ground: its labelled pages and its scorer. Nothing of it is in the project."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WINDOW_LOG = 28
"""Its files are packed with a window of 256 MB."""


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a .jsonl.zst file."""
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
    with zstd.open(path, "rt", encoding="utf-8", options=options) as lines:
        for line in lines:
            yield json.loads(line)


def shuffled(path: Path, *, whole_texts: bool = False) -> list[dict[str, Any]]:
    """The records in an order that is always the same and has nothing to do with what they are.

    With `whole_texts`, only those whose gold is a whole text.
    """
    return shuffle(r for r in records(path) if not whole_texts or r["gold_kind"] == "text")


def shuffle(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records in that order."""
    return sorted(found, key=lambda r: hashlib.sha256(str(r["id"]).encode()).digest())


def scorer_of(bench: Path) -> ModuleType:
    """The scorer of the measuring ground, as a module."""
    spec = importlib.util.spec_from_file_location("scorer", bench / "scorer.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{bench} has no scorer.py.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
