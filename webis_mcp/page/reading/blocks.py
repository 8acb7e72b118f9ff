"""Cuts a tree into blocks in one walk. Knows what a browser sets apart, not what is content."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from webis_mcp.page.model import Block, Cell, Element, Kind, ListPlace, Mark, Run
from webis_mcp.page.reading.code import language_of, numbered_code, verbatim
from webis_mcp.page.reading.elements import (
    DECORATION,
    is_permalink,
    names_of,
    number_children,
    says_without_buttons,
)
from webis_mcp.page.reading.formulas import is_drawing, is_drawn, tex_of
from webis_mcp.page.reading.frame import Frame
from webis_mcp.page.reading.grid import is_data_table, own_cells, own_rows, span, spread_is_sane
from webis_mcp.page.reading.hiding import Hiding, is_wordless, strip_invisible
from webis_mcp.page.reading.lines import Line, Links
from webis_mcp.page.tree import BLOCK_TAGS, SEPARATOR, SHADOW, SKIPPED, Node

MAX_BLOCKS = 30_000
"""Blocks of a page; the text of further ones stands in the last (the largest known: 6,300)."""

_MARKS = {
    **dict.fromkeys(("b", "strong"), Mark.STRONG),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), Mark.EMPHASIS),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), Mark.CODE),
    **dict.fromkeys(("del", "s", "strike"), Mark.STRIKE),
    "sub": Mark.SUBSCRIPT,
    "sup": Mark.SUPERSCRIPT,
}
_KINDS = {
    "li": Kind.LIST_ITEM,
    "blockquote": Kind.QUOTE,
    "figcaption": Kind.CAPTION,
    "caption": Kind.CAPTION,
    "dt": Kind.TERM,
    "dd": Kind.DEFINITION,
    "button": Kind.FORM,
    "legend": Kind.FORM,
    "summary": Kind.OTHER,
    "address": Kind.OTHER,
    **{f"h{level}": Kind.HEADING for level in range(1, 7)},
}
_HEADING, _FORM, _ITEM, _QUOTE = Kind.HEADING, Kind.FORM, Kind.LIST_ITEM, Kind.QUOTE
"""Before Python 3.12 a member of an enum is looked up by a function: too slow for every element."""

_LISTS = ("ul", "ol", "menu", "dir")
_CODE = ("pre", "listing", "xmp", "plaintext")
_WHOLE = re.compile(r"\s*([+-]?[0-9]{1,6})(?![0-9])")


@dataclass(slots=True)
class _List:
    """A list being read: its numbering, and whether the item at hand still wants its bullet."""

    ordered: bool
    number: int
    step: int
    fresh: bool = True

    def next_item(self, item: Node) -> None:
        self.number = _whole(item.attrs.get("value", ""), self.number + self.step)
        self.fresh = True


class Cutter:
    """Walks a tree once; `blocks`, `elements` and `warnings` are what it found.

    Args:
        base: what links are relative to, `None` where unknown.
        hiding: says which elements a browser would not show.
    """

    def __init__(self, base: str | None, hiding: Hiding) -> None:
        self.blocks: list[Block] = []
        self.elements: list[Element] = []
        self.warnings: list[str] = []
        self._line = Line()
        self._links = Links(base)
        self._hidden_of = hiding.of
        self._lists: list[_List] = []
        self._speaking: dict[Node, bool] = {}  # headings with buttons: whether they say more
        self._headings: list[tuple[int, int]] = []
        self._under: tuple[int, ...] = ()
        self._in_cell = False
        self._segment = -1
        self._company = -2
        self._special: dict[str, Callable[[Node, Node, Frame], None]] = {
            **dict.fromkeys(_LISTS, self._list),
            **dict.fromkeys(_CODE, self._code),
            **dict.fromkeys(_KINDS, self._kind),
            **dict.fromkeys(_MARKS, self._mark),
            "table": self._table,
            "a": self._link,
            "br": self._break,
            "img": self._image,
            "math": self._formula,
        }

    def cut(self, root: Node) -> None:
        """Read a whole tree."""
        frame = Frame()
        self._walk(root, root, frame)
        if self._line.pieces:
            self._cut_line(root, frame)

    # -------------------------------------------- the walk, never deeper than the tree
    # `place` is the nearest block-level element: the one that the text at hand belongs to.

    def _walk(self, node: Node, place: Node, frame: Frame) -> None:
        before: Node | str = ""  # what stands just before
        for child in node.children:
            if not isinstance(child, str):
                if child.tag in SKIPPED:
                    if SHADOW in child.attrs:
                        self._walk(child, place, frame)
                    continue
                touches = before and self._line.touch(before, child, frame.mark)
                self._enter(child, place, frame)
                if touches:
                    self._line.leave()
            elif child == SEPARATOR:
                self._end(place, frame)
            else:
                if before:
                    self._line.touch(before, child, frame.mark)
                self._line.add(child, frame.mark, frame.href)
            before = child

    def _enter(self, node: Node, place: Node, frame: Frame) -> None:
        tag, attrs = node.tag, node.attrs
        if attrs or tag == "dialog":
            if self._hidden_of(node) and self._set_apart(node, frame):
                return
            if "aria-hidden" in attrs and is_drawing(node):
                return
        read = self._special.get(tag, self._walk)
        if tag in BLOCK_TAGS:
            if self._line.pieces:
                self._end(place, frame)
            read(node, node, frame)
            if self._line.pieces:
                self._end(node, frame)
        else:
            read(node, place, frame)

    def _set_apart(self, node: Node, frame: Frame) -> bool:
        """Whether a browser would not show an element. Then its text becomes blocks of its own,
        before the line it stands in. What is no text becomes nothing.
        """
        hidden = self._hidden_of(node)
        if hidden and is_wordless(node):
            return True
        if not hidden or frame.hidden or is_drawn(node):
            return False
        if len(self.blocks) >= MAX_BLOCKS:
            return True
        frame = frame._replace(hidden=hidden)
        line, in_cell = self._line, self._in_cell
        self._line, self._in_cell = Line(), False
        self._special.get(node.tag, self._walk)(node, node, frame)
        self._end(node, frame)
        self._line, self._in_cell = line, in_cell
        return True

    def _list(self, node: Node, place: Node, frame: Frame) -> None:
        self._lists.append(_list_of(node))
        inner = frame._replace(in_item=False)
        self._walk(node, place, inner)
        self._end(place, inner)
        self._lists.pop()

    def _kind(self, node: Node, place: Node, frame: Frame) -> None:
        """An element that says what the text in it is."""
        tag = node.tag
        kind = _KINDS[tag]
        if kind is _FORM and frame.kind is _HEADING and not self._has_text_beside(node):
            self._walk(node, place, frame)  # a heading that opens and closes
            return
        inner = Frame(
            kind,
            int(tag[1]) if kind is _HEADING else 0,
            frame.mark,
            frame.href,
            frame.quote_depth + (kind is _QUOTE),
            frame.in_item or kind is _ITEM,
            frame.hidden,
        )
        if kind is _ITEM and self._lists:
            self._lists[-1].next_item(node)
        self._walk(node, place, inner)
        self._end(place, inner)

    def _has_text_beside(self, button: Node) -> bool:
        """Whether the heading that a button stands in has text that is on no button."""
        node: Node | None = button
        while node is not None and _KINDS.get(node.tag) is not _HEADING:
            node = node.parent
        if node is None:
            return False
        if node not in self._speaking:
            self._speaking[node] = says_without_buttons(node)
        return self._speaking[node]

    def _mark(self, node: Node, place: Node, frame: Frame) -> None:
        self._walk(node, place, frame.marked(_MARKS[node.tag]))

    def _link(self, node: Node, place: Node, frame: Frame) -> None:
        said = node.attrs.get("href", "")
        if (frame.kind is _HEADING or said[:1] == "#") and is_permalink(node):
            return
        href = self._links.resolve(said)
        self._walk(node, place, frame.linked(href) if href else frame)

    def _break(self, _: Node, place: Node, frame: Frame) -> None:
        if self._line.end_line() and not self._is_joined():
            self._end(place, frame)

    def _image(self, node: Node, _: Node, frame: Frame) -> None:
        image = self._links.image(node)
        if image:
            self._line.add_image(image, frame.href)

    def _formula(self, node: Node, _: Node, frame: Frame) -> None:
        self._line.add(tex_of(node), frame.mark, frame.href)

    # -------------------------------------------- what becomes a block at once

    def _code(self, node: Node, place: Node, frame: Frame, named: Node | None = None) -> None:
        """Code as it stands; its language is told by names on or around `named`."""
        lines = verbatim(node, partial(self._set_apart, frame=frame))
        text = strip_invisible(lines).strip("\n").rstrip()
        if self._is_joined():
            for row in text.split("\n"):
                self._line.add(row, Mark.CODE, None)
                self._line.end_line()
        elif text.strip():
            code = frame._replace(kind=Kind.CODE, level=0)
            self._emit(place, code, text, runs=(Run(text),), language=language_of(named or node))

    def _table(self, node: Node, place: Node, frame: Frame) -> None:
        if (code := numbered_code(node)) is not None:  # whose numbers are none of its words
            self._code(code, code, frame, named=node)
            return
        if self._is_joined() or not is_data_table(node):
            self._walk(node, place, frame)
            return
        for child in node.children:
            if not isinstance(child, str) and child.tag == "caption":
                self._enter(child, place, frame)
        sane = spread_is_sane(node)
        leave_out = partial(self._set_apart, frame=frame)
        rows = tuple(
            tuple(self._cell(cell, frame, sane) for cell in own_cells(row) if not leave_out(cell))
            for row in own_rows(node, leave_out)
        )
        text = "\n".join("\t".join(" ".join(c.text.split()) for c in row) for row in rows)
        if text.strip():
            table = frame._replace(kind=Kind.TABLE, level=0)
            self._emit(place, table, text.strip("\n"), rows=tuple(row for row in rows if row))

    def _cell(self, node: Node, frame: Frame, sane: bool) -> Cell:
        outer, self._line, self._in_cell = self._line, Line(), True
        self._walk(node, node, frame._replace(kind=Kind.PARAGRAPH, in_item=False))
        runs = self._line.runs()
        self._line, self._in_cell = outer, False
        return Cell(
            runs=runs,
            header=node.tag == "th",
            colspan=span(node, "colspan") if sane else 1,
            rowspan=span(node, "rowspan") if sane else 1,
        )

    # -------------------------------------------- the end of a line

    def _end(self, place: Node, frame: Frame) -> None:
        """What was read so far stands apart from what comes next."""
        if not self._line.pieces:
            return
        if self._in_cell:
            self._line.end_line()
        elif self._is_joined():
            self._line.add(" ", Mark.PLAIN, None)  # a line for each would take a minute to write
        else:
            self._cut_line(place, frame)

    def _is_joined(self) -> bool:
        """Whether what stands apart becomes no block: in a cell, and past the last one."""
        return self._in_cell or len(self.blocks) >= MAX_BLOCKS

    def _cut_line(self, place: Node, frame: Frame) -> None:
        runs = self._line.runs()
        self._line.clear()
        text = runs[0].text if len(runs) == 1 else "".join([run.text for run in runs])
        text = text.strip()
        if not DECORATION.issuperset(text):
            self._emit(place, frame, text, runs=runs)
        elif any(run.image for run in runs):
            images = tuple(run for run in runs if run.image)
            self._emit(place, frame._replace(kind=Kind.IMAGE, level=0), "", runs=images)

    def _emit(
        self,
        place: Node,
        frame: Frame,
        text: str,
        *,
        runs: tuple[Run, ...] = (),
        rows: tuple[tuple[Cell, ...], ...] = (),
        language: str = "",
    ) -> None:
        order = len(self.blocks)
        element = self._element(place)
        company = self.elements[element].parent if element >= 0 else -1
        if company != self._company:
            self._segment, self._company = self._segment + 1, company
        self.blocks.append(
            Block(  # by position: by name it takes twice as long
                order,
                frame.kind,
                text,
                element,
                self._segment,
                frame.level,
                runs,
                rows,
                self._place(frame) if frame.in_item else None,
                frame.quote_depth,
                language,
                self._path(order, frame),
                frame.hidden,
            )
        )
        if order + 1 == MAX_BLOCKS:
            self.warnings.append(
                f"More than {MAX_BLOCKS:,} blocks: the rest is read as one, without what is hidden."
            )

    def _path(self, order: int, frame: Frame) -> tuple[int, ...]:
        """The headings above; a heading itself is above what follows."""
        if frame.kind is not _HEADING or frame.hidden:
            return self._under
        headings = self._headings
        while headings and headings[-1][0] >= frame.level:
            headings.pop()
        path = tuple([above for _, above in headings])
        headings.append((frame.level, order))
        self._under = (*path, order)
        return path

    def _place(self, frame: Frame) -> ListPlace:
        """Where in its list what stands in an item stands."""
        if not self._lists:
            return ListPlace(depth=0, ordered=False, number=1)
        place = self._lists[-1]
        first = place.fresh and not frame.hidden
        place.fresh = place.fresh and not first
        return ListPlace(len(self._lists) - 1, place.ordered, place.number, first)

    def _element(self, node: Node) -> int:
        """The place of a node in `elements`, entered with all above it; -1 for the root."""
        if node.index >= 0:
            return node.index
        missing: list[tuple[Node, Node]] = []
        while node.index < 0 and node.parent is not None:
            missing.append((node, node.parent))
            node = node.parent
        index = node.index
        for node, parent in reversed(missing):
            if not node.position:
                number_children(parent)
            hidden = self._hidden_of(node) if node.hidden is None else node.hidden
            self.elements.append(Element(node.tag, index, node.position, names_of(node), hidden))
            index = node.index = len(self.elements) - 1
        return index


def _list_of(node: Node) -> _List:
    step, first = 1, 1
    if "reversed" in node.attrs:  # counts down to 1 where it does not say from where
        step, first = -1, sum(not isinstance(c, str) and c.tag == "li" for c in node.children)
    return _List(node.tag == "ol", _whole(node.attrs.get("start", ""), first) - step, step)


def _whole(text: str, otherwise: int) -> int:
    """A whole number as an attribute gives it, where it is one of sane length."""
    found = _WHOLE.match(text)
    return int(found[1]) if found else otherwise
