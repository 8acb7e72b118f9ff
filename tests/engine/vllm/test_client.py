"""Asking a server, over real connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import httpx2
import pytest

from tests.support.model_server import FULL, ModelServer, Said, endpoint_of, serving
from webis_mcp.engine import Capabilities
from webis_mcp.engine.vllm.budget import MOST_WAITING, Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.wire import PromptTooLong
from webis_mcp.errors import AnswerUnreadable, Busy, EngineError, EngineNotReady

ABLE = replace(FULL, json_schema=True, grammar=True)


@asynccontextmanager
async def asking(
    server: ModelServer, can: Capabilities = FULL, at_once: int = 8
) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(trust_env=False, timeout=None) as http:
        yield Client(http, endpoint_of(server, can), Budget(at_once), Counts())


def soon() -> float:
    return anyio.current_time() + 20


def echo(prompt: str) -> str:
    return f"heard: {prompt}"


@pytest.fixture
def echoing() -> Iterator[ModelServer]:
    with serving(echo) as server:
        yield server


async def test_an_answer_comes_with_its_count_of_tokens(echoing: ModelServer) -> None:
    async with asking(echoing) as client:
        answer = await client.complete("good morning", max_tokens=9, deadline=soon())
    assert answer.text == "heard: good morning"
    assert (answer.finish_reason, answer.read, answer.tokens) == ("stop", 2, 3)


@pytest.mark.parametrize(
    ("server", "constraint", "spelled"),
    [
        ("vllm", {"regex": "[0-9]+"}, {"structured_outputs": {"regex": "[0-9]+"}}),
        ("vllm", {"grammar": "root ::= x"}, {"structured_outputs": {"grammar": "root ::= x"}}),
        ("sglang", {"regex": "[0-9]+"}, {"regex": "[0-9]+"}),
        ("sglang", {"grammar": "root ::= x"}, {"ebnf": "root ::= x"}),
        ("llamacpp", {"grammar": "root ::= x"}, {"grammar": "root ::= x"}),
    ],
)
async def test_a_constraint_is_spelled_as_the_server_knows_it(
    echoing: ModelServer, server: str, constraint: dict[str, str], spelled: dict[str, object]
) -> None:
    async with asking(echoing, replace(ABLE, server=server)) as client:
        await client.complete("x", **constraint, max_tokens=9, deadline=soon())
    (asked,) = echoing.asked
    assert spelled.items() <= asked.items()


async def test_a_form_that_the_server_cannot_keep_to_is_not_sent(echoing: ModelServer) -> None:
    async with asking(echoing, Capabilities()) as client:
        await client.complete("x", regex="[0-9]+", max_tokens=9, deadline=soon())
        await client.complete("x", schema={"type": "object"}, max_tokens=9, deadline=soon())
    for asked in echoing.asked:
        assert asked.keys() == {"model", "messages", "max_tokens", "temperature"}


async def test_a_schema_is_told_as_openai_would(echoing: ModelServer) -> None:
    schema = {"type": "object", "properties": {}}
    async with asking(echoing, ABLE) as client:
        await client.complete("x", schema=schema, max_tokens=9, deadline=soon())
    assert echoing.asked[0]["response_format"]["json_schema"]["schema"] == schema


@pytest.mark.parametrize(("server", "told"), [("vllm", True), ("unknown", False)])
async def test_a_model_is_told_not_to_think_aloud_where_the_server_knows_how(
    echoing: ModelServer, server: str, told: bool
) -> None:
    async with asking(echoing, replace(FULL, server=server)) as client:
        await client.complete("x", max_tokens=9, deadline=soon())
    assert ("chat_template_kwargs" in echoing.asked[0]) == told


async def test_an_answer_that_is_cut_says_so() -> None:
    with serving(lambda _: Said("and so on", cut=True)) as server:
        async with asking(server) as client:
            assert (await client.complete("x", max_tokens=50, deadline=soon())).is_cut


async def test_slices_go_before_a_schema_where_the_server_knows_them(echoing: ModelServer) -> None:
    forms = {"schema": {"type": "object"}, "slices": "start: S"}
    async with asking(echoing, replace(ABLE, slices=True)) as client:
        await client.complete("x", **forms, max_tokens=9, deadline=soon())
    async with asking(echoing, ABLE) as client:
        await client.complete("x", **forms, max_tokens=9, deadline=soon())
    with_slices, without = echoing.asked
    assert with_slices["structured_outputs"] == {"grammar": "start: S"}
    assert "response_format" in without


@pytest.mark.parametrize(
    ("said", "failure", "words"),
    [
        (Said("no", status=401), EngineError, "does not take our key"),
        (Said("This model's maximum context length is 9", status=400), PromptTooLong, "too long"),
        (Said("unknown field", status=400), EngineError, r"refused the request \(400\)"),
        (Said("full", status=503), Busy, "too much to do"),
        (Said("EngineCore encountered an issue", status=500), EngineNotReady, r"failed \(500\)"),
        (Said(raw="oops"), EngineError, "no JSON"),
        (Said(raw={"choices": []}), AnswerUnreadable, "no completion"),
        (Said(raw=[1]), AnswerUnreadable, "no completion"),
    ],
)
async def test_what_is_no_answer_is_told_in_words(
    said: Said, failure: type[Exception], words: str
) -> None:
    with serving(lambda _: said) as server:
        async with asking(server) as client:
            with pytest.raises(failure, match=words):
                await client.complete("x", max_tokens=9, deadline=soon())


async def test_a_server_that_is_gone_is_not_ready() -> None:
    with serving(echo) as server:
        pass
    async with asking(server) as client:
        with pytest.raises(EngineNotReady, match=r"127\.0\.0\.1:\d+ cannot be reached"):
            await client.complete("x", max_tokens=9, deadline=soon())


async def test_the_key_is_sent_and_never_told(echoing: ModelServer) -> None:
    async with asking(echoing) as client:
        assert "secret" not in repr(client.endpoint)


async def test_an_answer_that_is_late_is_given_up_and_its_slot_is_free(
    echoing: ModelServer,
) -> None:
    echoing.hold.clear()
    async with asking(echoing) as client:
        with pytest.raises(EngineNotReady, match="did not answer within"):
            await client.complete("x", max_tokens=9, deadline=anyio.current_time() + 0.3)
        assert await anyio.to_thread.run_sync(echoing.wait_for, 0)


async def test_a_caller_who_gives_up_frees_the_slots(echoing: ModelServer) -> None:
    echoing.hold.clear()
    async with asking(echoing) as client:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(lambda: client.complete("x", max_tokens=9, deadline=soon()))
            assert await anyio.to_thread.run_sync(echoing.wait_for, 5)
            group.cancel_scope.cancel()
        with anyio.fail_after(1):  # the second that is promised
            assert await anyio.to_thread.run_sync(echoing.wait_for, 0)


async def test_no_more_run_at_once_than_the_budget_has(echoing: ModelServer) -> None:
    async with asking(echoing, at_once=3) as client, anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(lambda: client.complete("x", max_tokens=9, deadline=soon()))
    assert len(echoing.asked) == 20
    assert echoing.most <= 3


async def test_a_queue_that_is_too_long_is_refused(echoing: ModelServer) -> None:
    echoing.hold.clear()
    async with asking(echoing, at_once=1) as client, anyio.create_task_group() as group:
        for _ in range(MOST_WAITING + 1):
            group.start_soon(lambda: client.complete("x", max_tokens=9, deadline=soon()))
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(Busy, match="wait for the vLLM server"):
            await client.complete("x", max_tokens=9, deadline=soon())
        group.cancel_scope.cancel()


async def test_tokens_are_counted_where_the_server_counts() -> None:
    messages = [{"role": "user", "content": "one two three"}]
    for tokenizes, count in ((True, 3), (False, None)):
        with serving(echo, tokenizes=tokenizes) as server:
            async with asking(server) as client:
                assert await client.count(messages, soon()) == count


async def test_many_labels_are_read_in_one_request() -> None:
    def model(prompt: str) -> Said:
        return Said("1", likely={"1": 0.9, "0": 0.1} if "good" in prompt else {"0": 1.0})

    with serving(model) as server:
        async with asking(server) as client:
            answers = await client.read_labels(["good", "bad", "good"], ("1", "0"), soon())
    assert [round(sum(answer.likely.values()), 2) for answer in answers] == [-2.41, 0.0, -2.41]
    assert len(server.asked) == 1
