"""What judging by a model has come to since the start: plain numbers, for whoever exports them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


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
    """

    pages: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    blocks: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    repairs: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)

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
