"""Whatever comes in is answered, and with no 5xx but the one that says that there is no model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.served import NoModel, Says, asking
from webis_mcp.service.generating import Completion, Generator, Order

NO_KEYS = Path("/nonexistent/api_keys.json")

PATIENCE = 60
"""Seconds for an answer; what needs more hangs."""

ONE_APP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""All examples of a test go to one application, as all requests do."""

MODERN = "2026-07-28"

words = st.text(st.characters(), max_size=30)  # halves of surrogate pairs too
numbers = st.integers() | st.floats() | st.just(10**400)
leaves = st.none() | st.booleans() | numbers | words
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def near(values: list[Any]) -> st.SearchStrategy[Any]:
    """One of the values that belong there, mostly; else anything."""
    return st.sampled_from(values) | st.sampled_from(values) | anything


def fields(known: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of the fields that belong there, and now and then one that does not."""
    right = st.fixed_dictionaries({}, optional=known)
    return right | st.builds(
        lambda a, b: a | b, right, st.dictionaries(words, anything, max_size=2)
    )


arguments = fields(
    {
        "html": near(["<p>A page.</p>", ""]),
        "url": near(["https://a.example/", "file:///etc/passwd", "http://[::1"]),
        "format": near(["markdown", "blocks"]),
        "engine": near(["auto", "vllm"]),
        "max_length": near([0, 1, 10_000, -1, 10**9]),
        "start_index": near([0, 5, -1, 10**18]),
        "headers": near([{"Accept-Language": "de"}, {"Host": "x"}]),
    }
)

envelope = fields(
    {
        "io.modelcontextprotocol/protocolVersion": near([MODERN, "2025-11-25"]),
        "io.modelcontextprotocol/clientInfo": near([{"name": "x", "version": "1"}]),
        "io.modelcontextprotocol/clientCapabilities": near([{}]),
        "progressToken": near([1, "a"]),
    }
)

params = fields(
    {
        "name": near(["extract_from_html", "fetch_and_extract", "no_such_tool"]),
        "arguments": arguments | anything,
        "protocolVersion": near(["2025-11-25", MODERN, "1999-01-01"]),
        "capabilities": near([{}]),
        "clientInfo": near([{"name": "x", "version": "1"}]),
        "cursor": near(["x"]),
        "requestId": near([1]),
        "uri": near(["file:///x"]),
        "level": near(["info"]),
        "_meta": envelope | anything,
    }
)

METHODS = [
    "initialize",
    "notifications/initialized",
    "notifications/cancelled",
    "ping",
    "tools/list",
    "tools/call",
    "tools/call",
    "prompts/list",
    "resources/read",
    "logging/setLevel",
    "completion/complete",
    "server/discover",
    "no/such",
]

messages = fields(
    {
        "jsonrpc": st.just("2.0"),
        "id": near([1, "a", 0]),
        "method": near(METHODS),
        "params": params | anything,
        "result": anything,
        "error": anything,
    }
)

bodies = st.binary(max_size=200) | (messages | anything | st.lists(messages, max_size=3)).map(
    lambda value: json.dumps(value).encode()
)

tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)

message_headers = st.fixed_dictionaries(
    {"content-type": st.sampled_from(["application/json", "application/json", "text/plain"])},
    optional={
        "mcp-protocol-version": st.sampled_from(["2025-11-25", "2025-03-26", MODERN]) | tokens,
        "mcp-method": st.sampled_from(METHODS) | tokens,
        "mcp-name": st.sampled_from(["extract_from_html"]) | tokens,
        "mcp-session-id": tokens,
        "last-event-id": tokens,
        "accept": st.sampled_from(["*/*", "application/json", "text/event-stream"]) | tokens,
    },
)

prompts = fields(
    {
        "prompt": near(["Say hello.", ""]),
        "max_tokens": near([1, 256, 0, 10**9]),
        "temperature": near([0, 0.2, 3]),
        "top_p": near([1.0, 0]),
        "top_k": near([50, -1]),
        "n": near([1, 2, 17]),
        "api_key": near(["wrong"]),
    }
)

prompt_bodies = st.binary(max_size=200) | (prompts | anything).map(
    lambda value: json.dumps(value).encode()
)

generators = st.one_of(
    st.just(NoModel()),
    st.lists(
        st.builds(Completion, st.text(max_size=5), st.sampled_from(["stop", "length"])), max_size=3
    ).map(lambda completions: Says(*completions)),
)


GREETING = {
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"},
    },
}


class Changing:
    """Completes prompts as each example wants."""

    def __init__(self) -> None:
        self.generator: Generator = NoModel()

    async def complete(self, order: Order) -> Sequence[Completion]:
        return await self.generator.complete(order)


@pytest.fixture
def changing() -> Changing:
    return Changing()


@pytest.fixture
async def client(changing: Changing) -> AsyncIterator[httpx2.AsyncClient]:
    async with asking(NO_KEYS, generator=changing) as client:
        yield client


@ONE_APP
@given(body=bodies, headers=message_headers)
async def test_a_message_is_answered(
    client: httpx2.AsyncClient, body: bytes, headers: dict[str, str]
) -> None:
    with anyio.fail_after(PATIENCE):
        answer = await client.post("/mcp", content=body, headers=headers)
    assert answer.status_code < 500, answer.text


@ONE_APP
@given(message=messages, modern=st.booleans())
@example(message=GREETING, modern=False)  # its answer has instructions, with "data: " in them
async def test_a_request_that_is_nearly_right_is_answered_under_its_id(
    client: httpx2.AsyncClient, message: dict[str, Any], modern: bool
) -> None:
    sound = {"jsonrpc": "2.0", "id": 7, "method": "ping"} | message | {"id": 7}
    headers = {"content-type": "application/json"}
    headers["mcp-protocol-version"] = MODERN if modern else "2025-11-25"
    method = sound["method"]
    if isinstance(method, str) and method.isascii() and method.isprintable():
        headers["mcp-method"] = method
    with anyio.fail_after(PATIENCE):
        answer = await client.post("/mcp", content=json.dumps(sound), headers=headers)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 200:
        assert answered(answer)["id"] == 7


def answered(answer: httpx2.Response) -> dict[str, Any]:
    """The message in an answer, of one piece or the last of a stream."""
    lines = answer.text.splitlines()
    told = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    found: dict[str, Any] = json.loads(told[-1] if told else answer.text)
    return found


@ONE_APP
@given(body=prompt_bodies, generator=generators)
async def test_a_prompt_is_answered(
    changing: Changing, client: httpx2.AsyncClient, body: bytes, generator: Generator
) -> None:
    changing.generator = generator
    with anyio.fail_after(PATIENCE):
        answer = await client.post("/generate", content=body)
    assert answer.status_code in {200, 400, 422, 503}, answer.text
    if answer.status_code == 200:
        assert all(text.strip() for text in answer.json()["text"])
    else:
        assert answer.json()["error_description"]
    assert answer.status_code != 503 or isinstance(generator, NoModel)


@ONE_APP
@given(
    path=st.sampled_from(["/mcp", "/generate", "/health", "/metrics", "/messages/", "/x"]),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"]),
    query=st.dictionaries(tokens, tokens, max_size=3),
    headers=st.dictionaries(
        st.sampled_from(["host", "origin", "authorization", "x-api-key"]), tokens, max_size=2
    ),
)
async def test_any_request_is_answered(
    client: httpx2.AsyncClient,
    path: str,
    method: str,
    query: dict[str, str],
    headers: dict[str, str],
) -> None:
    with anyio.fail_after(PATIENCE):
        answer = await client.request(method, path, params=query, headers=headers)
    assert answer.status_code < 500, answer.text
