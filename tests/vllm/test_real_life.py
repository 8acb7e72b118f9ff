"""The life of a real vLLM on the CPU, with a model of random weights: `scripts/vllm` runs this.

One engine goes through all of it, since each start takes half a minute: it gets ready, a second
server attaches, and then one process after the other is killed. Where a restart would show nothing
new it is not waited for: the next kill comes when the engine's core is there.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator

import anyio
import httpx2
import psutil
import pytest

from tests.support.engines import Engine, using
from webis_mcp.engine import Endpoint
from webis_mcp.engine.process.host import EngineHost, open_engine
from webis_mcp.settings import Settings

VLLM, MODEL = os.environ.get("WEBIS_TEST_VLLM", ""), os.environ.get("WEBIS_TEST_MODEL", "")

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not (VLLM and MODEL), reason="WEBIS_TEST_VLLM names no vLLM"),
]

PATIENCE = 400.0
"""Seconds that a start may take on a machine that is busy with something else."""

CORE, SERVER, GUARDIAN = "VLLM::EngineCore", "vllm serve", "guardian.py"

SMALL = "--enforce-eager --dtype float32 --kv-cache-memory-bytes 67108864"


@pytest.fixture
def its(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "0")  # a core without a process for it
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(prefix="w") as folder:
        environ = {
            "WEBIS_VLLM_COMMAND": VLLM,
            "WEBIS_RUNTIME_FOLDER": folder,
            "WEBIS_ENGINE_IDLE_SECONDS": "0",
            "WEBIS_VLLM_ARGS": SMALL,
            "MODEL_PATH": MODEL,
            "WEBIS_MAX_MODEL_LEN": "4096",
        }
        yield Engine(Settings.from_environ(environ).engine)


async def test_a_real_engine_lives_is_shared_and_leaves_nothing_behind(its: Engine) -> None:
    async with open_engine(its.settings) as host:
        began = time.monotonic()
        endpoint = await host.ensure_ready(within=PATIENCE)
        tell("ready", began)
        assert_it_can_do_all(endpoint)
        await assert_a_second_server_attaches(its, endpoint)
        await assert_it_answers(endpoint)
        for victim in (CORE, SERVER, GUARDIAN):
            await assert_a_kill_is_survived(its, host, victim)
        await assert_a_killed_keeper_is_replaced(its)
    began = time.monotonic()
    await its.gone()
    tell("gone after the last has left", began)


async def test_a_real_engine_does_not_outlive_a_user_that_was_killed(its: Engine) -> None:
    async with await anyio.open_process(using(its), stderr=None) as user:
        await core_is_there(its)
        user.kill()
    began = time.monotonic()
    await its.gone()
    tell("gone after its user was killed", began)


def test_what_vllm_refuses_is_told_in_its_words(its: Engine) -> None:
    words = {"vllm_args": f"{SMALL} --enforce-eagre"}
    wrong = Engine(its.settings.model_copy(update=words))

    async def start() -> str:
        async with open_engine(wrong.settings) as host:
            with pytest.raises(Exception, match="does not know --enforce-eagre") as refused:
                await host.ensure_ready(within=PATIENCE)
            return str(refused.value)

    assert "Did you mean --enforce-eager?" in anyio.run(start)


def assert_it_can_do_all(endpoint: Endpoint) -> None:
    can = endpoint.capabilities
    assert (can.server, can.max_model_len) == ("vllm", 4096)
    assert can.json_schema
    assert can.regex
    assert can.grammar
    assert can.choice
    assert can.logprobs
    assert can.prompt_logprobs


async def assert_a_second_server_attaches(its: Engine, endpoint: Endpoint) -> None:
    before = len(its.processes())
    began = time.monotonic()
    async with open_engine(its.settings) as second:
        assert await second.ensure_ready(within=PATIENCE) == endpoint
        tell("a second server attached", began)
    assert len(its.processes()) == before


async def assert_it_answers(endpoint: Endpoint) -> None:
    body = {
        "model": endpoint.model,
        "messages": [{"role": "user", "content": "Which blocks?"}],
        "max_tokens": 40,
        "structured_outputs": {"regex": "[0-9]{1,3}(-[0-9]{1,3})?"},
    }
    headers = {"Authorization": f"Bearer {endpoint.key}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        url = f"{endpoint.url}/v1/chat/completions"
        answer = (await client.post(url, json=body, headers=headers)).json()
        assert answer["choices"][0]["finish_reason"] == "stop"
        assert answer["choices"][0]["message"]["content"].partition("-")[0].isdigit()
        assert (await client.post(url, json=body)).status_code == 401


async def assert_a_kill_is_survived(its: Engine, host: EngineHost, victim: str) -> None:
    """The rest of that life ends, and the next begins."""
    await core_is_there(its)
    old, began = its.processes(), time.monotonic()
    its.named(victim).kill()
    assert (await anyio.to_thread.run_sync(psutil.wait_procs, old, PATIENCE))[1] == []
    tell(f"the rest was gone after {victim} was killed", began)
    assert host.status().state != "failed"


async def assert_a_killed_keeper_is_replaced(its: Engine) -> None:
    await core_is_there(its)
    old, began = its.processes(), time.monotonic()
    its.keeper().kill()
    assert (await anyio.to_thread.run_sync(psutil.wait_procs, old, PATIENCE))[1] == []
    tell("all was gone after the keeper was killed", began)
    await core_is_there(its)


async def core_is_there(its: Engine) -> None:
    with anyio.fail_after(PATIENCE):
        while not any(CORE in " ".join(words) for words in command_lines(its)):  # noqa: ASYNC110
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
