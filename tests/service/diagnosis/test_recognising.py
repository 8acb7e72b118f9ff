"""Messages as programs print them, old wordings too, in the middle of what stands around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.service.diagnosis.messages.recognising import (
    MESSAGES,
    matches,
    nearest_checks,
    recognise,
)
from webis_mcp.service.diagnosis.redacting import redact
from webis_mcp.service.diagnosis.report import NAMES

SAMPLES: tuple[tuple[str, str], ...] = (
    # The guide's seven, with the wordings of several years.
    ("unauthorized", "HTTP/1.1 401 Unauthorized"),
    ("unauthorized", 'INFO: 127.0.0.1:55332 - "POST /generate HTTP/1.1" 401 Unauthorized'),
    (
        "unauthorized",
        "httpx.HTTPStatusError: Client error '401 Unauthorized' for url 'http://127.0.0.1:8000/mcp'",
    ),
    ("unauthorized", '{"detail": "Invalid or missing API key"}'),
    (
        "gpu-memory",
        "ValueError: Free memory on device (4.13/23.59 GiB) on startup is less than desired GPU"
        " memory utilization (0.9, 21.23 GiB). Decrease GPU memory utilization or reduce GPU"
        " memory used by other processes.",
    ),
    (
        "gpu-memory",
        "ValueError: Free memory on device cuda:0 (4.13/23.59 GiB) on startup is less than desired"
        " GPU memory utilization (0.92, 21.7 GiB). Decrease GPU memory utilization",
    ),
    (
        "cudart",
        "ImportError: libcudart.so.12: cannot open shared object file: No such file or directory",
    ),
    (
        "cudart",
        "ImportError: libcudart.so.13: cannot open shared object file: No such file or directory",
    ),
    (
        "cudart",
        "ImportError: libcudart.so.11.0: cannot open shared object file: No such file or directory",
    ),
    ("cudart", "OSError: libcublasLt.so.12: cannot open shared object file: No such file"),
    (
        "cc-triton",
        "RuntimeError: Failed to find C compiler. Please specify via CC environment variable or set"
        " triton.knobs.build.impl.",
    ),
    (
        "cc-triton",
        "RuntimeError: Failed to find C compiler. Please specify via CC environment variable.",
    ),
    ("cc-triton", "RuntimeError: Failed to find C++ compiler. Please specify via CXX environment"),
    (
        "hf-unreachable",
        "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't"
        " find them in the cached files.",
    ),
    (
        "hf-unreachable",
        "OSError: We couldn't connect to 'https://huggingface.co' to load this file, couldn't find"
        " it in the cached files and it looks like org/model is not the path to a directory",
    ),
    (
        "hf-unreachable",
        'requests.exceptions.ConnectTimeout: (MaxRetryError("HTTPSConnectionPool(host='
        "'huggingface.co', port=443): Max retries exceeded with url: /org/model\"))",
    ),
    (
        "hf-unreachable",
        "huggingface_hub.errors.LocalEntryNotFoundError: An error happened while trying to locate"
        " the file on the Hub and we cannot find the requested files in the local cache.",
    ),
    (
        "hf-unreachable",
        'File "/venv/lib/python3.12/site-packages/huggingface_hub/file_download.py", line 1\n'
        "httpx2.ConnectError: [Errno 101] Network is unreachable",
    ),
    ("empty", '{"text": [""]}'),
    ("empty", '{"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}'),
    ("empty", "The model returns an empty string for every page"),
    ("empty", "模型没有输出"),
    (
        "apt-lock",
        "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234"
        " (unattended-upgr)",
    ),
    (
        "apt-lock",
        "E: Could not get lock /var/lib/dpkg/lock - open (11: Resource temporarily unavailable)",
    ),
    (
        "apt-lock",
        "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another"
        " process using it?",
    ),
    (
        "apt-lock",
        "dpkg: error: dpkg frontend lock was locked by another process with pid 1234",
    ),
    (
        "apt-lock",
        "E: Unable to lock the administration directory (/var/lib/dpkg/), is another process"
        " using it?",
    ),
    # What else vLLM, torch, Triton and the hub's library print.
    (
        "cpu-memory",
        "ValueError: Available memory on node 0 (3.2/23.4 GiB) on startup is less than desired CPU"
        " memory utilization (0.92, 21.5 GiB).",
    ),
    (
        "kv-none",
        "ValueError: No available memory for the cache blocks. Try increasing"
        " `gpu_memory_utilization` when initializing the engine.",
    ),
    (
        "kv-too-small",
        "ValueError: To serve at least one request with the model's max seq len (40960), (4.38 GiB"
        " KV cache is needed, which is larger than the available KV cache memory (1.2 GiB). Based"
        " on the available memory, the estimated maximum model length is 11216. Try increasing",
    ),
    (
        "kv-too-small",
        "ValueError: The model's max seq len (32768) is larger than the maximum number of tokens"
        " that can be stored in KV cache (17056). Try increasing `gpu_memory_utilization`",
    ),
    (
        "max-len",
        "Value error, User-specified max_model_len (99999) is greater than the derived"
        " max_model_len (max_position_embeddings=2048 or model_max_length=None in model's config",
    ),
    (
        "cuda-oom",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total"
        " capacity of 23.59 GiB",
    ),
    ("cuda-oom", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB"),
    ("cuda-oom", "RuntimeError: CUDA out of memory occurred when warming up sampler with 1024"),
    (
        "cuda-driver-lib",
        "ImportError: libcuda.so.1: cannot open shared object file: No such file or directory",
    ),
    ("no-platform", "RuntimeError: Device string must not be empty"),
    (
        "no-platform",
        "RuntimeError: Failed to infer device type, please set the environment variable"
        " `VLLM_LOGGING_LEVEL=DEBUG` to turn on verbose logging",
    ),
    ("cpu-torch", "AssertionError: Torch not compiled with CUDA enabled"),
    (
        "driver-old",
        "RuntimeError: The NVIDIA driver on your system is too old (found version 12080). Please"
        " update your GPU driver",
    ),
    (
        "driver-none",
        "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA"
        " GPU and installed a driver",
    ),
    ("driver-none", "RuntimeError: No CUDA GPUs are available"),
    ("driver-mismatch", "Failed to initialize NVML: Driver/library version mismatch"),
    (
        "old-gpu",
        "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0."
        " Your Tesla T4 GPU has compute capability 7.5.",
    ),
    (
        "no-kernel-image",
        "RuntimeError: CUDA error: no kernel image is available for execution on the device",
    ),
    (
        "no-kernel-image",
        "NVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not compatible with the current"
        " PyTorch installation.",
    ),
    (
        "too-many-ranks",
        "ValueError: World size (4) is larger than the number of available GPUs (2) in this node.",
    ),
    (
        "too-many-ranks",
        "AssertionError: Not enough allowed NUMA nodes to bind threads of 2 local CPUWorkers.",
    ),
    (
        "cc-inductor",
        "torch._inductor.exc.InductorError: InvalidCxxCompiler: No working C++ compiler found in"
        " torch._inductor.config.cpp.cxx: (None, 'g++')",
    ),
    ("python-headers", "fatal error: Python.h: No such file or directory"),
    ("torchvision", "RuntimeError: operator torchvision::nms does not exist"),
    (
        "hf-offline",
        "LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for the"
        " specified revision on the local disk and outgoing traffic has been disabled.",
    ),
    (
        "hf-gated",
        "OSError: You are trying to access a gated repo.\nMake sure to have access to it at"
        " https://huggingface.co/org/gated.\n401 Client Error. (Request ID: 1)\n\nCannot access"
        " gated repo for url https://huggingface.co/org/gated/resolve/main/config.json.",
    ),
    (
        "hf-missing",
        "OSError: org/missing is not a local folder and is not a valid model identifier listed on"
        " 'https://huggingface.co/models'",
    ),
    (
        "model-path",
        "HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name':"
        " '/models/absent'. Use `repo_type` argument if needed.",
    ),
    (
        "model-path",
        "Value error, Invalid repository ID or local directory specified: './model'.",
    ),
    ("no-weights", "RuntimeError: Cannot find any model weights with `/models/empty`"),
    (
        "cut-off-weights",
        "safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata,"
        " file not fully covered",
    ),
    ("tokenizer", "IndexError: index out of range in self"),
    ("disk", "OSError: [Errno 28] No space left on device"),
    (
        "disk",
        "UserWarning: Not enough free disk space to download the file. The expected file size is:"
        " 3087.47 MB. The target location /cache only has 12.00 MB free disk space.",
    ),
    (
        "shm",
        "RuntimeError: Insufficient space in /dev/shm for shared-memory allocation: 160 MiB"
        " required, 1 MiB free. Increase /dev/shm (e.g. --shm-size or --ipc=host).",
    ),
    (
        "ulimit",
        "WARNING Found ulimit of 1024 and failed to automatically increase with error current limit"
        " exceeds maximum limit.",
    ),
    ("port", "OSError: [Errno 98] Address already in use"),
    (
        "port",
        "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000):"
        " address already in use",
    ),
    (
        "prompt-too-long",
        "This model's maximum context length is 4096 tokens. However, your prompt contains at least"
        " 4097 input tokens",
    ),
    (
        "prompt-too-long",
        "The decoder prompt (length 9000) is longer than the maximum model length of 4096.",
    ),
    ("max-tokens", "max_tokens=9999 cannot be greater than max_model_len=4096."),
    ("model-name", "The model `gpt-4` does not exist. Valid aliases: tiny."),
    (
        "engine-dead",
        "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack"
        " trace (above) for the root cause.",
    ),
    (
        "engine-core",
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core"
        " proc(s): {'EngineCore_DP0': 1}",
    ),
    (
        "vllm-metadata",
        "importlib.metadata.PackageNotFoundError: No package metadata was found for vllm",
    ),
    ("platform", "AssertionError: vLLM only supports Linux platform (including WSL) and MacOS."),
    ("killed", "subprocess exited with exit status 137"),
    (
        "certificate",
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed:"
        " self-signed certificate in certificate chain (_ssl.c:1016)",
    ),
    ("proxy", "httpx2.ProxyError: 407 Proxy Authentication Required"),
    ("hf-rate", "429 Client Error: Too Many Requests for url: https://huggingface.co/api"),
)

LESS_THAN_A_CAUSE = ("unauthorized", "empty", "ulimit", "hf-rate", "engine-core", "engine-dead")
"""Messages that no engine fails of, or that stand in healthy logs too."""

TRACEBACK = """\
(EngineCore pid=4711) ERROR 11-20 10:02:11 [core.py:1136] Traceback (most recent call last):
(EngineCore pid=4711) ERROR 11-20 10:02:11 [core.py:1136]   File "/venv/lib/vllm/v1/engine/core.py"
(EngineCore pid=4711) ERROR 11-20 10:02:11 [core.py:1136]     engine_core = EngineCoreProc(*args)
"""

WRAPPER = """
(APIServer pid=4700) Traceback (most recent call last):
(APIServer pid=4700)   File "/venv/bin/vllm", line 8, in <module>
(APIServer pid=4700) RuntimeError: Engine core initialization failed. See root cause above. Failed \
core proc(s): {}
"""


@pytest.mark.parametrize(("code", "text"), SAMPLES)
def test_a_message_is_known_by_itself(code: str, text: str) -> None:
    known = recognise(text)
    assert known, text
    assert known.code == code


@pytest.mark.parametrize(
    ("code", "text"), [sample for sample in SAMPLES if sample[0] not in LESS_THAN_A_CAUSE]
)
def test_a_message_is_known_in_the_middle_of_a_log(code: str, text: str) -> None:
    lines = "\n".join(f"(EngineCore pid=4711) ERROR 11-20 [core.py:1] {line}" for line in [text])
    known = recognise(TRACEBACK * 30 + "\x1b[31m" + lines + "\x1b[0m" + WRAPPER)
    assert known
    assert known.code == code
    assert "Engine core initialization failed. See root cause above." in known.also


@pytest.mark.parametrize(("code", "text"), SAMPLES)
def test_a_terminal_may_break_the_line_anywhere(code: str, text: str) -> None:
    known = recognise(text.replace(" ", "\n    "))
    assert known
    assert known.code == code


def test_every_message_has_a_sample_and_its_checks() -> None:
    assert {code for code, _ in SAMPLES} == {known.code for known in MESSAGES}
    assert len({known.heading for known in MESSAGES}) == len(MESSAGES)
    for known in MESSAGES:
        assert set(known.checks) <= set(NAMES)
        assert known.checks


def test_every_message_says_all_in_both_languages() -> None:
    for known in MESSAGES:
        for said in (known.cause, known.remedy.said):
            assert said.en.endswith((".", "`."))
            assert any("一" <= letter <= "鿿" for letter in said.zh)


@pytest.mark.parametrize(
    "text",
    [
        "INFO Free memory on device (20.1/23.6 GiB) on startup. Desired GPU memory utilization is"
        " (0.9, 21.2 GiB). Actual usage is 14.99 GiB for weight",
        "INFO 11-20 10:02:11 [gpu_worker.py:298] Available KV cache memory: 4.02 GiB",
        "Everything went well.",
        "",
    ],
)
def test_what_is_no_error_is_not_taken_for_one(text: str) -> None:
    assert recognise(text) is None


def test_figures_of_the_message_are_in_the_remedy() -> None:
    told = {
        "the estimated maximum model length is 11216": "`--max-model-len 11216`",
        "max_model_len (99999)": "to 2048 or less",
        "available GPUs (2)": "`--tensor-parallel-size` to 2",
        "('127.0.0.1', 8000)": "another port than 8000",
        "max_model_len=4096": "below 4096",
        "device (4.13/23.59 GiB) on startup": "GPU_MEMORY_UTILIZATION=0.14, or",
    }
    for words, remedy in told.items():
        (text,) = [text for _, text in SAMPLES if words in text]
        known = recognise(text)
        assert known
        assert remedy in known.remedy.said.en


def test_the_cause_goes_before_what_follows_from_it() -> None:
    text = (
        "ImportError: libcudart.so.13: cannot open shared object file: No such file\n"
        "The above exception was the direct cause of the following exception:\n"
        "RuntimeError: Failed to infer device type\n"
    )
    known = recognise(text)
    assert known
    assert known.code == "cudart"
    assert known.also == ("Failed to infer device type",)


def test_the_line_that_told_is_repeated_without_secrets() -> None:
    known = recognise(
        "x\nOSError: We couldn't connect to 'http://me:pw12345@hub' to load the files"
    )
    assert known
    assert known.line.startswith("OSError: We couldn't connect to 'http://[hidden]@hub'")


def test_a_secret_before_the_message_is_not_cut_in_two() -> None:
    line = f"token=hf_{'a' * 400}bcdef OSError: [Errno 28] No space left on device: 'x'"
    known = recognise(line)
    assert known
    assert known.line == "No space left on device: 'x'"


HEADS = sorted({text.split()[0] + " " for _, text in SAMPLES})


@pytest.mark.parametrize(
    "word", [*HEADS, "transformers ", "a", "-", "_", "hf_", "token ", "\n", " "]
)
def test_no_text_takes_for_ever_to_read(word: str) -> None:
    text = (word * 200_000)[:200_000]
    assert matches(text) is not None  # a pattern that is quadratic takes a quarter of an hour
    assert len(redact(text)) <= len(text) * 2


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(SAMPLES))
def test_what_stands_around_a_message_does_not_hide_it(
    before: str, after: str, sample: tuple[str, str]
) -> None:
    code, text = sample
    found = matches(f"{before}\n{text}\n{after}")
    assert code in {match.known.code for match in found}


@given(st.text(max_size=2_000))
def test_any_text_can_be_read(text: str) -> None:
    recognise(text)
    assert set(nearest_checks(text)) <= set(NAMES)


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("some strange CUDA fault 7777", "gpu"),
        ("the download was odd", "model"),
        ("ssl something", "certificates"),
        ("bla", None),
    ],
)
def test_an_unknown_text_has_the_checks_that_are_nearest(text: str, check: str | None) -> None:
    near = nearest_checks(text)
    assert check in near if check else near == ()
