"""The nouns of a page. Frozen: a page does not change under an engine's hands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from itertools import islice
from typing import NamedTuple

from webis_mcp.page.value import Findings

_NAME = re.compile(r"[a-z_][\w.-]*")

SHAPE_LEVELS, SHAPE_NAMES = 5, 20
"""Elements above a block, and characters of their names, that make up the shape of its markup."""


class Kind(StrEnum):
    """What a block is, as a person would name it."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"
    QUOTE = "quote"
    CAPTION = "caption"
    TERM = "term"
    DEFINITION = "definition"
    IMAGE = "image"
    FORM = "form"
    OTHER = "other"


class Hidden(StrEnum):
    """Why a browser would not show a block; the empty value means that it would."""

    NO = ""
    CSS = "css"
    ATTRIBUTE = "attribute"
    SCREEN_READER = "screen_reader"


class Mark(Flag):
    """How a run of text is set apart within its line."""

    PLAIN = 0
    STRONG = auto()
    EMPHASIS = auto()
    CODE = auto()
    STRIKE = auto()
    SUBSCRIPT = auto()
    SUPERSCRIPT = auto()


class Image(NamedTuple):
    """A picture: where it is (resolved against the base) and what its `alt` says."""

    src: str
    alt: str


class Run(NamedTuple):
    """Text of one look within a block. Runs in order, joined, are the block's text.

    A named tuple, as `Block` and `Element` are: a page has thousands, and making a frozen
    dataclass takes four times as long.

    `text` is the page's, white space collapsed as a browser would (not in code); a line break is
    the run "\\n". `href` is resolved against the base, `None` outside links. A run with an `image`
    has no text.
    """

    text: str
    mark: Mark = Mark.PLAIN
    href: str | None = None
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a data table. Paragraphs within it are parted by a run "\\n"."""

    runs: tuple[Run, ...]
    header: bool = False
    colspan: int = 1
    rowspan: int = 1

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs).strip()


class Link(NamedTuple):
    """A link of a block: its words and where it goes (resolved)."""

    text: str
    href: str


class ListPlace(NamedTuple):
    """Where a list item stands: how deep (0 is outermost), numbered or not, its number.

    `first` is false for a further paragraph of the same item, which has no bullet of its own.
    """

    depth: int
    ordered: bool
    number: int
    first: bool = True


class Element(NamedTuple):
    """An element that a block stands in: enough to name it and to know its company.

    Attributes:
        tag: lower-case name.
        parent: index of its parent in `Page.elements`, -1 at the root.
        position: its number among siblings of the same tag, from 1.
        marks: its class, id, role and itemprop, joined by spaces.
        hidden: why a browser would not show it, were its ancestors shown.
    """

    tag: str
    parent: int
    position: int
    marks: str = ""
    hidden: Hidden = Hidden.NO


class Block(NamedTuple):
    """The smallest run of text that a browser would set apart: what we judge.

    Attributes:
        order: its index in the page's reading order.
        kind: what it is.
        text: its words, white space collapsed; newlines part lines of code and rows of a table.
        element: index in `Page.elements` of the nearest block-level element around it.
        segment: number of the run of consecutive blocks with one parent that it is in.
        level: 1 to 6 for a heading, else 0.
        runs: its text by look and link; empty for a table.
        rows: a table's cells, row by row; else empty.
        place: where it stands in a list, when it does.
        quote_depth: how many block quotes it stands in.
        language: the programming language of code, where the page says so, else "".
        heading_path: orders of the headings that it stands under, outermost first.
        hidden: why a browser would not show it.
    """

    order: int
    kind: Kind
    text: str
    element: int
    segment: int
    level: int = 0
    runs: tuple[Run, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    place: ListPlace | None = None
    quote_depth: int = 0
    language: str = ""
    heading_path: tuple[int, ...] = ()
    hidden: Hidden = Hidden.NO

    def all_runs(self) -> Iterator[Run]:
        """Its runs, a table's cell by cell."""
        yield from self.runs
        for row in self.rows:
            for cell in row:
                yield from cell.runs

    @property
    def links(self) -> tuple[Link, ...]:
        """Its links in order, neighbouring runs of one link joined."""
        if not self.rows and not any(run.href for run in self.runs):
            return ()
        found: list[Link] = []
        going_on: str | None = None
        for run in self.all_runs():
            if run.href is not None and run.href == going_on:
                found[-1] = Link(found[-1].text + run.text, run.href)
            elif run.href is not None and run.text.strip():
                found.append(Link(run.text, run.href))
                going_on = run.href
            elif run.href is None:
                going_on = None
        return tuple(Link(link.text.strip(), link.href) for link in found)

    @property
    def link_share(self) -> float:
        """Share of its characters that are in links, 0 to 1."""
        if not self.text:
            return 0.0
        linked = sum(len(run.text) for run in self.all_runs() if run.href is not None)
        return min(1.0, linked / len(self.text))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the head of a page, its structured data and its byline say of it; `None` where silent.

    `published` is an ISO 8601 date or date-time, as exact as the page gives it; `body` the words of
    what the page is about (an article, a product, a recipe, questions), as its structured data
    repeats them, and `others` what that says of who wrote or publishes it and what buyers say.
    """

    title: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    site_name: str | None = None
    description: str | None = None
    body: str | None = None
    others: str | None = None
    canonical_url: str | None = None
    page_kind: str | None = None


class Status(StrEnum):
    """Whether there is content, and if not, why not; or that values are left to a reader.

    `LEFT_OUT`: all there is was left out as asked.
    """

    CONTENT = "content"
    JS_SHELL = "js_shell"
    LOGIN = "login"
    CONSENT = "consent"
    BLOCKED = "blocked"
    EMPTY = "empty"
    NOT_HTML = "not_html"
    NEEDS_READER = "needs_reader"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Signals:
    """What shows that a page may hold no content, where its text does not say it.

    Attributes:
        noscript: what it tells readers without scripts.
        mount_point: whether it has an empty element for a script to fill.
        passwords: how many password fields it has.
        challenge: whether it loads a known bot check.
    """

    noscript: str = ""
    mount_point: bool = False
    passwords: int = 0
    challenge: bool = False


class Alternative(NamedTuple):
    """Another form of the page that it names: `amp`, `print`, `markdown` or `text`."""

    form: str
    url: str


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where a page points its reader to in its stead.

    Attributes:
        refresh: where its meta refresh leads within seconds; never itself.
        alternatives: other forms of it.
    """

    refresh: str | None = None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML document that we have read: its blocks and what its head says.

    Attributes:
        url: where it came from, when known.
        blocks: in reading order.
        elements: every element that a block stands in, parents before children.
        facts: title, author and the like.
        warnings: what had to be cut or guessed to read it, for the answer's reader.
        scripts: how many scripts it has (a shell has many and no text).
        signals: what else may tell why it has no content.
        pointers: where it points its reader to in its stead.
        told: blocks at the end that it tells to machines alone.
    """

    url: str | None
    blocks: tuple[Block, ...]
    elements: tuple[Element, ...]
    facts: Facts = field(default_factory=Facts)
    warnings: tuple[str, ...] = ()
    scripts: int = 0
    signals: Signals = field(default_factory=Signals)
    pointers: Pointers = field(default_factory=Pointers)
    told: int = 0

    def ancestors(self, element: int) -> Iterator[int]:
        """The element and all it stands in, nearest first."""
        while element >= 0:
            yield element
            element = self.elements[element].parent

    def shape(self, block: Block, levels: int = SHAPE_LEVELS) -> tuple[tuple[str, str], ...]:
        """The tags and names of the elements that a block stands in, nearest first: the same for
        the same part of two like items. Of names the beginning counts."""
        above = map(self.elements.__getitem__, islice(self.ancestors(block.element), levels))
        return tuple([(element.tag, element.marks[:SHAPE_NAMES]) for element in above])

    def xpath(self, block: Block) -> str:
        """The path from the root to the block's element, as an XPath."""
        return next(self.xpaths([block]))

    def xpaths(self, blocks: Iterable[Block]) -> Iterator[str]:
        """The same for several blocks; what stands above them is walked once."""
        known = {-1: ""}
        for block in blocks:
            unknown = []
            at = block.element
            while at not in known:
                unknown.append(at)
                at = self.elements[at].parent
            path = known[at]
            for at in reversed(unknown):
                element = self.elements[at]
                path = known[at] = path + step_of(element.tag, element.position)
            yield path or "/"


