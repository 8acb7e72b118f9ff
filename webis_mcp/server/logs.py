"""What the operator reads: lines for people, or JSON for programs, on stderr or in one file.

Whatever a page or a caller had a hand in is on one line and without control characters.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler

from webis_mcp.errors import SettingsError
from webis_mcp.settings import LogSettings

BYTES, OLDER = 10_000_000, 4
"""Of a log file, and how many older ones are kept."""

PLAIN = "%(levelname)s %(name)s: %(message)s"

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

QUIET = ("mcp", "httpcore2", "httpx2", "asyncio")
"""Whose information is of no use to an operator; their warnings are."""

WARN_OF_CALLERS = ("uvicorn", "mcp.server.sse")
"""Whose warnings are of bytes that a caller got wrong; the second quotes them."""


class OneLine(logging.Formatter):
    """A message on one line; a traceback follows it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return CONTROL.sub(lambda found: repr(found[0])[1:-1], super().formatMessage(record))


class JsonLine(logging.Formatter):
    """A message and its traceback as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def set_up_logs(settings: LogSettings, *, as_json: bool = False) -> None:
    """Sends what is logged to stderr or to a file.

    Args:
        as_json: lines for programs, with a line for every call.

    Raises:
        SettingsError: the file cannot be written.
    """
    handler = _handler(settings)
    handler.setFormatter(JsonLine() if as_json else OneLine(PLAIN))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in WARN_OF_CALLERS:
        logging.getLogger(name).setLevel(max(logging.ERROR, root.level))
    logging.getLogger("webis_mcp.audit").setLevel("INFO" if as_json else settings.log_level)


def _handler(settings: LogSettings) -> logging.Handler:
    if settings.log_file is None:
        return logging.StreamHandler(sys.stderr)
    try:
        return RotatingFileHandler(
            settings.log_file, maxBytes=BYTES, backupCount=OLDER, encoding="utf-8"
        )
    except OSError as error:
        raise SettingsError(
            f"The log file {settings.log_file} cannot be written: {error.strerror}.",
            hint="Set WEBIS_LOG_FILE to a file in a folder of yours.",
        ) from error
