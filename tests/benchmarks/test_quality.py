"""How far we are from the best peer is told for each group of pages, with its error."""

from __future__ import annotations

import pytest

from benchmarks.quality import FEWEST, OURS, Entry, tell_beside

PAGES = 2 * FEWEST
RECORDS = [{"source": "one" if page < FEWEST else "two"} for page in range(PAGES)]


def entry(first: float, second: float) -> Entry:
    """Word F1 of `first` on pages of the one source, of `second` on those of the other."""
    scores = [{"word": first if page < FEWEST else second} for page in range(PAGES)]
    return Entry([""] * PAGES, scores, [1.0] * PAGES, 1.0)


def rows(entries: dict[str, Entry], printed: pytest.CaptureFixture[str]) -> list[list[str]]:
    tell_beside("source", RECORDS, entries)
    lines = [line for line in printed.readouterr().out.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_each_group_has_a_best_peer_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows({OURS: entry(0.8, 0.8), "a": entry(0.9, 0.5), "b": entry(0.7, 0.6)}, capsys)
    assert found == [
        ["one", "a", "-0.100 ± 0.000", "0", str(FEWEST)],
        ["two", "b", "+0.200 ± 0.000", str(FEWEST), "0"],
    ]


def test_the_error_is_that_of_the_mean(capsys: pytest.CaptureFixture[str]) -> None:
    theirs = entry(0.5, 0.5)
    scores = [{"word": 0.4 if page % 2 else 0.8} for page in range(PAGES)]
    ours = Entry(theirs.texts, scores, theirs.milliseconds, 1.0)
    (one, _) = rows({OURS: ours, "a": theirs}, capsys)
    expected = (0.04 * FEWEST / (FEWEST - 1) / FEWEST) ** 0.5
    assert one == ["one", "a", f"+0.100 ± {expected:.3f}", str(FEWEST // 2), str(FEWEST // 2)]


def test_without_peers_there_is_nothing_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    tell_beside("source", RECORDS, {OURS: entry(0.8, 0.8)})
    assert capsys.readouterr().out == ""
