"""What a keeper and the hosts of its engine say to each other: one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from webis_mcp.engine import Capabilities, Endpoint, EngineStatus

LONGEST = 1 << 20
"""Bytes of a line; last words make up most of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """How the engine is, and where it can be asked; told by the keeper whenever it changes.

    Attributes:
        is_probed: the endpoint's capabilities are known.
        is_over: no further start is planned.
    """

    status: EngineStatus
    endpoint: Endpoint | None = None
    is_probed: bool = False
    is_over: bool = False

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Told:
        fields = json.loads(line)
        status = fields.pop("status")
        for many in ("notes", "last_words"):
            status[many] = tuple(status[many])
        endpoint = fields.pop("endpoint")
        if endpoint is not None:
            endpoint["capabilities"] = Capabilities(**endpoint["capabilities"])
            endpoint = Endpoint(**endpoint)
        return cls(EngineStatus(**status), endpoint, **fields)


@dataclass(frozen=True, slots=True)
class Word:
    """What a host says.

    Attributes:
        what: `failed`: a request met trouble, look now; `restart`: begin anew; `probed`: this is
            what the server can do.
        life: the life of the engine that it speaks of.
    """

    what: Literal["failed", "restart", "probed"]
    life: int
    capabilities: Capabilities | None = None

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Word:
        fields = json.loads(line)
        if fields["capabilities"] is not None:
            fields["capabilities"] = Capabilities(**fields["capabilities"])
        return cls(**fields)
