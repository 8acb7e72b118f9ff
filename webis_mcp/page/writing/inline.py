"""The runs of one block as lines of Markdown: white space and punctuation out of the marks, images
and footnote marks written, scripts' addresses left out. Knows nothing of blocks or lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from webis_mcp.page.model import Image, Mark, Run
from webis_mcp.page.writing.escaping import (
    PAIRED,
    Solidity,
    escape,
    escape_start,
    leads_somewhere,
    solidity,
    write_address,
)
from webis_mcp.page.writing.weaving import CODE, EMPHASIS, Span, weave

_SHOWN = EMPHASIS | CODE
_NO_MARK = Mark.PLAIN
_SUPERSCRIPT = Mark.SUPERSCRIPT.value
_PLAIN_START = re.compile(r"[^#+=|>:\d\s-]")
"""What a line begins with that is no heading, item, quote or rule."""

_PLAIN = re.compile(r"[^\\*_~`\[\]<&|\x00-\x1f\x85\u2028\u2029]*")
"""Text that is its own Markdown: most of it, and it need not be taken apart."""

_FENCES = {Mark.STRONG.value: "**", Mark.EMPHASIS.value: "*", Mark.STRIKE.value: "~~", CODE: "`"}
_FENCE = re.compile(r"(\*\*|~~|[*`])")
_CONTROL = re.compile(r"[\t\x0b\f\r\x1c-\x1f\x85\u2028\u2029]")
_BLANKS = re.compile(" {2,}")
_RAISED = re.compile(r"[\w+\u2212\u2013-]{0,12}\d[\w+\u2212\u2013.-]{0,12}")
"""What says something else when it is not raised: ten to the sixth is not 106. "th" does not."""

_HARD_BREAK = "  "
_CELL_BREAK = Span("<br>", raw=True)


@dataclass(frozen=True, slots=True)
class Look:
    """How the runs of a block are to be written.

    Attributes:
        links: whether links are.
        images: whether images are.
        notes: labels of the footnotes that are written, by the anchor that leads to each.
        page: the address of the page, without anchor; "" where unknown.
        added: marks that all of the text has.
        dropped: marks that none of it has.
        shared: whether other text stands in the same paragraph.
        starts: whether its lines are lines of the Markdown.
        in_cell: whether it stands in a cell of a table.
    """

    links: bool = True
    images: bool = False
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    page: str = ""
    added: Mark = Mark.PLAIN
    dropped: Mark = Mark.PLAIN
    shared: bool = False
    starts: bool = True
    in_cell: bool = False

    def target(self, href: str | None) -> str | None:
        """Where a link is to lead; `None` where it is to be text.

        A place on the same page is none: its anchor is not written.
        """
        if not self.links or href is None or self.anchor(href) is not None:
            return None
        return href if leads_somewhere(href) else None

    def anchor(self, href: str) -> str | None:
        """The name of the place on the same page that a link leads to."""
        address, found, name = href.partition("#")
        return name if found and address in ("", self.page) else None


def write_runs(runs: Sequence[Run], look: Look) -> list[str]:
    """The lines of a block's text; none where nothing of it is written."""
    if line := _written_at_once(runs, look):
        return [line]
    lines = [tidy for line in _lines(_spans(runs, look)) if (tidy := _tidied(line))]
    if look.in_cell and lines:
        lines = [[span for line in lines for span in (_CELL_BREAK, *line)][1:]]
    return weave(lines, shared=look.shared, starts=look.starts)


def write_paragraph(runs: Sequence[Run], look: Look) -> list[str]:
    """The lines of a block's text, each but the last with the spaces that keep it a line."""
    *others, last = write_runs(runs, look) or [""]
    return [*(line + _HARD_BREAK for line in others), last] if last else []


def _written_at_once(runs: Sequence[Run], look: Look) -> str:
    """The line of a block of plain texts, links and marks between spaces, as most are; else ""."""
    parts: list[str] = []
    added, kept = look.added.value, ~look.dropped.value
    usual = added & kept
    last: str | None = None
    marks = 0
    for text, mark, href, image in runs:
        if image is not None or not _PLAIN.fullmatch(text):
            return ""
        target = look.target(href)
        if own := usual if mark is _NO_MARK else (mark.value | added) & kept:
            marks |= own
            text = _marked(text, own) if target is None else ""
        elif target is not None:
            text = _linked(text, target) if target != last else ""
            last = target
        if not text:
            return ""
        parts.append(text)
    line = "".join(parts)
    if marks and not _are_apart(line):
        return ""
    return _as_line(line, look, bare=last is None and not marks)


