"""A prompt to a language model's words, for `POST /generate`: never an empty or a cut answer passed
off as a whole one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

import anyio

from webis_mcp.engine.vllm.wire import Completion, PromptTooLong
from webis_mcp.errors import EngineError, InvalidInput

if TYPE_CHECKING:
    from webis_mcp.engine.vllm.client import Client

__all__ = ["ByEngine", "Completion", "Generator", "Order", "Unfinished", "texts_of"]


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller wants; the names are those of the predecessor and of vLLM."""

    prompt: str
    max_tokens: int
    temperature: float
    top_p: float
    top_k: int
    n: int


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


class ByEngine:
    """Has the engine's model complete prompts.

    Args:
        client: gives who asks it; raises where it is not ready.
        seconds: longest time for an answer.
    """

    def __init__(self, client: Callable[[], Awaitable[Client]], seconds: float) -> None:
        self._client = client
        self._seconds = seconds

    async def complete(self, order: Order) -> Sequence[Completion]:
        """The answers; raises as `Generator` has it."""
        client = await self._client()
        deadline = anyio.current_time() + self._seconds
        wanted = asdict(order)
        try:
            return await client.continue_text(wanted.pop("prompt"), deadline, **wanted)
        except PromptTooLong as error:
            tokens = await client.count(order.prompt, deadline)
            raise too_long(order, client.endpoint.capabilities.max_model_len, tokens) from error


def too_long(order: Order, window: int, tokens: int | None) -> InvalidInput:
    """What to do about a prompt that does not fit, with the numbers that there are."""
    prompt = f"The prompt has {tokens} tokens" if tokens else "The prompt"
    need = f" to {tokens + order.max_tokens}" if tokens else ""
    return InvalidInput(
        f"{prompt} and an answer of {order.max_tokens} more do not fit the model's window of"
        f" {window}.",
        hint=f"Shorten the prompt, lower max_tokens, or raise WEBIS_MAX_MODEL_LEN{need} if the"
        " model can.",
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
