"""The shape of a message that we know."""

from __future__ import annotations

from dataclasses import dataclass

from webis_mcp.service.diagnosis.model import Remedy, Said

CAUSE, ERROR, CONSEQUENCE, WARNING = range(4)
"""Depths at which a message may stand: of several in one text the deepest tells most."""


@dataclass(frozen=True, slots=True)
class Known:
    """A message in all its wordings.

    Attributes:
        heading: its words as they are printed, up to where they vary.
        says: patterns of its wordings, today's first; a space stands for any white space.
        checks: what looks whether this machine shows it.
        figures: the remedy with figures that the pattern has by name, where it found them.
    """

    code: str
    heading: str
    says: tuple[str, ...]
    checks: tuple[str, ...]
    cause: Said
    remedy: Remedy
    figures: Remedy | None = None
    depth: int = ERROR
