"""Asks an OpenAI-compatible server, within a budget and a deadline. Knows nothing of pages.

A call that is cancelled closes its connection, by which vLLM knows that nobody listens any more and
frees the slot.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import anyio
import httpx2

from webis_mcp.engine import Endpoint
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.counts import Counts, Ended
from webis_mcp.engine.vllm.wire import (
    LIKELY,
    Completion,
    Messages,
    PromptTooLong,
    chat_body,
    constraint_for,
    read_chat,
    read_completions,
)
from webis_mcp.errors import Busy, EngineError, EngineNotReady

LOOK = "Its words are in the log: set WEBIS_LOG_LEVEL=WARNING to see them."

logger = logging.getLogger(__name__)

MOST_BYTES = 8_000_000
"""Of an answer: a batch of a thousand prompts with their likely tokens has one."""


class Client:
    """One server, for callers who share a budget. Safe to call concurrently.

    Args:
        http: opens the connections; made without proxies and without cookies.
        endpoint: the server.
    """

    def __init__(
        self, http: httpx2.AsyncClient, endpoint: Endpoint, budget: Budget, counts: Counts
    ) -> None:
        self._http = http
        self._budget = budget
        self._counts = counts
        self.endpoint = endpoint

    async def complete(
        self,
        prompt: str | Messages,
        *,
        max_tokens: int,
        deadline: float,
        **form: Any,
    ) -> Completion:
        """What the model answers, held to a form where one is given.

        Args:
            prompt: what a user says, or a whole chat.
            deadline: when to give up, by the event loop's clock (`anyio.current_time()`).
            form: as `constraint_for` takes it. A server that cannot hold an answer to it is not
                told: check what comes.

        Raises:
            Busy: too many requests wait already.
            EngineNotReady: the server cannot be reached, or not within the deadline.
            PromptTooLong: it does not fit the model's window.
            EngineError: the server refuses the request.
            AnswerUnreadable: what came is no completion.
        """
        constraint = constraint_for(self.endpoint.capabilities, **form)
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        return await self.chat(messages, constraint, max_tokens, deadline)

    async def chat(
        self,
        messages: Messages,
        constraint: Mapping[str, Any],
        max_tokens: int,
        deadline: float,
    ) -> Completion:
        """One answer in a chat; raises as `complete` does."""
        body = chat_body(self.endpoint, messages, max_tokens, constraint)
        answer = read_chat(await self._post("/v1/chat/completions", body, deadline))
        return self._counted(answer, max_tokens)

    async def read_label(
        self, messages: Messages, labels: Sequence[str], deadline: float
    ) -> Completion:
        """Which of the labels comes next, with the probabilities of both; nothing is decoded."""
        held = constraint_for(self.endpoint.capabilities, choice=labels)
        asked = {**held, "logprobs": True, "top_logprobs": LIKELY}
        return await self.chat(messages, asked, 1, deadline)

    async def read_labels(
        self, prompts: Sequence[str], labels: Sequence[str], deadline: float
    ) -> list[Completion]:
        """The same for many plain prompts, in one request."""
        body = {
            "model": self.endpoint.model,
            "prompt": list(prompts),
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": 5,  # the most that OpenAI's interface knows here
            **constraint_for(self.endpoint.capabilities, choice=labels),
        }
        answer = await self._post("/v1/completions", body, deadline)
        return [self._counted(each, 1) for each in read_completions(answer, len(prompts))]

    async def continue_text(
        self, prompt: str, deadline: float, *, n: int, max_tokens: int, **sampling: float
    ) -> list[Completion]:
        """How the model would go on with a text, `n` times; raises as `complete` does.

        Args:
            sampling: `temperature`, `top_p`, `top_k`, as vLLM calls them.
        """
        wanted = {"n": n, "max_tokens": max_tokens, **sampling}
        body = {"model": self.endpoint.model, "prompt": prompt, **wanted}
        answer = await self._post("/v1/completions", body, deadline)
        return [self._counted(each, max_tokens) for each in read_completions(answer, n)]

    async def count(self, said: str | Messages, deadline: float) -> int | None:
        """Tokens of a text or a chat as the server counts them; `None` where it does not tell."""
        words = {"prompt": said} if isinstance(said, str) else {"messages": list(said)}
        body = {"model": self.endpoint.model, **words}
        try:
            answer = await self._post("/tokenize", body, deadline)
        except EngineNotReady:
            raise
        except EngineError:
            return None
        count = answer.get("count") if isinstance(answer, dict) else None
        return count if isinstance(count, int) else None

    def _counted(self, answer: Completion, max_tokens: int) -> Completion:
        self._counts.tokens_in += answer.read
        self._counts.tokens_out += answer.tokens
        if max_tokens > 1:
            self._counts.ended.append(
                Ended(
                    answer.finish_reason,
                    len(answer.text),
                    answer.read,
                    answer.tokens,
                    max_tokens,
                    self.endpoint.capabilities.max_model_len,
                )
            )
        return answer

    async def _post(self, path: str, body: Mapping[str, Any], deadline: float) -> object:
        """The server's answer to a request, whatever it is in JSON."""
        left = deadline - anyio.current_time()
        try:
            with anyio.fail_after(max(left, 0)):
                async with self._budget.turn():
                    self._counts.requests += 1
                    return await self._exchange(path, body)
        except TimeoutError as error:
            raise EngineNotReady(
                f"The vLLM server did not answer within {max(left, 0):.0f} s.",
                hint='Try again, raise WEBIS_VLLM_TIMEOUT_SECONDS, or use engine "embedded".',
            ) from error
        except httpx2.TransportError as error:
            raise EngineNotReady(
                f"The vLLM server at {self._where()} cannot be reached ({type(error).__name__}).",
                hint='Try again in a few seconds, or use engine "embedded".',
            ) from error

    async def _exchange(self, path: str, body: Mapping[str, Any]) -> object:
        key = self.endpoint.key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"{self.endpoint.url.rstrip('/')}{path}"
        async with self._http.stream("POST", url, json=body, headers=headers) as response:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise EngineError(f"The vLLM server's answer is over {MOST_BYTES:,} bytes.")
            if response.status_code != 200:
                raise self._refusal(response.status_code, content.decode(errors="replace"))
            try:
                answer: object = json.loads(content)
                return answer
            except ValueError as error:
                raise EngineError("The vLLM server's answer is no JSON.") from error

    def _refusal(self, status: int, words: str) -> EngineError | Busy:
        """Why there is no answer. The server's words may hold the page's: they are only logged."""
        said = " ".join(words.split())[:300]
        logger.warning("The vLLM server answered %s: %s", status, said)
        if status in (401, 403):
            return EngineError(
                f"The vLLM server at {self._where()} does not take our key.",
                hint="Set WEBIS_VLLM_KEY to the key that it was started with.",
            )
        if status == 400 and ("context length" in said or "max_model_len" in said):
            return PromptTooLong("The question is too long for the model's window.")
        if status in (429, 503):
            return Busy("The vLLM server has too much to do.", hint="Try again in a few seconds.")
        if status >= 500:
            return EngineNotReady(
                f"The vLLM server failed ({status}).", hint="Try again in a few seconds."
            )
        return EngineError(f"The vLLM server refused the request ({status}).", hint=LOOK)

    def _where(self) -> str:
        return httpx2.URL(self.endpoint.url).netloc.decode()
