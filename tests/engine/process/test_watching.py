"""A server that is there but gets nothing done is ended and started again, but not for ever."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest

from tests.support import hurried_keeper
from tests.support.engines import Engine, engine, until
from webis_mcp.engine import Endpoint
from webis_mcp.engine.process.host import EngineHost, open_engine
from webis_mcp.engine.process.looks import Work, parse_metrics
from webis_mcp.errors import EngineError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="vLLM does not run there")

PATIENCE = 60.0


@asynccontextmanager
async def hurried(its: Engine) -> AsyncIterator[EngineHost]:
    """An engine whose keeper has little patience."""
    program = [sys.executable, "-m", hurried_keeper.__name__, its.order.to_json()]
    async with await anyio.open_process([*program, str(its.places.folder)], stderr=None) as keeper:
        await until(its.places.socket.exists)
        async with open_engine(its.settings) as host:
            yield host
        with anyio.fail_after(PATIENCE):
            await keeper.wait()
    await its.gone()


async def ask(endpoint: Endpoint, prompt: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {endpoint.key}"}
    async with httpx2.AsyncClient(trust_env=False, headers=headers, timeout=PATIENCE) as client:
        body = {"model": endpoint.model, "prompt": prompt, "max_tokens": 1}
        return await client.post(f"{endpoint.url}/v1/completions", json=body)


async def test_a_server_that_does_not_answer_its_health_check_never_gets_ready(
    folder: Path,
) -> None:
    its = engine(folder, "--hang", "health", WEBIS_START_TIMEOUT_SECONDS="0.3")
    async with hurried(its) as host:
        with pytest.raises(EngineError, match=r"not ready within 0\.3 s.*again and again"):
            await host.ensure_ready(within=PATIENCE)
        assert "WEBIS_START_TIMEOUT_SECONDS" in host.status().remedy


async def test_a_server_that_gets_stuck_is_ended_and_started_again(folder: Path) -> None:
    its = engine(folder)
    async with hurried(its) as host:
        before = await host.ensure_ready(within=PATIENCE)
        its.named("fake_vllm.py serve").suspend()  # there, but as good as dead
        host.report_failure(before)
        await until(lambda: host.endpoint() is None)
        await until(lambda: (host.endpoint() or before).life > before.life)
        assert (await ask(await host.ensure_ready(within=PATIENCE), "hello")).status_code == 200


async def test_a_server_that_was_stuck_for_a_moment_is_used_again(folder: Path) -> None:
    its = engine(folder)
    async with open_engine(its.settings) as host:
        before = await host.ensure_ready(within=PATIENCE)
        stuck = its.named("fake_vllm.py serve")
        stuck.suspend()
        host.report_failure(before)
        await until(lambda: host.endpoint() is None)
        assert host.status().words() == "busy: it does not answer"
        stuck.resume()
        assert await host.ensure_ready(within=PATIENCE) == before
    await its.gone()


async def test_a_request_that_gets_nowhere_ends_the_server_and_not_the_caller(
    folder: Path,
) -> None:
    its = engine(folder, "--hang-on", "stuck")
    async with hurried(its) as host:
        before = await host.ensure_ready(within=PATIENCE)
        with pytest.raises(httpx2.TransportError):
            await ask(before, "stuck")
        await until(lambda: (host.endpoint() or before).life > before.life)


@pytest.mark.parametrize("status", [[], ["--exit-zero"]])
async def test_a_server_that_ends_again_and_again_is_left_alone(
    folder: Path, status: list[str]
) -> None:
    its = engine(folder, "--die", "load", *status)
    async with hurried(its) as host:
        with pytest.raises(EngineError, match="ended again and again"):
            await host.ensure_ready(within=PATIENCE)
        assert host.status().state == "failed"
        assert not its.processes()
        log = await anyio.Path(its.places.log).read_text()
        assert log.count("Starting to load model") == 5


def test_the_work_of_all_engines_behind_a_server_is_summed() -> None:
    text = (
        "# HELP vllm:num_requests_running Number of requests\n"
        'vllm:num_requests_running{engine="0",model_name="m"} 2.0\n'
        'vllm:num_requests_running{engine="1",model_name="m"} 1.0\n'
        'vllm:num_requests_waiting{engine="0",model_name="m"} 4.0\n'
        'vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 9.0\n'
        'vllm:prompt_tokens_total{engine="0",model_name="m"} 1.5e+06\n'
        'vllm:generation_tokens_total{engine="0",model_name="m"} 7.0\n'
        'vllm:prompt_tokens_created{engine="0"} 1.79e+09\n'
    )
    assert parse_metrics(text) == Work(running=3, waiting=4, tokens=1_500_007)


def test_a_server_that_tells_nothing_has_nothing_to_do() -> None:
    assert parse_metrics("") == Work()
