"""Every call of a tool, whoever serves it: counted, timed, and told in one line for the audit.

The line holds the key's id, the tool, the host of a URL and figures: never a key, a query or a word
of a page.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import anyio
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError

from webis_mcp.service.fair_queue import CALLER

AUDIT = logging.getLogger("webis_mcp.audit")

LONGEST_WORD = 253
"""Characters of a name that a caller chose; a host name has no more (RFC 1035, section 2.3.4)."""


@dataclass(slots=True)
class Call:
    """One call, while it lasts and after.

    Attributes:
        outcome: `ok`, `failed` (told to the caller), `cancelled` or `bug`.
        sent: bytes of the answer, as far as they are counted.
    """

    tool: str
    caller: str
    host: str = ""
    received: int = 0
    sent: int = 0
    outcome: str = "ok"
    seconds: float = 0.0
    began: float = field(default_factory=time.perf_counter)


class Counter(Protocol):
    """Who counts calls."""

    def began(self, call: Call) -> None: ...

    def ended(self, call: Call) -> None: ...


class Calls:
    """The calls of a server.

    Args:
        counter: told of each call, when it begins and when it has ended.
    """

    def __init__(self, counter: Counter | None = None) -> None:
        self._counter = counter
        self._in_work = 0
        self._one_less = anyio.Event()

    async def until_none(self) -> None:
        """Returns when no call is in work."""
        while self._in_work:
            self._one_less = anyio.Event()
            await self._one_less.wait()

    @contextmanager
    def observed(
        self, tool: str, arguments: Mapping[str, Any], *, caller: str = ""
    ) -> Iterator[Call]:
        """A call; whatever is raised within says how it came out."""
        call = Call(
            tool=_word(tool),
            caller=caller or CALLER.get(),
            host=_host_of(arguments.get("url")),
            received=sum(len(value) for value in arguments.values() if isinstance(value, str)),
        )
        self._in_work += 1
        if self._counter:
            self._counter.began(call)
        try:
            yield call
        except Exception as error:
            call.outcome = "failed" if is_told(error) else "bug"
            raise
        except BaseException:
            call.outcome = "cancelled"
            raise
        finally:
            self._in_work -= 1
            self._one_less.set()
            call.seconds = time.perf_counter() - call.began
            if self._counter:
                self._counter.ended(call)
            audit(call)


def is_told(error: Exception) -> bool:
    """Whether a caller learns what went wrong; else it is a bug."""
    return isinstance(error, ToolError) and not isinstance(error, UnexpectedToolError)


def audit(call: Call) -> None:
    """Writes the line of a call."""
    facts = {
        "key": call.caller,
        "tool": call.tool,
        "host": call.host,
        "received": call.received,
        "sent": call.sent,
        "ms": round(call.seconds * 1000, 1),
        "outcome": call.outcome,
    }
    told = " ".join(f"{name}={value}" for name, value in facts.items() if value != "")
    AUDIT.info("%s", told, extra={"facts": facts})


def _host_of(url: object) -> str:
    if not isinstance(url, str):
        return ""
    try:
        return _word(urlsplit(url).hostname or "")
    except ValueError:
        return "?"


def _word(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:LONGEST_WORD])
