"""What a model is shown of a page: lines of a few words, each with the blocks it stands for.

Known on both sides of the pipe, so it imports little; `looking` makes it of a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Style = Literal["lines", "nodes", "elements"]
"""Whose way of showing a block: ours, the predecessor's, MinerU-HTML's."""

SURE_NOISE, SURE_CONTENT = 0.1, 0.9
"""Between them a block is in doubt. On 150 labelled pages a fifth of the blocks was, and of the
others 0.6 % were judged wrongly (0.05 and 0.95: three tenths, and 0.3 %)."""

SHARED = " | "
"""Between the blocks that share a line."""


class Row(NamedTuple):
    """A line of the view.

    Attributes:
        blocks: the orders of the blocks that it stands for.
        mark: what they are.
        text: their words, cut.
        segment: of the first one; a page is best parted where it changes.
        under: the orders of the headings that it stands under, outermost first.
        sure: what the embedded engine is sure of; `None` where it is in doubt.
    """

    blocks: tuple[int, ...]
    mark: str
    text: str
    segment: int
    under: tuple[int, ...] = ()
    sure: bool | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What a model is shown of a page.

    Attributes:
        title, address: which page it is.
        rows: its lines; no block stands in two.
        headings: level and words of its headings, by their order.
        whole: whether every block is asked about, not only those in doubt.
    """

    title: str
    address: str
    rows: tuple[Row, ...]
    headings: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    whole: bool = False

    def asks(self, row: Row) -> bool:
        """Whether the answer about a line is wanted; else it only shows what the model is worth."""
        return self.whole or row.sure is None

    @property
    def asked(self) -> tuple[int, ...]:
        """The orders of the blocks that are asked about."""
        return tuple(order for row in self.rows if self.asks(row) for order in row.blocks)


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is to be looked at.

    Attributes:
        style: whose way of showing a block.
        whole: whether every block is shown, not only those in doubt.
    """

    style: Style = "lines"
    whole: bool = False


def is_sure(probability: float) -> bool | None:
    """Whether a block is surely content, surely noise, or in doubt (`None`)."""
    if probability >= SURE_CONTENT:
        return True
    return False if probability <= SURE_NOISE else None
