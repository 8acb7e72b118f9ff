"""A server that somebody else keeps, and what it can do. It is played by a process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import httpx2
import pytest

from tests.support.engines import FAKE, free_port, until
from webis_mcp.engine import Capabilities
from webis_mcp.engine.process.host import open_engine
from webis_mcp.engine.process.probe import BUSY, probe
from webis_mcp.errors import EngineError, EngineNotReady
from webis_mcp.settings import EngineSettings, Settings

PATIENCE = 60.0

ALL = Capabilities("vllm", 4096, *[True] * 8)


@contextmanager
def serving(port: int, *faults: str) -> Iterator[subprocess.Popen[bytes]]:
    """A fake vLLM with a key, at a port."""
    command = [sys.executable, "-I", str(FAKE), "serve", "some/model", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--api-key", "secret", *faults], stdout=-3, stderr=subprocess.PIPE
    ) as server:
        try:
            assert server.stderr
            for line in server.stderr:
                if b"startup complete" in line:
                    break
            yield server
        finally:
            server.kill()


def at(port: int, **environ: str) -> EngineSettings:
    given = {"WEBIS_VLLM_URL": f"http://127.0.0.1:{port}", "WEBIS_VLLM_KEY": "secret"}
    return Settings.from_environ(given | environ).engine


async def test_a_server_at_a_url_is_used_and_its_model_with_it() -> None:
    port = free_port()
    with serving(port):
        async with open_engine(at(port)) as host:
            endpoint = await host.ensure_ready(within=PATIENCE)
            assert (endpoint.model, endpoint.key) == ("some/model", "secret")
            assert endpoint.url == f"http://127.0.0.1:{port}"
            assert endpoint.capabilities == ALL
            assert host.status().state == "ready"


async def test_a_url_may_end_as_openais_clients_want_it() -> None:
    port = free_port()
    settings = at(port, WEBIS_VLLM_URL=f"http://127.0.0.1:{port}/v1/")
    with serving(port):
        async with open_engine(settings) as host:
            endpoint = await host.ensure_ready(within=PATIENCE)
            assert endpoint.url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    "lacking",
    ["json_schema", "regex", "grammar", "choice", "slices", "token_logprobs", "prompt_logprobs"],
)
async def test_what_a_server_passes_over_without_a_word_it_cannot_do(lacking: str) -> None:
    port = free_port()
    with serving(port, "--lacks", lacking):
        async with open_engine(at(port)) as host:
            endpoint = await host.ensure_ready(within=PATIENCE)
    assert endpoint.capabilities == Capabilities(**{**asdict(ALL), lacking: False})


async def test_a_wrong_key_is_told_with_the_setting() -> None:
    port = free_port()
    with serving(port):
        async with open_engine(at(port, WEBIS_VLLM_KEY="wrong")) as host:
            with pytest.raises(EngineError, match="does not take our key") as refused:
                await host.ensure_ready(within=PATIENCE)
    assert "WEBIS_VLLM_KEY" in refused.value.hint


async def test_a_model_that_is_not_served_is_told_with_those_that_are() -> None:
    port = free_port()
    with serving(port):
        async with open_engine(at(port, MODEL_PATH="another")) as host:
            with pytest.raises(EngineError, match="does not serve another, but some/model"):
                await host.ensure_ready(within=PATIENCE)


async def test_what_is_no_such_server_is_told() -> None:
    port = free_port()
    with serving(port):
        settings = at(port, WEBIS_VLLM_URL=f"http://127.0.0.1:{port}/elsewhere")
        async with open_engine(settings) as host:
            with pytest.raises(EngineError, match="no OpenAI-compatible server"):
                await host.ensure_ready(within=PATIENCE)


async def test_a_server_that_is_not_there_is_told_at_once_and_met_when_it_comes() -> None:
    port = free_port()
    async with open_engine(at(port)) as host:
        with pytest.raises(EngineError, match="cannot be reached"):
            await host.ensure_ready(within=PATIENCE)
        with serving(port):
            await until(lambda: host.endpoint() is not None)


async def test_a_server_that_goes_and_comes_back_is_a_new_life() -> None:
    port = free_port()
    async with open_engine(at(port)) as host:
        with serving(port):
            before = await host.ensure_ready(within=PATIENCE)
            host.report_failure(before)  # a false alarm
        host.report_failure(before)
        await until(lambda: host.status().state == "failed")
        with serving(port):
            await until(lambda: (host.endpoint() or before).life > before.life)


async def test_no_proxy_stands_between_us_and_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(port):
        async with open_engine(at(port)) as host:
            await host.ensure_ready(within=PATIENCE)


async def test_who_waits_for_a_server_that_is_slow_is_told_what_goes_on() -> None:
    port = free_port()
    with serving(port, "--answer-seconds", "600"):
        async with open_engine(at(port)) as host:
            with pytest.raises(EngineNotReady, match="what it can do"):
                await host.ensure_ready(within=0.2)


class Losing(httpx2.AsyncHTTPTransport):
    """A way to a server on which each request goes wrong once before it gets there."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__()
        self.status = status
        self.seen: set[bytes] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST" and request.content not in self.seen:
            self.seen.add(request.content)
            if self.status is None:
                raise httpx2.ReadError("gone", request=request)
            return httpx2.Response(self.status, json={"error": "busy"})
        return await super().handle_async_request(request)


async def test_a_lost_connection_says_nothing_of_what_a_server_can_do() -> None:
    port = free_port()
    with serving(port):
        headers = {"Authorization": "Bearer secret"}
        url = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=url, headers=headers, transport=Losing()) as client:
            assert (await probe(client)).capabilities == ALL


@pytest.mark.parametrize("status", sorted(BUSY))
async def test_a_server_that_has_no_time_is_asked_again(status: int) -> None:
    port = free_port()
    with serving(port):
        headers = {"Authorization": "Bearer secret"}
        url, losing = f"http://127.0.0.1:{port}", Losing(status)
        async with httpx2.AsyncClient(base_url=url, headers=headers, transport=losing) as client:
            with pytest.raises(EngineNotReady, match="did not answer"):
                await probe(client)
            assert (await probe(client)).capabilities == ALL
