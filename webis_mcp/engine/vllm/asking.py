"""A view's parts asked about, all at once; what cannot be read is asked for once more.

Whatever comes of it is a label for some of the blocks: those that no answer covers keep what the
embedded engine thinks of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio

from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.parts import Part, halves, rest_of
from webis_mcp.engine.vllm.scrub import scrubbed
from webis_mcp.engine.vllm.tokens import estimate
from webis_mcp.engine.vllm.wire import Completion, Messages, PromptTooLong, constraint_for
from webis_mcp.errors import AnswerUnreadable, Busy, EngineError

NEAR = 0.6
"""Share of the window from which on a part is counted by the server: our estimate may err by as
much, on text that is all marks and digits."""

AGAIN = "That was not an answer of the form asked for. Only the answer, in that form:"

CONTROLS = 4
"""Lines of known label that are read beside those asked about, to see what a model is worth."""


class Question(Protocol):
    """What is asked about a part, and how to read the answer."""

    @property
    def messages(self) -> Messages: ...
    @property
    def part(self) -> Part: ...
    @property
    def constraint(self) -> Mapping[str, Any]: ...
    @property
    def max_tokens(self) -> int: ...
    def read(self, answer: str) -> Mapping[int, bool]: ...
    def read_beginning(self, answer: str) -> Mapping[int, bool]: ...


AT_ONCE = 32
"""Requests about one page that are under way or waiting, so that a long page leaves room for others
in the queue."""

Render = Callable[[Part], Question]


@dataclass(slots=True)
class Heard:
    """What a model has said of a page so far.

    Attributes:
        says: its probability of content for blocks, by their order.
        tokens_in, tokens_out: what that took.
        repairs: answers that were asked for once more.
        failures: why parts of the page have no answer.
    """

    says: dict[int, float] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0
    repairs: int = 0
    failures: list[EngineError | Busy] = field(default_factory=list)

    def add(self, answer: Completion) -> None:
        self.tokens_in += answer.read
        self.tokens_out += answer.tokens


class Asking:
    """The questions about one page to one server.

    Args:
        deadline: when to give up, by the event loop's clock.
    """

    def __init__(self, client: Client, deadline: float) -> None:
        self.client = client
        self.deadline = deadline
        self.heard = Heard()
        self.turns = anyio.Semaphore(AT_ONCE)

    async def about(self, parts: Sequence[Part], render: Render) -> None:
        """Asks about every part; what fails is noted, what is heard is kept."""
        async with anyio.create_task_group() as group:
            for part in parts:
                group.start_soon(self._part, part, render)

    async def _part(self, part: Part, render: Render) -> None:
        try:
            await self._fitting(part, render)
        except (EngineError, Busy) as failure:
            self.heard.failures.append(failure)

    async def _fitting(self, part: Part, render: Render) -> None:
        """Asks about the part, or about its halves where it does not fit the window."""
        question = render(part)
        try:
            if await self._fits(question):
                return await self._ask(question, render)
        except PromptTooLong:
            pass
        if len(part.rows) < 2:
            raise PromptTooLong(
                "The model's window is too small for a line of the page.",
                hint="Serve the model with a longer window (--max-model-len).",
            )
        return await self.about(halves(part), render)

    async def _fits(self, question: Question) -> bool:
        window = self.client.endpoint.capabilities.max_model_len
        words = "\n".join(message["content"] for message in question.messages)
        if estimate(words) + question.max_tokens <= NEAR * window:
            return True
        count = await self.client.count(question.messages, self.deadline)
        return (estimate(words) if count is None else count) + 32 <= window

    async def _ask(self, question: Question, render: Render) -> None:
        answer = await self._answer(question, question.messages)
        try:
            if not answer.is_cut:
                return self._hear(question.read(answer.text))
            beginning = question.read_beginning(answer.text)
        except AnswerUnreadable:
            beginning = {}
        self._hear(beginning)
        self.heard.repairs += 1
        return await self._repair(question, answer, len(beginning), render)

    async def _repair(
        self, question: Question, answer: Completion, done: int, render: Render
    ) -> None:
        """Asks once more: for the rest of an answer that was cut, or for one that can be read."""
        if done:
            question = render(rest_of(question.part, done))
            messages: Messages = question.messages
        else:
            said = {"role": "assistant", "content": scrubbed(answer.text, 200, 0) or "?"}
            messages = [*question.messages, said, {"role": "user", "content": AGAIN}]
        if not question.part.rows:
            return None
        answer = await self._answer(question, messages)
        return self._hear(
            question.read_beginning(answer.text) if answer.is_cut else question.read(answer.text)
        )

    async def _answer(self, question: Question, messages: Messages) -> Completion:
        held = constraint_for(self.client.endpoint.capabilities, **question.constraint)
        async with self.turns:
            answer = await self.client.chat(messages, held, question.max_tokens, self.deadline)
        self.heard.add(answer)
        return answer

    def _hear(self, labels: Mapping[int, bool]) -> None:
        self.heard.says.update({order: float(label) for order, label in labels.items()})