def step_of(tag: str, position: int) -> str:
    """A step of a path; a tag that XPath would not take for a name is asked for by its text."""
    if _NAME.fullmatch(tag):
        return f"/{tag}[{position}]"
    quote = "'" if '"' in tag else '"'
    return f"/*[name()={quote}{tag}{quote}][{position}]"


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept block, as the `blocks` format gives it.

    `id` is the block's order in the page; `p` the probability of content that it was kept on.
    """

    id: int
    kind: Kind
    text: str
    xpath: str
    p: float
    links: tuple[Link, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was kept of a page, and who decided.

    Attributes:
        content: the kept text in the format asked for (plain text for `blocks`).
        blocks: every kept block with its place.
        engine: who judged the blocks.
        path: how it was decided, step by step, e.g. ("embedded",).
        quality: how good the extraction is thought to be, 0 to 1.
        status: `content`, or why there is none.
        warnings: what the reader of this should know.
        hidden_blocks: blocks left out because a browser would not show them.
        timings: milliseconds by stage.
        pointers: where the page points its reader to in its stead.
        http_status: what the site answered, where the page was fetched.
        findings: the values, where some were asked for.
    """

    content: str
    blocks: tuple[Kept, ...]
    engine: str
    path: tuple[str, ...]
    quality: float
    status: Status = Status.CONTENT
    url: str | None = None
    facts: Facts = field(default_factory=Facts)
    warnings: tuple[str, ...] = ()
    hidden_blocks: int = 0
    timings: dict[str, float] = field(default_factory=dict)
    pointers: Pointers = field(default_factory=Pointers)
    http_status: int | None = None
    findings: Findings | None = None

    @property
    def title(self) -> str | None:
        return self.facts.title
