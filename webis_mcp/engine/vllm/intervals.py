"""Numbers of lines as a model writes them: `3-7 9 12-30`. Pure pairs of writing and reading.

The constraints allow exactly the numbers that were offered, where the server can hold a model to
one; what comes back is checked all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from webis_mcp.errors import AnswerUnreadable

NONE = "none"

MOST_INTERVALS = 400
"""In one answer; a view has fewer lines in doubt."""

_ANSWER = re.compile(r"\d{1,6}(?:\s*-\s*\d{1,6})?(?:[\s,;]+\d{1,6}(?:\s*-\s*\d{1,6})?)*[\s,;.]*")
_INTERVAL = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


def write_intervals(numbers: Iterable[int]) -> str:
    """The numbers in rising order, runs joined."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(f"{a}-{b}" if a < b else f"{a}" for a, b in runs) or NONE


def read_intervals(answer: str, last: int) -> frozenset[int]:
    """The numbers that an answer names, each from 1 to `last`.

    Raises:
        AnswerUnreadable: it is something else, or names what was not offered.
    """
    text = _THOUGHT.sub("", answer).strip()
    if text.strip(" .\"'").lower() == NONE:
        return frozenset()
    if text.startswith("{"):
        return _of_runs(_json_runs(text), last)
    if not _ANSWER.fullmatch(text):
        # its words are not told: a page may have put them into its mouth
        raise AnswerUnreadable("The model's answer is no list of lines.")
    found = [(int(m[1]), int(m[2] or m[1])) for m in _INTERVAL.finditer(text)]
    return _of_runs(found, last)


def read_beginning(answer: str, last: int) -> tuple[frozenset[int], int]:
    """The numbers of an answer that was cut short, and the number up to which it is whole.

    The last interval may have been going on when it was cut, so it is not taken.
    """
    text = _THOUGHT.sub("", answer)
    whole, found, _ = text.rstrip().rpartition(" ")
    if not found or text.lstrip().startswith("{"):
        return frozenset(), 0
    numbers = read_intervals(whole, last)
    return numbers, max(numbers, default=0)


def _json_runs(text: str) -> list[tuple[int, int]]:
    try:
        value: Any = json.loads(text)
        return [(int(first), int(second)) for first, second in value["content"]]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise AnswerUnreadable("The model's answer is not of the form asked for.") from error


def _of_runs(runs: Iterable[tuple[int, int]], last: int) -> frozenset[int]:
    """All numbers of the runs; a run may be given backwards, for no constraint can forbid it."""
    numbers: set[int] = set()
    for low, high in map(sorted, runs):
        if low < 1 or high > last:
            raise AnswerUnreadable(
                f"The model names lines {low} to {high}, where 1 to {last} were offered."
            )
        numbers.update(range(low, high + 1))
    return frozenset(numbers)


def regex_of(last: int) -> str:
    """A regular expression for every answer about lines 1 to `last`."""
    ways = ("".join(f"[{a}-{b}]" if a < b else a for a, b in way) for way in _up_to(last))
    number = f"(?:{'|'.join(ways)})"
    interval = f"{number}(?:-{number})?"
    more = min(MOST_INTERVALS, (last + 1) // 2) - 1
    return f"(?:{NONE}|{interval}(?: {interval}){{0,{max(0, more)}}})"


def grammar_of(last: int) -> str:
    """The same as a grammar in GBNF, which vLLM reads as EBNF."""
    ways = (" ".join(f"[{a}-{b}]" for a, b in way) for way in _up_to(last))
    return (
        f'root ::= "{NONE}" | interval (" " interval)*\n'
        'interval ::= number ("-" number)?\n'
        f"number ::= {' | '.join(ways)}\n"
    )


def schema_of(last: int) -> dict[str, Any]:
    """The same as a JSON Schema, for servers that know no other constraint."""
    number = {"type": "integer", "minimum": 1, "maximum": last}
    run = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    runs = {"type": "array", "items": run, "maxItems": min(MOST_INTERVALS, last)}
    return {
        "type": "object",
        "properties": {"content": runs},
        "required": ["content"],
        "additionalProperties": False,
    }


def write_json(numbers: Iterable[int]) -> str:
    """The numbers as `schema_of` wants them."""
    runs = [part.split("-") for part in write_intervals(numbers).split() if part != NONE]
    return json.dumps({"content": [[int(run[0]), int(run[-1])] for run in runs]})


def _up_to(last: int) -> list[list[tuple[str, str]]]:
    """The numbers from 1 to `last` without leading zeros, as sequences of spans of digits."""
    digits = str(last)
    ways = [[("1", "9"), *[("0", "9")] * more] for more in range(len(digits) - 1)]
    for at, own in enumerate(digits):
        low = "1" if at == 0 else "0"
        if own > low:
            same = [(digit, digit) for digit in digits[:at]]
            free = [("0", "9")] * (len(digits) - at - 1)
            ways.append([*same, (low, str(int(own) - 1)), *free])
    return [*ways, [(digit, digit) for digit in digits]]
