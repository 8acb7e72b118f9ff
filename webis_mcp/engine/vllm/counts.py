"""What asking a model has come to since the start: numbers, and how the last answers ended."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

LAST = 20
"""Answers whose ends are kept."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one answer of a model ended; not what it said.

    Attributes:
        finish_reason: `stop` where it came to its end, `length` where it was cut.
        window: tokens that the model takes, prompt and answer together.
    """

    finish_reason: str
    characters: int
    prompt_tokens: int
    answer_tokens: int
    max_tokens: int
    window: int


@dataclass(slots=True)
class Counts:
    """Numbers that only rise.

    Attributes:
        pages: judged, by engine.
        requests: sent to the server.
        blocks: asked about.
        tokens_in, tokens_out: of prompts and of answers, as the server counts them.
        repairs: answers that had to be asked for again.
        fallbacks: pages that the embedded engine judged where a model should have, by reason.
        ended: how the last answers ended, but for reads of a label, which are a token long.
    """

    pages: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    blocks: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    repairs: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)
    ended: deque[Ended] = field(default_factory=lambda: deque(maxlen=LAST))

    def snapshot(self) -> dict[str, int | dict[str, int]]:
        """The numbers as they are now."""
        return {
            "pages": dict(self.pages),
            "requests": self.requests,
            "blocks": self.blocks,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "repairs": self.repairs,
            "fallbacks": dict(self.fallbacks),
        }
