"""What vLLM prints: kept in a log of bounded size, and read for how far a start is."""

from __future__ import annotations

import logging
import re
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG_BYTES, LOG_FILES = 5_000_000, 3
"""Size of the log, and how many older ones are kept; a start of vLLM prints about 20 KB."""

LAST_WORDS = 200
"""Lines kept: the reason of a failed start stands about a hundred above the end."""

LONGEST_LINE = 4_000
"""Characters of a line that are kept; the rest is cut."""

PHASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), phase)
    for pattern, phase in (
        (r"Capturing CUDA graph", "capturing graphs"),
        (r"Compiling a graph|Dynamo bytecode transform|torch\.compile takes", "compiling"),
        (r"Loading (?:safetensors|pt) checkpoint shards:\s+(?P<part>\d+)%", "loading weights"),
        (r"Starting to load model", "loading weights"),
        (r"Fetching \d+ files|Downloading", "downloading the model"),
        (r"GPU KV cache size|CPU KV cache size|init engine", "warming up"),
        (r"Application startup complete", "ready to answer"),
    )
)


def phase_of(line: str) -> str | None:
    """What a line tells of a start's progress, if anything."""
    for pattern, phase in PHASES:
        found = pattern.search(line)
        if found:
            part = found.groupdict().get("part")
            return f"{phase}, {part} %" if part else phase
    return None


class Output:
    """The output of one server."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._rest = ""
        self.last_words = deque[str](maxlen=LAST_WORDS)
        self.phase = "starting vLLM"

    def feed(self, chunk: bytes) -> bool:
        """Takes what was printed; whether the phase has changed."""
        before = self.phase
        *lines, rest = re.split(r"[\r\n]+", self._rest + chunk.decode(errors="replace"))
        self._rest = rest[-LONGEST_LINE:]
        for line in filter(None, lines):
            self._log.info("%s", line[:LONGEST_LINE])
            self.last_words.append(line[:LONGEST_LINE])
            self.phase = phase_of(line) or self.phase
        return self.phase != before


def open_log(path: Path) -> logging.Logger:
    """The log of this process; where the disk is full, lines are lost and nothing else is."""
    logging.raiseExceptions = False
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("webis_mcp.engine.keeper")
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.INFO)
    return log
