"""The door to whoever can tell content from noise. Nothing behind it is imported here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What an engine thinks of a page.

    Attributes:
        engine: its name.
        content: one probability of *content* a block, in the blocks' order, calibrated.
        quality: how good an extraction on these verdicts is thought to be, 0 to 1.
    """

    engine: str
    content: tuple[float, ...]
    quality: float
