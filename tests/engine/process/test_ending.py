"""Why vLLM ended, by its own words; those below are vLLM's."""

from __future__ import annotations

import pytest

from webis_mcp.engine.process.ending import ending_of
from webis_mcp.engine.process.launch import Fit

FREE = (
    "(EngineCore pid=7) ERROR ValueError: Free memory on device cuda:0 (12.4/23.6 GiB) on startup"
    " is less than desired GPU memory utilization (0.92, 21.71 GiB). Decrease GPU memory"
    " utilization or reduce GPU memory used by other processes."
)
ON_A_CPU = (
    "(EngineCore pid=7) ERROR ValueError: Available memory on node 0 (12.4/23.6 GiB) on startup is"
    " less than desired CPU memory utilization (0.92, 21.71 GiB). On the CPU backend, the"
    " `--gpu-memory-utilization` flag controls the fraction of CPU memory reserved"
)
CACHE = (
    "ValueError: Available memory on node 0 (0.8/23.6 GiB) on kv cache allocation is less than"
    " requested memory for kv (1.0 GiB). Decrease --kv-cache-memory-bytes, VLLM_CPU_KVCACHE_SPACE,"
)
NOTHING_FREE = FREE.replace("12.4/", "0.4/")
INFO = (
    "INFO Free memory on device (12.4/23.6 GiB) on startup. Desired GPU memory utilization is (0.9)"
)
WINDOW = (
    "ValueError: To serve at least one request with the model's max seq len (40960), (5.62 GiB KV"
    " cache is needed, which is larger than the available KV cache memory (2.1 GiB). Based on the"
    " available memory, the estimated maximum model length is 15296. Try increasing"
)
BEYOND = (
    "  Value error, User-specified max_model_len (8192) is greater than the derived max_model_len"
    " (max_position_embeddings=4096.0 or model_max_length=None in model's config.json)."
)
LAST = "RuntimeError: Engine core initialization failed. See root cause above."


def test_memory_that_is_not_free_is_told_with_the_part_that_fits() -> None:
    ending = ending_of(1, [FREE, LAST])
    assert ending.fit == Fit(utilisation=0.51)
    assert "GPU_MEMORY_UTILIZATION=0.51" in ending.remedy
    assert not ending.is_final


def test_on_a_cpu_it_is_the_memory_of_the_machine() -> None:
    ending = ending_of(1, [ON_A_CPU, LAST])
    assert ending.fit == Fit(utilisation=0.51)
    assert "GPU_MEMORY_UTILIZATION=0.51" in ending.remedy
    assert "12.4 of 23.6 GiB are free on this machine" in ending.detail


def test_a_cache_that_does_not_fit_is_told_with_the_one_that_does() -> None:
    ending = ending_of(1, [CACHE, LAST])
    assert ending.fit == Fit(cache=(1 << 30) // 2)
    assert "--kv-cache-memory-bytes 536870912" in ending.remedy


@pytest.mark.parametrize("words", [NOTHING_FREE, CACHE.replace("0.8/", "0.3/")])
def test_where_nothing_fits_no_restart_helps(words: str) -> None:
    ending = ending_of(1, [words, LAST])
    assert (ending.fit, ending.is_final) == (None, True)
    assert ending.remedy


def test_a_remark_on_memory_is_no_reason() -> None:
    assert "by itself" in ending_of(1, [INFO]).detail


def test_a_window_that_does_not_fit_is_told_with_the_one_that_does() -> None:
    ending = ending_of(1, [WINDOW, LAST])
    assert ending.fit == Fit(window=15296)


def test_a_window_beyond_the_model_is_final() -> None:
    ending = ending_of(1, [BEYOND])
    assert ending.is_final
    assert "WEBIS_MAX_MODEL_LEN=4096" in ending.remedy


@pytest.mark.parametrize(
    "words",
    [
        "ValueError: No available memory for the cache blocks. Try increasing",
        "OSError: nobody/nothing is not a local folder and is not a valid model identifier listed",
        "vllm serve: error: argument --seed: invalid int value: 'x'",
        "vllm: error: unrecognized arguments: --foo bar",
    ],
)
def test_what_no_restart_puts_right_is_final(words: str) -> None:
    ending = ending_of(1, [words, LAST])
    assert ending.is_final
    assert ending.remedy


def test_the_reason_that_was_printed_last_counts() -> None:
    assert ending_of(1, [BEYOND, FREE]).fit == Fit(utilisation=0.51)


def test_running_out_of_memory_gives_way_with_a_smaller_window() -> None:
    ending = ending_of(1, ["torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB"])
    assert ending.fit is not None


@pytest.mark.parametrize("status", [-9, 137])
def test_a_kill_is_told_as_one(status: int) -> None:
    assert "killed from outside" in ending_of(status, []).detail


def test_an_end_with_status_0_is_an_end_like_any_other() -> None:
    ending = ending_of(0, ["ERROR EngineDeadError: EngineCore encountered an issue."])
    assert not ending.is_final
    assert "exit status 0" in ending.detail
    assert "EngineDeadError" in ending.detail


def test_a_misspelt_word_is_told_with_its_neighbour() -> None:
    ending = ending_of(2, ["vllm serve: error: unrecognized arguments: --enforce-eagre"])
    assert "--enforce-eager?" in ending.spelt(["--seed", "--enforce-eager"]).remedy
    assert ending.spelt([]) == ending