def _marked(text: str, mark: int) -> str:
    """A plain text with one mark; "" where it has others, or no word to be marked."""
    core = text.strip()
    if mark not in _FENCES or not any(map(str.isalnum, core)):
        return ""
    lead, _, tail = text.partition(core)
    return f"{lead}{_FENCES[mark]}{core}{_FENCES[mark]}{tail}"


def _linked(text: str, target: str) -> str:
    """A plain text that is a link; "" where the link is not simply written around it."""
    if text == target or text != text.strip():
        return ""
    return text and f"[{text}]({write_address(target)})"


def _are_apart(line: str) -> bool:
    """Whether white space is on both sides of all marks, and words without a mark between them."""
    around = _FENCE.split(f" {line} ")[::4]
    apart = all(text[:1].isspace() and text[-1:].isspace() for text in around)
    return apart and all(map(str.strip, around[1:-1]))


def _as_line(line: str, look: Look, *, bare: bool) -> str:
    """A line of plain texts, and of links and marks where it is not bare; "" where it is none."""
    if "![" in line or "  " in line or line != line.strip():
        return ""
    if not look.starts or _PLAIN_START.match(line):
        return line
    return escape_start(line, whole=True) if bare else ""


# ------------------------------------------------ runs to spans


def _spans(runs: Sequence[Run], look: Look) -> Iterator[Span]:
    added, shown = look.added.value, _SHOWN & ~look.dropped.value
    for index, run in enumerate(runs):
        mark = (run.mark.value | added) & shown
        if run.image is not None:
            if look.images and leads_somewhere(run.image.src):
                yield Span(_write_image(run.image), mark, look.target(run.href), raw=True)
        elif not run.text:
            continue
        elif run.mark.value & _SUPERSCRIPT:
            yield from _raised(run, mark, look, alone=_stands_alone(runs, index))
        else:
            yield _text(run, mark, look)


def _text(run: Run, mark: int, look: Look) -> Span:
    if look.in_cell and mark & CODE and "\\|" in run.text:
        mark &= ~CODE  # readers differ on where the cell would end
    return Span(_CONTROL.sub(" ", run.text), mark, look.target(run.href))


def _stands_alone(runs: Sequence[Run], index: int) -> bool:
    """Whether white space, or nothing, is on both sides of a run."""
    before = runs[index - 1].text[-1:] if index else ""
    after = runs[index + 1].text[:1] if index + 1 < len(runs) else ""
    return not before.strip() and not after.strip()


def _raised(run: Run, mark: int, look: Look, *, alone: bool) -> Iterator[Span]:
    """A raised text: a footnote's mark, a number that must not run into its neighbour, or text."""
    note = note_label(run, look)
    span = _text(run, mark, look)
    if note is not None:
        yield Span(f"[^{note}]", mark, raw=True)
    elif not alone and _RAISED.fullmatch(run.text):
        yield span._replace(text="<sup>", raw=True)
        yield span
        yield span._replace(text="</sup>", raw=True)
    else:
        yield span


def note_label(run: Run, look: Look) -> str | None:
    """The label of the footnote that a run leads to, when the run says just that."""
    anchor = look.anchor(run.href or "")
    label = look.notes.get(anchor) if anchor else None
    return label if label is not None and run.text.strip("[] ") == label else None


def _write_image(image: Image) -> str:
    words = _BLANKS.sub(" ", _CONTROL.sub(" ", image.alt.replace("\n", " "))).strip()
    return f"![{escape(words, '', ']', PAIRED | {'['})}]({write_address(image.src)})"


