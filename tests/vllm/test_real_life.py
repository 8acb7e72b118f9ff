"""The life of a real vLLM on the CPU, with a model of random weights: `scripts/vllm` runs this.

A start takes half a minute, so the tests share an engine, as servers of ours do: a program holds it
while they last. Where a restart would show nothing new it is not waited for: the next kill comes
when the engine's core is there, or, where it need not be, when vLLM is.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import httpx2
import psutil
import pytest

from tests.engine.test_contract import page_of
from tests.support.engines import Engine, using
from tests.support.judges import judge_page, judges
from webis_mcp.engine import Endpoint
from webis_mcp.engine.process.host import open_engine
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.errors import EngineError

VLLM, MODEL = os.environ.get("WEBIS_TEST_VLLM", ""), os.environ.get("WEBIS_TEST_MODEL", "")

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not (VLLM and MODEL), reason="WEBIS_TEST_VLLM names no vLLM"),
]

PATIENCE = 900.0
"""Seconds that a start may take on a machine that is busy with something else."""

CORE, SERVER, GUARDIAN = "VLLM::EngineCore", "vllm serve", "guardian.py"

SMALL = "--enforce-eager --dtype float32 --kv-cache-memory-bytes 67108864"


@contextmanager
def an_engine(**words: str) -> Iterator[Engine]:
    """An engine that can be had, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="w") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "0")  # a core without a process for it
        patch.setenv("OMP_NUM_THREADS", "1")
        environ = {
            "WEBIS_VLLM_COMMAND": VLLM,
            "WEBIS_RUNTIME_FOLDER": folder,
            "WEBIS_ENGINE_IDLE_SECONDS": "0",
            "WEBIS_START_TIMEOUT_SECONDS": str(PATIENCE),
            "WEBIS_VLLM_ARGS": SMALL,
            "MODEL_PATH": MODEL,
        }
        yield Engine.of(environ | words)


@pytest.fixture(scope="module")
def its() -> Iterator[Engine]:
    """An engine that is held for all tests, and gone when its holder is killed."""
    with an_engine() as engine:
        with subprocess.Popen(using(engine), stdout=subprocess.DEVNULL) as holder:
            yield engine
            holder.kill()  # while the last life begins
        began = time.monotonic()
        anyio.run(engine.gone)
        tell("gone after its last user was killed", began)


async def test_it_gets_ready_is_shared_and_can_do_all(its: Engine) -> None:
    async with open_engine(its.settings) as host:
        began = time.monotonic()
        endpoint = await host.ensure_ready(within=PATIENCE)
        tell("ready", began)
        assert_it_can_do_all(endpoint)
        await assert_a_second_server_attaches(its, endpoint)
        await assert_it_wants_its_key(endpoint)
        await assert_it_judges_a_page(endpoint)
        await assert_it_fills_a_schema(endpoint)


async def test_whoever_is_killed_takes_the_rest_along_and_the_next_life_begins(its: Engine) -> None:
    async with open_engine(its.settings) as host:
        await host.ensure_ready(within=PATIENCE)
        for victim in (SERVER, GUARDIAN, CORE):
            await core_is_there(its)
            await assert_a_kill_is_survived(its, victim)
            assert host.status().state != "failed"
        await server_is_there(its)
        await assert_a_killed_keeper_takes_all_along(its)
        await server_is_there(its)


async def test_what_vllm_does_not_know_is_told_with_the_right_spelling() -> None:
    with an_engine(WEBIS_VLLM_ARGS="--enforce-eagre") as its:
        async with open_engine(its.settings) as host:
            with pytest.raises(EngineError, match="does not know --enforce-eagre"):
                await host.ensure_ready(within=PATIENCE)
            with anyio.fail_after(PATIENCE):
                while "Did you mean --enforce-eager?" not in host.status().remedy:  # noqa: ASYNC110
                    await anyio.sleep(0.2)
        await its.gone()


def assert_it_can_do_all(endpoint: Endpoint) -> None:
    can = endpoint.capabilities
    assert (can.server, can.max_model_len) == ("vllm", 16_384)
    assert can.json_schema
    assert can.regex
    assert can.grammar
    assert can.choice
    assert can.slices
    assert can.logprobs
    assert can.prompt_logprobs


async def assert_a_second_server_attaches(its: Engine, endpoint: Endpoint) -> None:
    before = len(its.processes())
    began = time.monotonic()
    async with open_engine(its.settings) as second:
        assert await second.ensure_ready(within=PATIENCE) == endpoint
        tell("a second server attached", began)
    assert len(its.processes()) == before


async def assert_it_wants_its_key(endpoint: Endpoint) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{endpoint.url}/v1/models")).status_code == 401


async def assert_it_judges_a_page(endpoint: Endpoint) -> None:
    page = page_of(5)
    async with judges() as (judge, counts):
        judged = await judge_page(judge, endpoint, page, seconds=PATIENCE)
    assert judged.verdicts.engine == f"vllm: {endpoint.model}"
    assert len(judged.verdicts.content) == len(page.blocks)
    assert not any("answered for" in warning for warning in judged.warnings)
    assert counts.repairs == 0


async def assert_it_fills_a_schema(endpoint: Endpoint) -> None:
    schema = {
        "type": "object",
        "properties": {"port": {"enum": ["Oban", "Craignure"]}, "pier": {"type": "integer"}},
        "required": ["port", "pier"],
        "additionalProperties": False,
    }
    async with httpx2.AsyncClient(trust_env=False, timeout=None) as http:
        client = Client(http, endpoint, Budget(2), Counts())
        deadline = anyio.current_time() + PATIENCE
        answer = await client.complete("Where?", schema=schema, max_tokens=60, deadline=deadline)
    assert json.loads(answer.text)["port"] in ("Oban", "Craignure")


async def assert_a_kill_is_survived(its: Engine, victim: str) -> None:
    """The rest of that life ends; what comes next is another."""
    old, began = its.processes(), time.monotonic()
    its.named(victim).kill()
    await assert_all_end(old)
    tell(f"the rest was gone after {victim} was killed", began)


async def assert_a_killed_keeper_takes_all_along(its: Engine) -> None:
    old, began = its.processes(), time.monotonic()
    its.keeper().kill()
    await assert_all_end(old)
    tell("all was gone after the keeper was killed", began)


async def assert_all_end(processes: list[psutil.Process]) -> None:
    assert (await anyio.to_thread.run_sync(psutil.wait_procs, processes, PATIENCE))[1] == []


async def core_is_there(its: Engine) -> None:
    await runs(its, CORE)


async def server_is_there(its: Engine) -> None:
    await runs(its, SERVER)


async def runs(its: Engine, words: str) -> None:
    """Until a process of the engine has these words in its command line."""
    with anyio.fail_after(PATIENCE):
        while not any(words in " ".join(line) for line in command_lines(its)):  # noqa: ASYNC110
            await anyio.sleep(0.2)


def command_lines(its: Engine) -> Iterator[list[str]]:
    for process in its.processes():
        try:
            yield process.cmdline()
        except psutil.Error:
            continue


def tell(what: str, began: float) -> None:
    """For whoever reads the run with -s: figures, of which none is asserted."""
    print(f"  {what}: {time.monotonic() - began:.1f} s")
