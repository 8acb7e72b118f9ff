"""From an order and a machine to the command for vLLM."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine.process.host import order_of
from webis_mcp.engine.process.installed import Vllm
from webis_mcp.engine.process.launch import Absence, Fit, Launch, Machine, largest_part, plan
from webis_mcp.engine.process.machine import GIB, Gpu, among, parse, visible_gpus
from webis_mcp.engine.process.runtime import Order
from webis_mcp.errors import SettingsError
from webis_mcp.settings import Settings

CUDA = Vllm("/bin/vllm", "0.33.0", is_for_cpu=False)
CPU = Vllm("/bin/vllm", "0.32.0+cpu", is_for_cpu=True)


def gpu(total: float, free: float) -> Gpu:
    return Gpu("0", "GPU-1", int(total * GIB), int(free * GIB))


def launch(order: Order, machine: Machine, fit: Fit | None = None) -> Launch:
    made = plan(order, machine, fit)
    assert isinstance(made, Launch), made
    return made


def absence(order: Order, machine: Machine) -> Absence:
    made = plan(order, machine)
    assert isinstance(made, Absence), made
    return made


def value_of(made: Launch, option: str) -> str | None:
    words = made.command
    return words[words.index(option) + 1] if option in words else None


@pytest.mark.parametrize(
    ("total", "free", "model"),
    [
        (80, 79, "Qwen/Qwen3.8-27B-FP8"),
        (24, 23.5, "Qwen/Qwen3.5-9B"),
        (16, 15.5, "Qwen/Qwen3.5-4B"),
        (8, 7.6, "Qwen/Qwen3-4B-AWQ"),
        (6, 5.7, "Qwen/Qwen3-1.7B"),
        (80, 15, "Qwen/Qwen3.5-4B"),  # what is free counts, not what there is
    ],
)
def test_the_model_is_chosen_by_the_memory_that_is_free(
    total: float, free: float, model: str
) -> None:
    assert launch(Order(), Machine(CUDA, (gpu(total, free),))).model == model


@pytest.mark.parametrize(
    ("parallel", "option", "model"),
    [
        ((2, 1, 1), "--tensor-parallel-size", "Qwen/Qwen3.8-27B-FP8"),
        ((1, 2, 1), "--pipeline-parallel-size", "Qwen/Qwen3.8-27B-FP8"),
        ((1, 1, 2), "--data-parallel-size", "Qwen/Qwen3.5-9B"),  # each GPU has a whole one
    ],
)
def test_a_model_may_be_spread_over_the_gpus_it_is_given(
    parallel: tuple[int, int, int], option: str, model: str
) -> None:
    two = Machine(CUDA, (gpu(24, 23.5), gpu(24, 23.5)))
    made = launch(Order(parallel=parallel), two)
    assert made.model == model
    assert value_of(made, option) == "2"
    assert sum(word.endswith("-parallel-size") for word in made.command) == 1


def test_too_little_free_memory_for_any_model_is_told_with_the_figure() -> None:
    assert "4.0 GiB of GPU memory are free" in absence(Order(), Machine(CUDA, (gpu(8, 4),))).detail


def test_a_part_of_the_gpu_is_chosen_that_is_free_and_told() -> None:
    made = launch(Order(model="m"), Machine(CUDA, (gpu(24, 12),)))
    assert value_of(made, "--gpu-memory-utilization") == "0.48"
    assert made.notes == ("vLLM takes 0.48 of the GPU's memory: that is what is free.",)


def test_a_part_that_was_asked_for_is_taken_as_it_is() -> None:
    made = launch(Order(model="m", utilisation=0.95), Machine(CUDA, (gpu(24, 12),)))
    assert value_of(made, "--gpu-memory-utilization") == "0.95"
    assert made.notes == ()


def test_what_a_failed_start_has_taught_counts_more_than_what_was_asked_for() -> None:
    order = Order(model="m", utilisation=0.95, window=32_000)
    made = launch(order, Machine(CUDA, (gpu(24, 12),)), Fit(0.4, 9000))
    assert value_of(made, "--gpu-memory-utilization") == "0.4"
    assert value_of(made, "--max-model-len") == "9000"
    assert len(made.notes) == 2


def test_a_window_that_was_asked_for_is_never_made_larger() -> None:
    made = launch(Order(model="m", window=2048), Machine(CUDA, (gpu(24, 24),)), Fit(window=8192))
    assert value_of(made, "--max-model-len") == "2048"
    assert made.notes == ()


def test_what_the_operator_tells_vllm_directly_is_not_told_twice() -> None:
    args = ("--gpu_memory_utilization=0.3", "--max-model-len", "2k")
    made = launch(Order(model="m", args=args), Machine(CUDA, (gpu(24, 24),)))
    assert made.command[-3:] == args
    assert "--gpu-memory-utilization" not in made.command
    assert made.command.count("--max-model-len") == 1


def test_on_a_cpu_the_cache_has_a_bound_and_a_model_must_be_named() -> None:
    assert "MODEL_PATH" in absence(Order(), Machine(CPU)).remedy
    made = launch(Order(model="m"), Machine(CPU))
    assert value_of(made, "--kv-cache-memory-bytes") == str(GIB)
    assert "--gpu-memory-utilization" not in made.command


def test_on_a_cpu_a_failed_start_teaches_how_large_a_cache_may_be() -> None:
    made = launch(Order(model="m"), Machine(CPU), Fit(cache=300 << 20))
    assert value_of(made, "--kv-cache-memory-bytes") == str(300 << 20)
    assert made.notes == ("The cache has 300 MiB: that is what is free.",)


@pytest.mark.parametrize(
    ("order", "machine", "words"),
    [
        (Order(), Machine(None), "vLLM is not installed"),
        (Order(model="m"), Machine(CUDA), "no NVIDIA GPU"),
        (Order(model="m", device="cpu"), Machine(CUDA, (gpu(8, 8),)), "DEVICE is cpu"),
        (Order(model="m", device="cuda:1"), Machine(CPU), "DEVICE is cuda:1"),
        (Order(model="m"), Machine(Vllm("v", "0.9.2", False), (gpu(8, 8),)), "vLLM 0.9.2 is"),
        (Order(model="m"), Machine(Vllm("v", "1.0.0", False), (gpu(8, 8),)), "vLLM 1.0.0 is"),
    ],
)
def test_what_cannot_be_is_absent_with_the_reason(
    order: Order, machine: Machine, words: str
) -> None:
    made = absence(order, machine)
    assert words in made.detail
    assert made.remedy


def test_a_model_in_a_folder_needs_no_hub(tmp_path: Path) -> None:
    machine = Machine(CPU)
    assert launch(Order(model=str(tmp_path)), machine).environ["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in launch(Order(model="some/model"), machine).environ


def test_a_device_with_a_number_is_the_only_one_that_vllm_sees() -> None:
    made = launch(Order(model="m", device="cuda:1"), Machine(CUDA, (gpu(8, 8),)))
    assert made.environ["CUDA_VISIBLE_DEVICES"] == "1"


def test_it_never_reports_to_its_makers() -> None:
    made = launch(Order(model="m"), Machine(CPU))
    assert (made.environ["VLLM_NO_USAGE_STATS"], made.environ["DO_NOT_TRACK"]) == ("1", "1")


@given(total=st.floats(4, 200), free=st.floats(0, 1))
def test_the_part_that_fits_is_never_more_than_what_is_free(total: float, free: float) -> None:
    part = largest_part((gpu(total, total * free),))
    assert part == 0.05 or part * total <= total * free
    assert 0.05 <= part <= 1


def test_orders_that_ask_the_same_have_one_name_whatever_their_patience() -> None:
    assert Order(model="m").name() == Order(model="m", start_seconds=9, idle_seconds=9).name()
    assert Order(model="m").name() != Order(model="n").name()


def test_an_order_is_the_same_after_it_was_sent() -> None:
    order = Order(model="m", args=("--seed", "1"), environ=(("HF_HOME", "/h"),), parallel=(2, 1, 1))
    assert Order.from_json(order.to_json()) == order


def test_what_the_settings_say_becomes_the_order() -> None:
    environ = {
        "MODEL_PATH": "m",
        "GPU_MEMORY_UTILIZATION": "0.4",
        "CUDA_VISIBLE_DEVICES": "1",
        "HF_ENDPOINT": "https://mirror",
        "WEBIS_VLLM_ARGS": "--dtype 'float 16'",
        "WEBIS_MAX_MODEL_LEN": "4096",
        "WEBIS_TENSOR_PARALLEL_SIZE": "2",
        "WEBIS_PIPELINE_PARALLEL_SIZE": "3",
        "WEBIS_DATA_PARALLEL_SIZE": "4",
    }
    settings = Settings.from_environ(environ)
    assert order_of(settings.engine, settings.hub) == Order(
        model="m",
        utilisation=0.4,
        window=4096,
        parallel=(2, 3, 4),
        args=("--dtype", "float 16"),
        environ=(("CUDA_VISIBLE_DEVICES", "1"), ("HF_ENDPOINT", "https://mirror")),
    )


@pytest.mark.parametrize(
    "words", ["--port 1", "--host=0.0.0.0", "--api-key x", "--api_key=x", "--hos x", "--uds /tmp/s"]
)
def test_what_is_ours_to_say_to_vllm_is_refused(words: str) -> None:
    with pytest.raises(SettingsError, match="WEBIS_VLLM_ARGS"):
        Settings.from_environ({"WEBIS_VLLM_ARGS": words})


def test_words_with_a_quote_that_nobody_closes_are_refused() -> None:
    with pytest.raises(SettingsError, match="WEBIS_VLLM_ARGS"):
        Settings.from_environ({"WEBIS_VLLM_ARGS": "--dtype 'float16"})


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no command there")
def test_the_gpus_are_those_that_the_drivers_command_tells(tmp_path: Path) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text("#!/bin/sh\necho '0, GPU-aaa, 24564, 20000'\n")
    command.chmod(0o755)
    seen = visible_gpus({"PATH": str(tmp_path)})
    assert [(g.index, g.free) for g in seen] == [("0", 20_000 << 20)]


TABLE = "0, GPU-aaa, 24564, 20000\n1, GPU-bbb, 81559, 512\n[Not Supported], x, [N/A], [N/A]\n\n"


def test_the_drivers_table_is_read_and_what_is_no_gpu_is_passed_over() -> None:
    assert [(g.index, g.total >> 20, g.free >> 20) for g in parse(TABLE)] == [
        ("0", 24564, 20000),
        ("1", 81559, 512),
    ]


@pytest.mark.parametrize(
    ("chosen", "seen"),
    [
        (None, ["0", "1"]),
        ("1", ["1"]),
        ("1,0", ["1", "0"]),
        ("GPU-b", ["1"]),
        ("0,7,1", ["0"]),  # CUDA stops at the first that is none
        ("", []),
        ("-1", []),
    ],
)
def test_the_visible_gpus_are_those_that_cuda_would_see(
    chosen: str | None, seen: list[str]
) -> None:
    assert [g.index for g in among(parse(TABLE), chosen)] == seen
