"""The life of an engine, as a server of ours sees it. vLLM is played by a process."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import httpx2
import pytest

from tests.support.engines import Engine, engine, until, using
from webis_mcp.engine.process.host import EngineHost, open_engine
from webis_mcp.errors import EngineError, EngineNotReady

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="vLLM does not run there")

PATIENCE = 60.0


async def state_is(host: EngineHost, state: str, *, wanted: bool = False) -> None:
    if wanted:
        host.want()
    await until(lambda: host.status().state == state)


async def test_nothing_is_started_before_it_is_wanted(folder: Path) -> None:
    its = engine(folder)
    async with open_engine(its.settings) as host:
        assert host.status().state == "absent"
        assert "first needs it" in host.status().detail
        assert host.endpoint() is None
    assert not its.places.lock.exists()


async def test_an_engine_that_is_wanted_gets_ready_and_tells_what_it_can(folder: Path) -> None:
    its = engine(folder)
    async with open_engine(its.settings) as host:
        endpoint = await host.ensure_ready(within=PATIENCE)
        assert host.status().state == "ready"
        assert host.status().model == "tiny"
        assert endpoint.capabilities.server == "vllm"
        assert endpoint.capabilities.grammar
        assert endpoint.capabilities.max_model_len == 4096
        assert endpoint.key not in repr(endpoint)
    await its.gone()


async def test_a_caller_who_gives_up_does_not_stop_the_start(folder: Path) -> None:
    its = engine(folder, "--load-seconds", "0.5")
    async with open_engine(its.settings) as host:
        with pytest.raises(EngineNotReady, match="vLLM is starting"):
            await host.ensure_ready(within=0.01)
        await host.ensure_ready(within=PATIENCE)
    await its.gone()


async def test_a_start_tells_how_far_it_is(folder: Path) -> None:
    its = engine(folder, "--hang", "load")
    async with open_engine(its.settings) as host:
        host.want()
        await until(lambda: host.status().detail == "loading weights")
        status = host.status()
        assert status.words(now=status.since + 40) == "starting: loading weights, 40 s"
    await its.gone()


async def test_the_key_is_in_nobodys_command_line(folder: Path) -> None:
    its = engine(folder)
    async with open_engine(its.settings) as host:
        endpoint = await host.ensure_ready(within=PATIENCE)
        assert all(endpoint.key not in " ".join(p.cmdline()) for p in its.processes())
    await its.gone()


async def test_vllm_is_told_the_hub_the_proxies_and_the_gpus(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = {"HTTPS_PROXY": "http://proxy.test:3128", "no_proxy": "hub.test"}
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    told = {
        "HF_ENDPOINT": "https://hub.test",
        "HF_HOME": str(folder),
        "CUDA_VISIBLE_DEVICES": "0",
    }
    sizes = {"WEBIS_PIPELINE_PARALLEL_SIZE": "2", "WEBIS_DATA_PARALLEL_SIZE": "3"}
    its = engine(folder, **told, **sizes)
    async with open_engine(its.settings, its.hub) as host:
        await host.ensure_ready(within=PATIENCE)
        vllm = its.named("fake_vllm.py serve")
        words = " ".join(vllm.cmdline())
        assert "--pipeline-parallel-size 2 --data-parallel-size 3" in words
        assert (proxies | told).items() <= vllm.environ().items()
    await its.gone()


def left_in(folder: Path) -> list[str]:
    """How the names of what is in a folder begin."""
    return [path.name[: len("vllm_dist_")] for path in folder.iterdir()]


async def test_what_vllm_leaves_in_its_temporary_folder_is_gone_after_it(folder: Path) -> None:
    its = engine(folder)
    async with open_engine(its.settings) as host:
        await host.ensure_ready(within=PATIENCE)
        environ = its.named("fake_vllm.py serve").environ()
        scratch = Path(environ["TMPDIR"])
        assert left_in(scratch) == ["vllm_dist_"]
        assert Path(environ["TORCHINDUCTOR_CACHE_DIR"]).parent == scratch.parent  # it is kept
    await its.gone()
    assert not await anyio.Path(scratch).exists()


async def test_without_room_for_a_sockets_name_vllm_has_the_folder_of_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = folder / ("x" * 60)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    its = engine(folder)
    async with open_engine(its.settings) as host:
        await host.ensure_ready(within=PATIENCE)
        assert its.named("fake_vllm.py serve").environ()["TMPDIR"] == str(long)
    await its.gone()
    assert left_in(long) == ["vllm_dist_"]


async def test_what_vllm_prints_goes_to_the_log_however_much_it_is(folder: Path) -> None:
    its = engine(folder, "--chatty", "300000")
    async with open_engine(its.settings) as host:
        await host.ensure_ready(within=PATIENCE)
    await its.gone()
    log = its.places.log.read_text()
    assert "this would break a protocol" in log
    assert log.count("x" * 99) == 3000


async def test_two_servers_share_one_engine_and_it_stays_until_both_have_left(folder: Path) -> None:
    its = engine(folder)
    async with open_engine(its.settings) as second:
        async with open_engine(its.settings) as first:
            here = await first.ensure_ready(within=PATIENCE)
            there = await second.ensure_ready(within=PATIENCE)
            assert (here.url, here.key) == (there.url, there.key)
        assert second.endpoint() == there
        assert its.processes()
    await its.gone()


async def test_servers_that_begin_at_once_start_one_engine(folder: Path) -> None:
    its = engine(folder)
    urls = set()

    async def use() -> None:
        async with open_engine(its.settings) as host:
            urls.add((await host.ensure_ready(within=PATIENCE)).url)
            await until(lambda: len(asked) == 6)

    asked: list[int] = []
    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(use)
            asked.append(number)
    assert len(urls) == 1
    await its.gone()


async def test_an_engine_that_nobody_uses_stays_for_a_while(folder: Path) -> None:
    its = engine(folder, WEBIS_ENGINE_IDLE_SECONDS="4")
    async with open_engine(its.settings) as first:
        before = await first.ensure_ready(within=PATIENCE)
    async with open_engine(its.settings) as second:
        assert (await second.ensure_ready(within=PATIENCE)).key == before.key
    await its.gone()


async def test_an_engine_in_which_requests_wait_is_busy_and_can_be_asked(folder: Path) -> None:
    its = engine(folder, "--waiting", "3")
    async with open_engine(its.settings) as host:
        await state_is(host, "busy", wanted=True)
        assert host.status().words() == "busy: 3 requests wait"
        assert (await host.ensure_ready(within=PATIENCE)).capabilities.grammar
    await its.gone()


async def test_settings_that_differ_make_another_engine(folder: Path) -> None:
    one, other = engine(folder), engine(folder, MODEL_PATH="another")
    async with open_engine(one.settings) as first, open_engine(other.settings) as second:
        here = await first.ensure_ready(within=PATIENCE)
        there = await second.ensure_ready(within=PATIENCE)
        assert here.url != there.url
    await one.gone()
    await other.gone()


async def test_a_server_that_was_killed_holds_no_lease(folder: Path) -> None:
    its = engine(folder)
    async with await anyio.open_process(using(its), stderr=None) as user:
        assert user.stdout
        assert await user.stdout.receive() == b"ready"
        assert its.processes()
        user.kill()
    await its.gone()


async def test_a_server_that_died_is_started_again(folder: Path) -> None:
    its = engine(folder, "--child", "session")
    async with open_engine(its.settings) as host:
        before = await host.ensure_ready(within=PATIENCE)
        its.named("fake-core").kill()  # vLLM ends with status 0 then
        await until(lambda: "starts again in 1 s" in host.status().detail)
        after = await host.ensure_ready(within=PATIENCE)
        assert after.life == before.life + 1
        assert after.url != before.url
    await its.gone()


async def test_a_guardian_that_died_is_no_end_for_the_keeper(folder: Path) -> None:
    its = engine(folder, "--child", "group", "--child", "session")
    async with open_engine(its.settings) as host:
        before = await host.ensure_ready(within=PATIENCE)
        keeper, rest = its.keeper(), its.processes()
        its.named("guardian.py").kill()
        await until(lambda: (host.endpoint() or before).life == before.life + 1)
        assert its.keeper() == keeper
        assert not any(process.is_running() for process in rest)
        assert "guardian.py" in " ".join(its.keeper().children()[0].cmdline())
    await its.gone()
    assert "This is a bug" not in await anyio.Path(its.places.log).read_text()


async def test_a_keeper_that_died_is_started_again_and_so_is_its_engine(folder: Path) -> None:
    its = engine(folder, "--child", "group", "--child", "session")
    async with open_engine(its.settings) as host:
        before = await host.ensure_ready(within=PATIENCE)
        its.keeper().kill()
        await until(lambda: host.endpoint() not in (None, before))
    await its.gone()


async def test_too_much_memory_asked_for_is_put_right_once_and_told(folder: Path) -> None:
    its = engine(folder, "--free", "0.5", GPU_MEMORY_UTILIZATION="0.9")
    async with open_engine(its.settings) as host:
        await host.ensure_ready(within=PATIENCE)
        assert host.status().notes == ("vLLM takes 0.48 instead of 0.9: that is what is free.",)
    await its.gone()


async def test_a_window_that_does_not_fit_is_put_right_once_and_told(folder: Path) -> None:
    its = engine(folder, "--fits", "2048", WEBIS_MAX_MODEL_LEN="8192")
    async with open_engine(its.settings) as host:
        endpoint = await host.ensure_ready(within=PATIENCE)
        assert endpoint.capabilities.max_model_len == 2048
        assert host.status().notes == ("The window is 2048 tokens: that is what memory allows.",)
    await its.gone()


async def test_a_word_that_vllm_does_not_know_is_told_with_the_right_spelling(folder: Path) -> None:
    its = engine(folder, WEBIS_VLLM_ARGS="--enforce-eagre")
    async with open_engine(its.settings) as host:
        with pytest.raises(EngineError, match="does not know --enforce-eagre"):
            await host.ensure_ready(within=PATIENCE)
        await until(lambda: "Did you mean --enforce-eager?" in host.status().remedy)
        assert host.status().state == "failed"
        assert any("unrecognized" in line for line in host.status().last_words)
    await its.gone()


async def test_what_failed_for_good_is_tried_again_when_somebody_says_so(folder: Path) -> None:
    its = engine(folder, "--free", "0.01", GPU_MEMORY_UTILIZATION="0.9")
    async with open_engine(its.settings) as host:
        with pytest.raises(EngineError, match="GiB are free on the GPU"):
            await host.ensure_ready(within=PATIENCE)
        since = host.status().since
        host.restart()
        await until(lambda: host.status().state == "failed" and host.status().since > since)
    await its.gone()


async def test_without_a_command_there_is_no_engine_and_no_process(folder: Path) -> None:
    its = engine(folder, WEBIS_VLLM_COMMAND=str(folder / "nowhere"))
    async with open_engine(its.settings) as host:
        with pytest.raises(EngineNotReady, match="names no command") as refused:
            await host.ensure_ready(within=PATIENCE)
        assert "pip install" in refused.value.hint
    assert not its.places.lock.exists()


async def test_without_a_gpu_the_reason_is_told(folder: Path) -> None:
    its = engine(folder, DEVICE="cuda")
    async with open_engine(its.settings) as host:
        with pytest.raises(EngineNotReady, match="DEVICE is cuda"):
            await host.ensure_ready(within=PATIENCE)
        assert host.status().state == "absent"
    await its.gone()


async def test_a_folder_that_others_may_look_into_is_not_used(folder: Path) -> None:
    its = engine(folder)
    await anyio.Path(folder).chmod(0o755)
    async with open_engine(its.settings) as host:
        with pytest.raises(EngineError, match="others may write to it") as refused:
            await host.ensure_ready(within=PATIENCE)
    assert "chmod 700" in refused.value.hint


def test_an_engine_is_had_again_while_the_last_one_is_still_ending(folder: Path) -> None:
    """Whether it is the same one, had back at the last moment, is for the clock to say."""
    its = engine(folder)

    async def answers() -> bool:
        async with open_engine(its.settings) as host, httpx2.AsyncClient() as http:
            endpoint = await host.ensure_ready(within=PATIENCE)
            return (await http.get(f"{endpoint.url}/health")).is_success

    assert [anyio.run(answers) for _ in range(3)] == [True] * 3
    anyio.run(Engine.gone, its)
