"""Requests and answers of an OpenAI-compatible server, as values: nothing is sent here.

Servers spell constraints differently and pass over what they do not know, so each is told in its
own way; who the server is was found out when it was first met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webis_mcp.engine import Capabilities, Endpoint
from webis_mcp.errors import AnswerUnreadable, EngineError

Messages = Sequence[Mapping[str, str]]

LIKELY = 10
"""Next tokens whose probability is asked for: the spellings of two labels are among them."""


class PromptTooLong(EngineError):
    """The prompt and its answer do not fit the model's window."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said.

    Attributes:
        text: its words.
        finish_reason: `stop` where it came to its end, `length` where it was cut.
        tokens: what it wrote.
        read: tokens of the prompt.
        likely: the log-probabilities of what its first token might have been.
    """

    text: str
    finish_reason: str
    tokens: int = 0
    read: int = 0
    likely: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """Whether it had more to say."""
        return self.finish_reason == "length"


def constraint_for(
    can: Capabilities,
    *,
    schema: Mapping[str, Any] | None = None,
    regex: str | None = None,
    grammar: str | None = None,
    choice: Sequence[str] | None = None,
    slices: str | None = None,
) -> dict[str, Any]:
    """What a request must hold so that the answer is of a form; one is given, or `slices` beside
    what stands in for it.

    A form that the server cannot hold an answer to is left out: whoever asks checks the answer.
    """
    if slices is not None and can.slices:
        return {"structured_outputs": {"grammar": slices}}
    if schema is not None and can.json_schema:
        named = {"name": "answer", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    if regex is not None and can.regex:
        return _spelled(can, "regex", regex, {"sglang": "regex"})
    if grammar is not None and can.grammar:
        return _spelled(can, "grammar", grammar, {"sglang": "ebnf", "llamacpp": "grammar"})
    if choice is not None and can.choice:
        return _spelled(can, "choice", list(choice), {})
    return {}


def _spelled(
    can: Capabilities, name: str, value: object, others: Mapping[str, str]
) -> dict[str, Any]:
    own = others.get(can.server)
    return {own: value} if own else {"structured_outputs": {name: value}}


def chat_body(
    endpoint: Endpoint, messages: Messages, max_tokens: int, constraint: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of a chat request. Servers that can are told to answer without thinking aloud."""
    knows = endpoint.capabilities.server != "unknown"
    return {
        "model": endpoint.model,
        "messages": list(messages),
        "max_tokens": max_tokens,
        "temperature": 0,
        **({"chat_template_kwargs": {"enable_thinking": False}} if knows else {}),
        **constraint,
    }


def read_chat(answer: object) -> Completion:
    """The one choice of a chat's answer.

    Raises:
        AnswerUnreadable: it is no such answer.
    """
    try:
        body: Any = answer
        choice = body["choices"][0]
        usage = body.get("usage") or {}
        likely = ((choice.get("logprobs") or {}).get("content") or [{}])[0].get("top_logprobs")
        return Completion(
            text=str(choice["message"].get("content") or ""),
            finish_reason=str(choice.get("finish_reason") or "stop"),
            tokens=int(usage.get("completion_tokens") or 0),
            read=int(usage.get("prompt_tokens") or 0),
            likely={str(e["token"]): float(e["logprob"]) for e in likely or ()},
        )
    except _NOT_SO as error:
        raise _unreadable() from error


def read_completions(answer: object, prompts: int) -> list[Completion]:
    """The choices of a plain completion, one a prompt, in the prompts' order.

    Raises:
        AnswerUnreadable: it is no such answer, or one is missing.
    """
    try:
        body: Any = answer
        choices = sorted(body["choices"], key=lambda choice: int(choice["index"]))
        usage = body.get("usage") or {}
        if [choice["index"] for choice in choices] != list(range(prompts)):
            raise _unreadable()
        return [
            Completion(
                text=str(choice["text"]),
                finish_reason=str(choice.get("finish_reason") or "stop"),
                tokens=int(usage.get("completion_tokens") or 0) if at == 0 else 0,
                read=int(usage.get("prompt_tokens") or 0) if at == 0 else 0,
                likely=((choice.get("logprobs") or {}).get("top_logprobs") or [{}])[0] or {},
            )
            for at, choice in enumerate(choices)
        ]
    except _NOT_SO as error:
        raise _unreadable() from error


_NOT_SO = (KeyError, IndexError, TypeError, ValueError, AttributeError)


def _unreadable() -> AnswerUnreadable:
    return AnswerUnreadable("The server's answer is no completion.")
