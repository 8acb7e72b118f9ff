"""JSON-LD to things whose every text knows where it stands in its script.

Not `json`: it forgets places, and one stray comma costs it the whole script. What cannot be JSON is
passed over; an unescaped quotation mark within a text, the commonest mistake, is read as meant.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from webis_mcp.page.value import Place
from webis_mcp.page.values.things import Statement, Thing, short_type

MAX_SCRIPT = 500_000
"""Characters of JSON-LD that are read of one script; the longest of 419 pages has 215,000."""

FEWEST_NUMBERED = 3
"""Numbers that make a text one of numbered parts; two may be a date."""

MAX_DEPTH = 60
"""Braces within braces that are followed."""

_TOKEN = re.compile(
    r"[{}\[\],:]"
    r'|"((?:[^"\\]++|\\.|"(?!\s*(?:[,:}\]]|\Z)))*+)(?:"|\\?\Z)'
    r'|[^\s{}\[\],:"]+',
    re.DOTALL,
)
_TAG = re.compile(r"<(?:br|/p|/li|/div|/h\d)\b[^<>]{0,200}>|</?[a-zA-Z][^<>]{0,2000}>")
_BREAK = re.compile(
    r"(?:\\[rn]|\n|<br\s*\\?/?>|<\\?/(?:p|li|div|h\d)>|&lt;(?:br ?/?|/p|/li)&gt;)+", re.IGNORECASE
)
_MARK = re.compile(r"(?<![^\s.!?)])(\d{1,2})[.)]\s+(?=\D)")
_BREAKING = re.compile(r"</?(?:br|p|li|div|h\d)\b")
_ESCAPE = re.compile(r'\\.|"', re.DOTALL)


class Text(NamedTuple):
    """A text or number of JSON, as it stands in the script."""

    raw: str
    quoted: bool
    start: int = 0
    end: int = 0


class Script(NamedTuple):
    """The text of a script, and where it stands."""

    text: str
    xpath: str


Json: TypeAlias = "Text | dict[str, Json] | list[Json]"


def read_script(text: str, xpath: str) -> Iterator[Thing]:
    """The things in a script, outermost first."""
    script = Script(text[:MAX_SCRIPT], xpath)
    for value in parse(script.text):
        yield from _things(value, script)


def parse(text: str) -> list[Json]:
    """The values of a text that is JSON or nearly so."""
    return _Builder().build(text)


class _Builder:
    """Puts tokens together without recursion; what is out of place is passed over."""

    def __init__(self) -> None:
        self.done: list[Json] = []
        self.open: list[dict[str, Json] | list[Json]] = []
        self.keys: list[str | None] = []
        self.last: Text | None = None

    def build(self, text: str) -> list[Json]:
        for match in _TOKEN.finditer(text):
            piece = match[0]
            if piece[0] in "{[":
                self._open({} if piece == "{" else [])
            elif piece[0] in "}]":
                self._close()
            elif piece == ":":
                self._name()
            elif piece == ",":
                self._end_item()
            elif self.open:
                quoted = piece[0] == '"'
                start, end = match.span(1 if quoted else 0)
                self.last = Text(match[1] if quoted else piece, quoted, start, end)
        while self.open:
            self._close()
        return self.done

    def _open(self, container: dict[str, Json] | list[Json]) -> None:
        if len(self.open) < MAX_DEPTH:
            self._put(container)
        self.open.append(container)
        self.keys.append(None)
        self.last = None

    def _close(self) -> None:
        self._end_item()
        if self.open:
            self.open.pop()
            self.keys.pop()

    def _name(self) -> None:
        if self.open and self.last is not None:
            self.keys[-1], self.last = plain(self.last), None

    def _end_item(self) -> None:
        if self.last is not None:
            self._put(self.last)
        self.last = None
        if self.keys:
            self.keys[-1] = None

    def _put(self, value: Json) -> None:
        if not self.open:
            self.done.append(value)
        elif isinstance(self.open[-1], list):
            self.open[-1].append(value)
        elif self.keys[-1] is not None:
            self.open[-1].setdefault(self.keys[-1], value)


def plain(text: Text) -> str:
    """What a text of JSON says, escapes undone."""
    if not text.quoted or "\\" not in text.raw:
        return text.raw
    try:
        return str(json.loads(f'"{_bare(text.raw)}"', strict=False))
    except ValueError:
        return text.raw


def _bare(raw: str) -> str:
    """The text with quotation marks escaped that its author forgot."""
    return _ESCAPE.sub(lambda found: r"\"" if found[0] == '"' else found[0], raw)


def cleaned(text: str) -> str:
    """A text for machines as a person reads it: entities and tags resolved, spaces collapsed."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(lambda tag: " " if _BREAKING.match(tag[0]) else "", text)
    return " ".join(text.split())


def _things(value: Json, script: Script) -> Iterator[Thing]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            graph = item.get("@graph")
            if graph is not None:
                yield from _things(graph, script)
            if graph is None or len(item) > 2:
                yield _thing(item, script)
        elif isinstance(item, list):
            yield from _things(item, script)


def _thing(entity: dict[str, Json], script: Script) -> Thing:
    types = tuple(short_type(plain(text)) for text in _texts(entity.get("@type")))
    address = next((plain(text) for text in _texts(entity.get("@id"))), "")
    thing = Thing(types, source="json-ld", id=address)
    for name, value in entity.items():
        if name in ("@type", "@id", "@context", "@graph"):
            continue
        for said in _said(value, script):
            thing.say(short_type(name), said)
        if (whole := _joined(value, script)) is not None:
            thing.joined[short_type(name)] = whole
    return thing


def _joined(value: Json, script: Script) -> Statement | None:
    """A list of texts as one, quoted from its first to its last."""
    if not isinstance(value, list) or len(value) < 2:
        return None
    texts = [item for item in value if isinstance(item, Text)]
    if len(texts) < len(value):
        return None
    text = ", ".join(filter(None, (cleaned(plain(item)) for item in texts)))
    quote = script.text[texts[0].start : texts[-1].end]
    return Statement(text, Place(quote, script.xpath)) if text else None


def lines_of(said: Statement) -> list[Statement]:
    """A text of several lines, paragraphs or numbered parts, one by one, each with its own part of
    the quote."""
    parts = (part.strip() for part in _BREAK.split(said.place.quote))
    return [
        Statement(text, said.place._replace(quote=quote), said.visible)
        for part in parts
        for quote in _numbered(part)
        if (text := cleaned(plain(Text(quote, quoted=True))))
    ]


def _numbered(text: str) -> list[str]:
    """The parts of a text that numbers them from 1 on, "1. Mix. 2. Bake.", without the numbers;
    else the text."""
    starts: list[re.Match[str]] = []
    for mark in _MARK.finditer(text):
        if int(mark[1]) == len(starts) + 1:
            starts.append(mark)
    if len(starts) < FEWEST_NUMBERED or starts[0].start() > 0:
        return [text]
    ends = [mark.start() for mark in starts[1:]] + [len(text)]
    return [text[mark.end() : end].strip() for mark, end in zip(starts, ends, strict=True)]


def _said(value: Json, script: Script) -> Iterator[Statement | Thing]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield _thing(item, script)
        elif isinstance(item, list):
            yield from _said(item, script)
        elif (text := cleaned(plain(item))) and text != "null":
            yield Statement(text, Place(item.raw, script.xpath))


def _texts(value: Json | None) -> Iterator[Text]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Text):
            yield item
