"""Writes what we make of each golden page today: `python -m tests.pages.refresh`. Read the diff."""

from __future__ import annotations

import sys

from tests.support.golden import golden_slugs, read_golden, written


def refresh(slug: str) -> bool:
    """Write a page's `expected.md`; whether it changed."""
    golden = read_golden(slug)
    before = golden.expected.read_text(encoding="utf-8") if golden.expected.exists() else None
    after = written(golden.extract())
    golden.expected.write_text(after, encoding="utf-8", newline="\n")
    return before != after


def main() -> None:
    for slug in golden_slugs():
        sys.stdout.write(f"{slug}: {'changed' if refresh(slug) else 'as before'}\n")


if __name__ == "__main__":
    main()
