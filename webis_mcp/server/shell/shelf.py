"""Where the extractions of a folder go: files that mirror its pages, or JSON lines."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TextIO

from webis_mcp.errors import InvalidInput
from webis_mcp.page.model import Extraction
from webis_mcp.server.shell.page import (
    Order,
    answer_of,
    is_json_lines,
    render,
    unwritable,
    write_whole,
)


class Shelf(Protocol):
    """Where extractions go, by the page's path below its folder."""

    def has(self, page: Path) -> bool:
        """Whether an earlier run has put it there."""

    def put(self, page: Path, extraction: Extraction) -> None:
        """Keeps it."""


class Label(NamedTuple):
    """What JSON lines say first of a page: the name of the field, and what the page is called."""

    field: str
    called: Callable[[Path], str]


FILE = Label("file", Path.as_posix)


@contextmanager
def open_shelf(order: Order, pages: Sequence[Path], label: Label = FILE) -> Iterator[Shelf]:
    """The place that was ordered; in JSON lines, each page has the label.

    Raises:
        InvalidInput: no place was named, or it holds something else.
    """
    if order.output is None:
        if not order.as_json:
            raise InvalidInput(
                "Several pages need a place to write to.",
                hint="Say --output FOLDER, or --json for JSON lines.",
            )
        yield JsonLines(order, sys.stdout, set(), label)
    elif is_json_lines(order.output):
        done = set() if order.overwrite else _done(order.output, label.field)
        with _open_lines(order.output, anew=not done) as stream:
            yield JsonLines(order, stream, done, label)
    else:
        yield MirroredFiles(order, order.output, pages)


class MirroredFiles:
    """One file a page, named after it."""

    def __init__(self, order: Order, root: Path, pages: Sequence[Path]) -> None:
        self._order = order
        suffix = ".json" if order.as_json else {"text": ".txt"}.get(order.request.format, ".md")
        taken = Counter(page.with_suffix(suffix) for page in pages)
        self._targets = {
            page: root / (short if taken[short] == 1 else page.with_name(page.name + suffix))
            for page in pages
            if (short := page.with_suffix(suffix))
        }

    def has(self, page: Path) -> bool:
        return self._targets[page].exists() and not self._order.overwrite

    def put(self, page: Path, extraction: Extraction) -> None:
        write_whole(self._targets[page], render(extraction, self._order) + "\n")


class JsonLines:
    """One line a page, in the order in which they are done."""

    def __init__(self, order: Order, stream: TextIO, done: set[str], label: Label) -> None:
        self._order = order
        self._stream = stream
        self._done = done
        self._label = label

    def has(self, page: Path) -> bool:
        return self._label.called(page) in self._done

    def put(self, page: Path, extraction: Extraction) -> None:
        answer = answer_of(extraction, self._order)
        label = {self._label.field: self._label.called(page)}
        facts = label | answer.model_dump(mode="json", exclude_none=True)
        self._stream.write(json.dumps(facts, ensure_ascii=False) + "\n")
        self._stream.flush()


def _open_lines(lines: Path, *, anew: bool) -> TextIO:
    mode: Literal["w", "a"] = "w" if anew else "a"
    try:
        lines.parent.mkdir(parents=True, exist_ok=True)
        return lines.open(mode, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise unwritable(lines, error) from error


def _done(lines: Path, field: str) -> set[str]:
    """The pages that an earlier run has written there; a last line cut short is taken away."""
    if not lines.exists():
        return set()
    data = lines.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    try:
        done = {json.loads(line)[field] for line in whole.splitlines()}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{lines} holds something else than JSON lines of ours.",
            hint="Name another file, or say --overwrite.",
        ) from error
    with lines.open("r+b") as stream:
        stream.truncate(len(whole))
    return done
