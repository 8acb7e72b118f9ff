"""A prompt in, words out; an answer that is none is told as what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.keys import add_key
from tests.support.served import NoModel, Says, asking, bearing
from webis_mcp.errors import EngineError, InvalidInput
from webis_mcp.server.http.generate import order_of
from webis_mcp.server.keys.record import Scope
from webis_mcp.service.generating import Completion, Order, Unfinished, texts_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "api_keys.json"


def order(n: int = 1) -> Order:
    return order_of({"prompt": "Say yes.", "n": n})


async def test_the_predecessors_request_gets_the_predecessors_answer(file: Path) -> None:
    key, model = add_key(file), Says("Yes.")
    async with asking(file, generator=model) as client:
        response = await client.post("/generate", json={"prompt": "Say yes.", "api_key": key})
    assert response.json() == {"text": ["Yes."]}
    assert model.orders == [
        Order("Say yes.", max_tokens=256, temperature=0.2, top_p=1.0, top_k=50, n=1)
    ]
    assert response.headers["deprecation"] == "true"


async def test_several_answers_are_given_where_several_are_asked_for(file: Path) -> None:
    async with asking(file, generator=Says("Yes.", "Aye.")) as client:
        response = await client.post("/generate", json={"prompt": "Say yes.", "n": 2})
    assert response.json() == {"text": ["Yes.", "Aye."]}


@pytest.mark.parametrize("given_key", [None, "", "wrong", 7, ["a"], {"a": 1}])
async def test_without_a_good_key_nothing_is_generated(file: Path, given_key: object) -> None:
    add_key(file)
    model = Says("Yes.")
    async with asking(file, generator=model) as client:
        response = await client.post("/generate", json={"prompt": "x", "api_key": given_key})
    assert response.status_code == 401
    assert not model.orders


async def test_the_header_counts_and_another_key_in_the_body_is_a_mistake(file: Path) -> None:
    key, other = add_key(file), add_key(file)
    async with asking(file) as client:
        client.headers.update(bearing(key))
        both = await client.post("/generate", json={"prompt": "x", "api_key": key})
        mixed = await client.post("/generate", json={"prompt": "x", "api_key": other})
        header = await client.post("/generate", json={"prompt": "x"})
    assert (both.status_code, mixed.status_code, header.status_code) == (200, 400, 200)


async def test_a_key_needs_the_scope(file: Path) -> None:
    key = add_key(file, scopes=frozenset({Scope.EXTRACT}))
    async with asking(file) as client:
        response = await client.post("/generate", json={"prompt": "x", "api_key": key})
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "prompt is missing."),
        ({"prompt": ""}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "x", "max_token": 9}, "Did you mean max_tokens?"),
        ({"prompt": "x", "max_tokens": 0}, "max_tokens"),
        ({"prompt": "x", "max_tokens": "9"}, "max_tokens"),
        ({"prompt": "x", "temperature": float("inf")}, "temperature"),
        ({"prompt": "x", "n": 1000}, "n "),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        order_of(fields)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"[" * 50_000, b'"\\ud800"'])
async def test_a_body_that_is_no_object_is_refused(file: Path, body: bytes) -> None:
    async with asking(file) as client:
        response = await client.post("/generate", content=body)
    assert response.status_code == 400


async def test_without_a_model_it_says_how_to_get_one(file: Path) -> None:
    async with asking(file, generator=NoModel()) as client:
        response = await client.post("/generate", json={"prompt": "x"})
    assert response.status_code == 503
    assert response.json()["error"] == "engine_not_ready"
    assert "WEBIS_VLLM_URL" in response.json()["error_description"]
    assert response.headers["retry-after"]


async def test_a_cut_answer_is_an_error_with_the_number_to_raise(file: Path) -> None:
    async with asking(file, generator=Says("Yes, and", finish_reason="length")) as client:
        response = await client.post("/generate", json={"prompt": "x", "max_tokens": 40})
    assert response.status_code == 422
    assert "max_tokens to 80" in response.json()["error_description"]
    assert response.json()["text"] == ["Yes, and"]


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_answer_is_no_success(text: str) -> None:
    with pytest.raises(Unfinished, match="without a word"):
        texts_of(order(), [Completion(text, "stop")])


def test_fewer_answers_than_asked_for_are_no_success() -> None:
    with pytest.raises(EngineError):
        texts_of(order(n=2), [Completion("Yes.", "stop")])


@given(st.lists(st.tuples(st.text(), st.sampled_from(["stop", "length"])), max_size=4))
def test_no_empty_and_no_cut_answer_passes_as_whole(found: list[tuple[str, str]]) -> None:
    completions = [Completion(text, reason) for text, reason in found]
    try:
        texts = texts_of(order(n=max(1, len(found))), completions)
    except Unfinished:
        return
    assert texts
    assert all(text.strip() for text in texts)
    assert all(completion.finish_reason == "stop" for completion in completions)
