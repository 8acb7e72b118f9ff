"""Models of a few lines, for `model_server`: one that is perfect, some that are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from webis_mcp.engine.vllm.intervals import write_intervals, write_json

_LINE = re.compile(r"^[a-z]{2}(\d+)(?:-(\d+))? \S+ (.*)$", re.MULTILINE)
_ONE = re.compile(r"Is [a-z]{2}(\d+)(?:-\d+)? (?:\(.*\) )?content\?")

Knows = Callable[[str], bool]
"""Whether words are content."""


def lines_of(prompt: str) -> Iterator[tuple[int, int, str]]:
    """The lines of a prompt: first and last number, words."""
    for match in _LINE.finditer(prompt):
        yield int(match[1]), int(match[2] or match[1]), match[3]


def perfect(knows: Knows) -> Callable[[str], str]:
    """Answers as it is asked to: with intervals, with JSON, or with yes or no."""

    def answer(prompt: str) -> str:
        one = _ONE.search(prompt)
        found = set(_content(prompt, knows))
        if one:
            return "yes" if int(one[1]) in found else "no"
        return write_json(found) if "Answer with JSON" in prompt else write_intervals(found)

    return answer


def _content(prompt: str, knows: Knows) -> Iterator[int]:
    for first, last, words in lines_of(prompt):
        parts = words.split(" | ")
        if len(parts) == last - first + 1:
            yield from (first + at for at, part in enumerate(parts) if knows(part))
        elif knows(words):
            yield from range(first, last + 1)
