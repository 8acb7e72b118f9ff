"""What only a real vLLM can show: that it takes what we send, and stops when we hang up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import anyio
import httpx2
import pytest

from tests.engine.vllm.test_judge import story
from tests.support.judges import judge_page, judges
from tests.support.real import real_endpoint, wait_until_running
from webis_mcp.engine import Capabilities
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.judge import Profile
from webis_mcp.engine.vllm.wire import PromptTooLong

FULL = Capabilities(
    server="vllm", json_schema=True, regex=True, grammar=True, choice=True, logprobs=True
)
PATIENCE = 300


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    endpoint = await real_endpoint(FULL)
    async with httpx2.AsyncClient(trust_env=False, timeout=None) as http:
        yield Client(http, endpoint, Budget(8), Counts())


def later() -> float:
    return anyio.current_time() + PATIENCE


@pytest.mark.parametrize("profile", ["generic", "webis-1.5b", "mineru-html-v1.0"])
async def test_every_profile_is_understood(profile: Profile) -> None:
    endpoint = await real_endpoint(FULL)
    page = story(5)
    async with judges(profile) as (judge, counts):
        judged = await judge_page(judge, endpoint, page, seconds=PATIENCE)
    assert judged.verdicts.engine == f"vllm: {endpoint.model}"
    assert counts.tokens_in > 100
    if profile != "mineru-html-v1.0":  # its form lets a model end early, which is told
        assert not any("answered for" in warning for warning in judged.warnings)
        assert counts.repairs == 0


async def test_all_nodes_go_in_one_request() -> None:
    endpoint = await real_endpoint(FULL)
    async with judges("webis-1.5b") as (judge, counts):
        await judge_page(judge, endpoint, story(40), seconds=PATIENCE)
    assert counts.requests == 1
    assert counts.blocks > 100


async def test_a_long_page_goes_in_parts_that_fit() -> None:
    endpoint = await real_endpoint(Capabilities(server="vllm", regex=True))
    async with judges() as (judge, counts):
        judged = await judge_page(judge, endpoint, story(120), seconds=PATIENCE)
    assert counts.requests > 1
    assert counts.fallbacks == {}
    assert not any("answered for" in warning for warning in judged.warnings)


async def test_a_schema_is_kept_to(client: Client) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 12}},
        "required": ["name"],
        "additionalProperties": False,
    }
    answer = await client.complete("Who?", schema=schema, max_tokens=60, deadline=later())
    assert not answer.is_cut
    assert list(json.loads(answer.text)) == ["name"]


async def test_the_server_counts_as_it_reads(client: Client) -> None:
    messages = [{"role": "user", "content": "The ferry sailed again."}]
    count = await client.count(messages, later())
    answer = await client.chat(messages, {}, 1, later())
    assert count == answer.read


async def test_a_prompt_that_does_not_fit_is_known_for_what_it_is(client: Client) -> None:
    long = "ferry " * 4 * client.endpoint.capabilities.max_model_len
    with pytest.raises(PromptTooLong):
        await client.complete(long, max_tokens=1, deadline=later())


async def test_who_hangs_up_frees_the_slot(client: Client) -> None:
    async def ask() -> None:
        messages = [{"role": "user", "content": "Count."}]
        await client.chat(messages, {"ignore_eos": True}, 3_000, later())

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(ask)
        await wait_until_running(client.endpoint, 3, within=60)
        group.cancel_scope.cancel()
    # half a second on an idle machine; this one may have others at work
    await wait_until_running(client.endpoint, 0, within=10)
