"""A prompt to a language model's words, for `POST /generate`: never an empty or a cut answer passed
off as a whole one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from webis_mcp.errors import EngineError, EngineNotReady


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller wants; the names are those of the predecessor and of vLLM."""

    prompt: str
    max_tokens: int
    temperature: float
    top_p: float
    top_k: int
    n: int


@dataclass(frozen=True, slots=True)
class Completion:
    """One of the answers to a prompt.

    Args:
        finish_reason: `stop` where the model had done, `length` where its tokens ran out.
    """

    text: str
    finish_reason: str


class Generator(Protocol):
    """Who completes prompts."""

    async def complete(self, order: Order) -> Sequence[Completion]:
        """The answers, `order.n` of them.

        Raises:
            InvalidInput: the prompt and the answer do not fit the model's window.
            EngineNotReady: there is no model, or not yet.
            EngineError: the engine failed.
        """
        ...


class Unfinished(EngineError):
    """The model's answer is empty, or ends where its tokens ran out.

    Args:
        texts: what there is of it.
    """

    def __init__(self, message: str, *, hint: str, texts: list[str]) -> None:
        super().__init__(message, hint=hint)
        self.texts = texts


class NoModel:
    """Stands where no engine has a language model."""

    async def complete(self, order: Order) -> Sequence[Completion]:
        """Says how to get one."""
        raise EngineNotReady(
            "There is no language model here: /generate needs one.",
            hint="Set WEBIS_VLLM_URL to a running OpenAI-compatible server, or install"
            " webis-mcp[vllm] on a machine with a GPU. /mcp answers without a model.",
        )


def texts_of(order: Order, completions: Sequence[Completion]) -> list[str]:
    """The words of whole answers.

    Raises:
        Unfinished: one of them is empty or cut.
    """
    texts = [completion.text for completion in completions]
    if any(completion.finish_reason == "length" for completion in completions):
        raise Unfinished(
            f"The answer was cut after {order.max_tokens} tokens.",
            hint=f"Raise max_tokens to {2 * order.max_tokens}.",
            texts=texts,
        )
    if len(texts) < order.n or not all(text.strip() for text in texts):
        raise Unfinished(
            f"The model ended its answer without a word, {order.max_tokens} tokens allowed.",
            hint="Say in the prompt what the answer has to look like; if it ends with the text that"
            " was to be continued, the model may take it for finished.",
            texts=texts,
        )
    return texts
