"""What a server knows of itself, in the words of the report on the environment."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Literal

from webis_mcp.engine import EngineState, EngineStatus
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.service.diagnosis.model import AnswerSeen, EngineSeen, HandedIn, KeysSeen

Seen = Literal["stopped", "starting", "ready", "failed"]

STATES: dict[EngineState, Seen] = {
    "absent": "stopped",
    "starting": "starting",
    "ready": "ready",
    "busy": "ready",
    "failed": "failed",
    "stopping": "stopped",
}


def known_to(status: EngineStatus, counts: Counts, keys: KeysSeen | None) -> HandedIn:
    """What no look could tell."""
    return HandedIn(
        engine=engine_seen(status),
        answers=tuple(AnswerSeen(**asdict(ended)) for ended in counts.ended),
        keys=keys,
    )


def engine_seen(status: EngineStatus) -> EngineSeen | None:
    """How the engine is; `None` where none was ever wanted, or to be had."""
    if status.state == "absent":
        return None
    return EngineSeen(
        state=STATES[status.state],
        model=status.model,
        seconds=time.time() - status.since if status.since else 0.0,
        last_words=status.last_words or ((status.detail,) if status.state == "failed" else ()),
    )
