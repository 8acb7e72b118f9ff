"""A prompt goes to the model as it is, and what cannot be is told with its numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.support.model_server import MODEL, Model, ModelServer, Said, endpoint_of, serving
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.errors import EngineNotReady, InvalidInput
from webis_mcp.service.generating import ByEngine, Order

ORDER = Order("Say yes.", max_tokens=256, temperature=0.2, top_p=1.0, top_k=50, n=2)

TOO_LONG = Said("This model's maximum context length is 16384 tokens. However, ...", status=400)


@asynccontextmanager
async def asking(model: Model) -> AsyncIterator[tuple[ByEngine, ModelServer]]:
    with serving(model) as server:
        async with httpx2.AsyncClient(trust_env=False) as http:
            client = Client(http, endpoint_of(server), Budget(4), Counts())

            async def give() -> Client:
                return client

            yield ByEngine(give, seconds=10), server


async def test_the_model_is_told_all_that_was_asked_for() -> None:
    async with asking(lambda prompt: "Yes.") as (engine, server):
        completions = await engine.complete(ORDER)
    assert [(found.text, found.finish_reason) for found in completions] == [("Yes.", "stop")] * 2
    assert server.asked == [
        {
            "model": MODEL,
            "prompt": "Say yes.",
            "max_tokens": 256,
            "temperature": 0.2,
            "top_p": 1.0,
            "top_k": 50,
            "n": 2,
        }
    ]


async def test_a_prompt_that_does_not_fit_is_told_with_its_numbers() -> None:
    async with asking(lambda prompt: TOO_LONG) as (engine, _):
        with pytest.raises(InvalidInput) as refusal:
            await engine.complete(ORDER)
    assert refusal.value.message.startswith("The prompt has 2 tokens and an answer of 256 more")
    assert "window of 16384" in refusal.value.message
    assert "WEBIS_MAX_MODEL_LEN to 258" in refusal.value.hint


async def test_a_model_that_is_not_there_is_not_ready() -> None:
    async def nobody() -> Client:
        raise EngineNotReady("There is no vLLM.")

    with pytest.raises(EngineNotReady):
        await ByEngine(nobody, seconds=10).complete(ORDER)
