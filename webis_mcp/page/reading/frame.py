"""What the walk through a tree knows of the text at hand, from the elements around it."""

from __future__ import annotations

from typing import NamedTuple

from webis_mcp.page.model import Hidden, Kind, Mark

_PLAIN = Mark.PLAIN  # looked up once: before Python 3.12 that is a call of a function


class Frame(NamedTuple):
    """What holds for the text at hand: set by the elements around it.

    What changes often has a method: `_replace` takes three times as long, and there are thousands.
    """

    kind: Kind = Kind.PARAGRAPH
    level: int = 0
    mark: Mark = Mark.PLAIN
    href: str | None = None
    quote_depth: int = 0
    in_item: bool = False
    hidden: Hidden = Hidden.NO

    def marked(self, mark: Mark) -> Frame:
        """The same within one mark more."""
        kind, level, outer, href, quote_depth, in_item, hidden = self
        mark = mark if outer is _PLAIN else outer | mark
        return Frame(kind, level, mark, href, quote_depth, in_item, hidden)

    def linked(self, href: str) -> Frame:
        """The same within a link."""
        kind, level, mark, _, quote_depth, in_item, hidden = self
        return Frame(kind, level, mark, href, quote_depth, in_item, hidden)
