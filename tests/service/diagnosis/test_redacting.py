"""Secrets: none is repeated, wherever it stood."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.service.diagnosis.processes import command_of
from webis_mcp.service.diagnosis.redacting import HIDDEN, redact

SECRET = "Zx81kQv0pL"


@pytest.mark.parametrize(
    "text",
    [
        f"HF_TOKEN=hf_{SECRET}",
        f"token: hf_{SECRET}, and more",
        f"HTTPS_PROXY=http://me:{SECRET}@proxy:8080",
        f"Authorization: Bearer {SECRET}",
        f"x-api-key: {SECRET}",
        f'{{"api_key": "{SECRET}", "n": 1}}',
        f"vllm serve --api-key {SECRET} --port 1",
        f"OPENAI_API_KEY={SECRET}",
        f"wbs_1a2b3c4d_{SECRET}",
        f"https://hub.example/?access_token={SECRET}&x=1",
        f"password='{SECRET}'",
    ],
)
def test_a_secret_is_hidden_and_the_rest_is_not(text: str) -> None:
    shown = redact(f"before {text} after")
    assert SECRET not in shown
    assert HIDDEN in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize(
    "text",
    [
        "The prompt had 900 tokens, max_tokens was 256.",
        "a token is missing",
        "https://huggingface.co/org/model",
        "This model's maximum context length is 4096 tokens",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet="abc=:/@ tokenkey-_\n'\"", max_size=200))
def test_any_text_can_be_redacted_twice(text: str) -> None:
    once = redact(text)
    assert redact(once).count(HIDDEN) >= once.count(HIDDEN)


def test_a_command_line_is_shown_without_its_key() -> None:
    wait = [sys.executable, "-c", "print(1, flush=True); input()", "--api-key", SECRET]
    with subprocess.Popen(wait, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert SECRET not in command_of(psutil.Process(process.pid))
