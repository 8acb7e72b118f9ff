"""What only a real vLLM can show: that it takes what we send, and stops when we hang up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import anyio
import httpx2
import pytest

from tests.engine.vllm.test_judge import story
from tests.support.judges import judge_page, judges
from tests.support.real import real_endpoint, wait_until_running
from webis_mcp.engine import Capabilities, Cited, Endpoint, Question, Wanted
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.judge import Profile
from webis_mcp.engine.vllm.reader import ModelReader, read_answer, render_question, schema_of
from webis_mcp.engine.vllm.slices import shown, slices_form
from webis_mcp.engine.vllm.wire import PromptTooLong, constraint_for
from webis_mcp.page.value import Passage
from webis_mcp.page.values.grounding import Ground

FULL = Capabilities(
    server="vllm",
    json_schema=True,
    regex=True,
    grammar=True,
    choice=True,
    slices=True,
    logprobs=True,
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


WORDS = (
    "Kalla Verkstad, Storgatan 12, „Price” 1,299.00 kr; open [daily] 9–17.",
    'She said: "Never <b>mix</b> C:\\\\temp", at 5 o\'clock\n\tor later.',
    "月曜日は休みです。料金は1,200円。",
    "السعر ٣٥٠ ريال، مفتوح كل يوم.",
    "Анна Петровна, тел. +7 495 123-45-67, комн. 4️⃣",
)
"""Blocks of which a model of random weights is to quote; each has a trap for whoever quotes."""

QUESTIONS = 200

Heard = tuple[Question, Mapping[str, Cited | None]]


def question_of(number: int) -> Question:
    """One of many small questions about small pages, no two alike."""
    texts = [WORDS[(number + at) % len(WORDS)] for at in range(1 + number % 3)]
    passages = [Passage(7 * at, f"/p[{at}]", f"{number} {t}") for at, t in enumerate(texts)]
    wanted = [Wanted(f"/{name}", "string") for name in ("name", "price")[: 1 + number % 2]]
    return Question(tuple(wanted), tuple(passages), f"what is {number}")


async def quotation_mark(endpoint: Endpoint) -> dict[str, float]:
    """A bias against the token that ends a text: the model likes it too much to say a long one."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        body = {"prompt": '"', "add_special_tokens": False}
        answer = (await http.post(f"{endpoint.url}/tokenize", json=body)).json()
    return {str(token): -40.0 for token in answer["tokens"]}


async def wild_answer(client: Client, number: int, bias: Mapping[str, float]) -> Heard:
    """What the model says where anything is as likely as the form lets it be."""
    question = question_of(number)
    names = [wanted.pointer for wanted in question.wanted]
    form = slices_form(names, [(p.block, shown(p.text)) for p in question.passages])
    can = client.endpoint.capabilities
    held = constraint_for(can, slices=form, schema=schema_of(question))
    messages = [{"role": "user", "content": render_question(question)}]
    wild = {**held, "temperature": 2.0, "seed": number, "logit_bias": bias}
    completion = await client.chat(messages, wild, 900, later())
    return question, read_answer(completion, question)


async def wild_answers(client: Client) -> list[Heard]:
    answers: list[Heard] = []
    longer = await quotation_mark(client.endpoint)

    async def ask(number: int) -> None:
        answers.append(await wild_answer(client, number, longer if number % 2 else {}))

    async with anyio.create_task_group() as group:
        for number in range(QUESTIONS):
            group.start_soon(ask, number)
    return answers


async def test_of_200_answers_every_one_is_a_slice_of_its_block_or_null(client: Client) -> None:
    answers = await wild_answers(client)
    assert len(answers) == QUESTIONS
    assert all(len(said) == len(question.wanted) for question, said in answers)  # none was cut
    cited = [(question, one) for question, said in answers for one in said.values() if one]
    for question, one in cited:
        assert one.text in next(p.text for p in question.passages if p.block == one.block)
    lengths = [len(one.text) for _, one in cited]
    nulls = sum(one is None for _, said in answers for one in said.values())
    print(f"{len(cited)} slices of {min(lengths)} to {max(lengths)} characters, {nulls} null")  # noqa: T201 - the figure that is asked for
    assert max(lengths) > 30  # else little was put to the test
    assert nulls


async def test_without_slices_the_same_model_makes_its_words_up(client: Client) -> None:
    client.endpoint = replace(client.endpoint, capabilities=replace(FULL, slices=False))
    answers = [await wild_answer(client, number, {}) for number in range(20)]
    cited = [(question, one) for question, said in answers for one in said.values() if one]
    assert any(not Ground(question.passages).find(one.text) for question, one in cited)


async def test_a_reader_gets_words_of_the_page_for_its_fields(client: Client) -> None:
    question = question_of(5)
    answer = await ModelReader(client, later(), max_tokens=60).fill(question)
    assert answer.cited.keys() <= {wanted.pointer for wanted in question.wanted}
    assert all(Ground(question.passages).find(one.text) for one in answer.cited.values())


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
