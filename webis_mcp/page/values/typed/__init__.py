"""Words that show by their form what they are: addresses, amounts, dates, numbers with a check."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A typed word of a text: where it stands, and what it is in the form of its type."""

    start: int
    end: int
    value: str
