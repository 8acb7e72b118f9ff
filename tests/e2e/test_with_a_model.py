"""The installed command beside a server that has a model: `/generate`, and pages judged by it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.support import fake_vllm
from tests.support.command import PATIENCE
from tests.support.keys import add_key
from tests.support.served import JSON, Served, bearing, serving_http

PAGE = "<h1>Harbour</h1><p>The ferry sails again on Monday, eleven years after the last boat.</p>"


def until(is_so: Callable[[], bool]) -> None:
    """Asks again until it is so, for as long as a test has patience."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "It did not come to that."


@contextmanager
def model_server(folder: Path, *words: str) -> Iterator[str]:
    """A stand-in for vLLM that answers; gives its address."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # the port stays ours till then
        kept.bind(("127.0.0.1", 0))
        port = kept.getsockname()[1]
        command = [sys.executable, fake_vllm.__file__, "serve", "tiny", "--port", str(port), *words]
        with (folder / "vllm.log").open("w") as sink:
            process = subprocess.Popen(command, stdout=sink, stderr=sink)
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: answers(url))
            yield url
        finally:
            process.kill()
            process.wait(PATIENCE)


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health", timeout=PATIENCE).status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def serving_with(folder: Path, *words: str) -> Iterator[tuple[Served, str]]:
    """Our server, with the model of another, which it has found; and a key."""
    key = add_key(folder / "api_keys.json")
    with (
        model_server(folder, *words) as url,
        serving_http(folder, WEBIS_VLLM_URL=url) as served,
    ):
        until(lambda: generate(served, key).status_code != 503)
        yield served, key


def generate(served: Served, key: str, **more: object) -> httpx2.Response:
    body = {"prompt": "Say yes.", "api_key": key, **more}
    return httpx2.post(f"{served.url}/generate", json=body, timeout=PATIENCE)


def test_a_prompt_gets_the_models_words(tmp_path: Path) -> None:
    with serving_with(tmp_path, "--answer", "Yes, indeed.") as (served, key):
        response = generate(served, key, n=2)
        health = httpx2.get(f"{served.url}/health").json()
    assert response.json() == {"text": ["Yes, indeed.", "Yes, indeed."]}
    assert health["engines"]["vllm"] == "ready"


def test_a_cut_answer_says_which_number_to_raise(tmp_path: Path) -> None:
    with serving_with(tmp_path, "--answer", "Yes, indeed.", "--half") as (served, key):
        response = generate(served, key, max_tokens=8)
    assert response.status_code == 422
    assert "Raise max_tokens to 16." in response.json()["error_description"]


def test_garbage_from_the_model_server_is_its_fault_and_not_ours(tmp_path: Path) -> None:
    with serving_with(tmp_path, "--garble") as (served, key):
        response = generate(served, key)
    assert response.status_code == 502
    assert response.json()["error_description"]


@pytest.mark.parametrize("engine", ["auto", "vllm"])
def test_a_page_is_judged_with_the_model(tmp_path: Path, engine: str) -> None:
    arguments = {"html": PAGE, "engine": engine}
    params = {"name": "extract_from_html", "arguments": arguments}
    call = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params}
    with serving_with(tmp_path) as (served, key):
        url, headers = f"{served.url}/mcp", JSON | bearing(key)
        answer = httpx2.post(url, json=call, headers=headers, timeout=PATIENCE).text
    found = json.loads(answer.rpartition("data: ")[2])["result"]["structuredContent"]
    assert "The ferry sails again on Monday" in found["content"]
    assert found["engine"] in (("vllm: tiny",) if engine == "vllm" else ("vllm: tiny", "embedded"))