def _lines(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans parted at line breaks. A break within a link is a space: a link is written once."""
    line: list[Span] = []
    broken = False
    for span in spans:
        parts = span.text.split("\n")
        for number, part in enumerate(parts):
            broken = broken or number > 0
            if not part:
                continue
            if broken and line:
                if span.href is not None and line[-1].href == span.href:
                    line.append(Span(" "))
                else:
                    yield line
                    line = []
            broken = False
            line.append(span if part == span.text else span._replace(text=part))
    if line:
        yield line


# ------------------------------------------------ spans as Markdown can mark them


def _tidied(line: Iterable[Span]) -> list[Span]:
    """A line with white space outside the marks, and punctuation too where they could not stand."""
    spans = _merged(_with_spaces(_evened(list(_cores(line)))))
    if any(span.mark & EMPHASIS for span in spans):
        spans = _loosened(spans)
        spans = _loosened(spans[::-1], backwards=True)[::-1]
        spans = _merged(_shared(spans))
    return spans


class _Core(NamedTuple):
    """A span without white space at its ends, and the white space before it."""

    space: str
    span: Span


def _cores(line: Iterable[Span]) -> Iterator[_Core]:
    space = ""
    for span in line:
        core = span.text if span.raw else span.text.strip()
        if not core:
            space += span.text
            continue
        if core == span.text:
            yield _Core(space, span)
            space = ""
            continue
        lead, _, tail = span.text.partition(core)
        yield _Core(space + lead, span._replace(text=core))
        space = tail


def _evened(cores: Sequence[_Core]) -> Iterator[_Core]:
    """Spans without a letter or digit marked only as both their neighbours are."""
    for index, (space, span) in enumerate(cores):
        if span.raw or not span.mark & EMPHASIS or any(map(str.isalnum, span.text)):
            yield _Core(space, span)
            continue
        left = cores[index - 1].span.mark if index else 0
        right = cores[index + 1].span.mark if index + 1 < len(cores) else 0
        yield _Core(space, span._replace(mark=span.mark & (left & right | ~EMPHASIS)))


def _with_spaces(cores: Iterable[_Core]) -> Iterator[Span]:
    """White space between spans is in the link that both sides share."""
    last: Span | None = None
    for space, span in cores:
        if space and last is not None:
            yield Span(_BLANKS.sub(" ", space), href=last.href if last.href == span.href else None)
        yield span
        last = span


def _shared(spans: Sequence[Span]) -> Iterator[Span]:
    """White space between spans has the marks that both sides share."""
    for index, span in enumerate(spans):
        if span.text.isspace():
            mark = spans[index - 1].mark & spans[index + 1].mark & EMPHASIS
            yield span._replace(mark=mark)
        else:
            yield span


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Neighbours of one look made one; so are pieces of code, which no mark can part."""
    groups: list[list[Span]] = []
    for span in spans:
        if groups and _are_one(groups[-1][0], span):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [
        group[0]._replace(text="".join([span.text for span in group])) if group[1:] else group[0]
        for group in groups
    ]


def _are_one(left: Span, right: Span) -> bool:
    if left.raw or right.raw or left.href != right.href:
        return False
    if left.text.isspace() or right.text.isspace():  # a mark must find it, to leave it out
        return False
    return left.mark == right.mark or bool(left.mark & right.mark & CODE)


def _loosened(spans: Sequence[Span], *, backwards: bool = False) -> list[Span]:
    """Spans with the punctuation that begins a mark moved out of it where a letter stands before.

    Backwards it is the punctuation that ends a mark, where a letter stands behind.
    """
    found: list[Span] = []
    for span in spans:
        begun = span.mark & EMPHASIS & ~(found[-1].mark if found else span.mark)
        if begun and _is_letter_beside(found[-1], span, backwards=backwards):
            edge, core = _parted(span.text, backwards=backwards)
            if edge:
                found.append(span._replace(text=edge, mark=span.mark & ~begun))
            if core:
                found.append(span._replace(text=core))
        else:
            found.append(span)
    return found


def _is_letter_beside(before: Span, span: Span, *, backwards: bool) -> bool:
    """Whether a mark between the two would stand beside a letter and can be moved."""
    if span.raw or span.mark & CODE or before.href != span.href:
        return False
    if before.mark & CODE:
        return False
    return solidity(before.text[0 if backwards else -1]) in (Solidity.LETTER, Solidity.SYMBOL)


def _parted(text: str, *, backwards: bool) -> tuple[str, str]:
    """The punctuation and white space at an edge of a text, and what is left."""
    if backwards:
        edge, core = _parted(text[::-1], backwards=False)
        return edge[::-1], core[::-1]
    for index, char in enumerate(text):
        if solidity(char) is Solidity.LETTER:
            return text[:index], text[index:]
    return text, ""
