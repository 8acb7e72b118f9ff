"""Values read by a server's model, through the whole service: what is left where it fails."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
import httpx2
import pytest

from tests.support import fake_vllm
from tests.support.hosts import Ready
from tests.support.model_server import Said, endpoint_of, serving
from tests.support.real import wait_until_running
from webis_mcp.engine import Capabilities, Endpoint
from webis_mcp.page.model import Extraction, Status
from webis_mcp.page.value import By, Value, leaves
from webis_mcp.service.extraction import Extractor, open_extractor
from webis_mcp.service.request import Request
from webis_mcp.service.values.compiling import plan_of
from webis_mcp.settings import Settings

PAGE = (
    "<title>Lamp</title><h1>Lamp</h1><table><tr><th>Brand</th><td>Nordlys</td></tr>"
    "<tr><th>Weight</th><td>1.2 kg</td></tr></table>"
    "<p>A warm lamp for cold evenings, made by hand in the north, with a shade of linen.</p>"
)
READS = "Fields:"
"""What only the question of a reader says."""

TEXT = {"type": "string"}
SCHEMA = {"type": "object", "properties": {"brand": TEXT, "shade": TEXT}}
WANTED = Request(plan=plan_of("shade of the lamp", SCHEMA))
PATIENCE = 20.0


def linen(prompt: str) -> str:
    """What a good model says of the page."""
    line = re.search(r"^\[(\d+)\] .*linen", prompt, re.MULTILINE)
    said = line and {"block": int(line[1]), "text": "linen"}
    return json.dumps({"/shade": said}) if READS in prompt else "none"


@contextmanager
def fake(*words: str) -> Iterator[tuple[Endpoint, subprocess.Popen[bytes]]]:
    """A server that is a process, once it is there."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(("127.0.0.1", 0))
        port = kept.getsockname()[1]
        command = [sys.executable, fake_vllm.__file__, "serve", "tiny", "--port", str(port), *words]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        with process:
            assert any(b"startup complete" in line for line in process.stderr)
            url = f"http://127.0.0.1:{port}"
            yield Endpoint(url, "", "tiny", Capabilities("vllm", json_schema=True)), process
            process.kill()


async def until_it_reads(endpoint: Endpoint) -> None:
    """Returns when the server has been asked for values."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        with anyio.fail_after(PATIENCE):
            while READS not in (await http.get(f"{endpoint.url}/fake/requests")).text:  # noqa: ASYNC110 - it tells only who asks
                await anyio.sleep(0.02)


@asynccontextmanager
async def beside(endpoint: Endpoint, **environ: str) -> AsyncIterator[tuple[Extractor, Ready]]:
    host = Ready(endpoint)
    async with open_extractor(Settings.from_environ(environ), host=host) as extractor:
        yield extractor, host


def values(extraction: Extraction) -> dict[str, Value]:
    assert extraction.findings is not None
    return dict(leaves(extraction.findings.values))


def assert_model_free(extraction: Extraction, why: str) -> None:
    found = values(extraction)
    assert (found["/brand"].value, found["/shade"].value) == ("Nordlys", None)
    assert extraction.status is Status.NEEDS_READER
    assert extraction.findings is not None
    assert extraction.findings.evidence
    assert extraction.warnings[-1].startswith("The reader could not answer: ")
    assert why in extraction.warnings[-1]


async def test_a_model_finds_what_rules_do_not() -> None:
    with serving(linen) as server:
        can = Capabilities("vllm", json_schema=True, slices=True)
        async with beside(endpoint_of(server, can)) as (extractor, _):
            extraction = await extractor.from_html(PAGE, request=WANTED)
    found = values(extraction)
    assert (found["/shade"].value, found["/shade"].by) == ("linen", By.MODEL)
    assert found["/brand"].by is not By.MODEL
    assert extraction.path[-1] == "vllm: tiny"
    assert extraction.status is Status.CONTENT
    (asked,) = [body for body in server.asked if READS in body["messages"][0]["content"]]
    assert '"linen"' in asked["structured_outputs"]["grammar"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Said("no idea"), "not in the form"),
        (Said("oops", status=500), "failed (500)"),
        (Said("full", status=503), "too much to do"),
        (Said(raw="{"), "no JSON"),
        (Said("{", cut=True), "was cut after"),
    ],
)
async def test_a_model_that_fails_leaves_what_rules_found_and_a_warning(
    said: Said, why: str
) -> None:
    with serving(lambda prompt: said if READS in prompt else "none") as server:
        async with beside(endpoint_of(server)) as (extractor, _):
            assert_model_free(await extractor.from_html(PAGE, request=WANTED), why)


async def test_a_server_that_does_not_answer_in_time_leaves_what_rules_found() -> None:
    with fake("--hang-on", READS) as (endpoint, _):
        async with beside(endpoint, WEBIS_VLLM_TIMEOUT_SECONDS="1") as (extractor, host):
            extraction = await extractor.from_html(PAGE, request=WANTED)
    assert_model_free(extraction, "did not answer within")
    assert host.reported == [endpoint]


async def test_an_engine_that_is_lost_amid_an_answer_leaves_what_rules_found() -> None:
    told: list[Extraction] = []
    with fake("--hang-on", READS) as (endpoint, process):
        async with beside(endpoint) as (extractor, host), anyio.create_task_group() as group:

            async def ask() -> None:
                told.append(await extractor.from_html(PAGE, request=WANTED))

            group.start_soon(ask)
            await until_it_reads(endpoint)
            process.kill()
    assert_model_free(told[0], "cannot be reached")
    assert host.reported == [endpoint]


async def test_a_caller_who_gives_up_amid_reading_frees_the_server() -> None:
    with fake("--hang-on", READS) as (endpoint, _):
        async with beside(endpoint) as (extractor, _):
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: extractor.from_html(PAGE, request=WANTED))
                await until_it_reads(endpoint)
                group.cancel_scope.cancel()
            await wait_until_running(endpoint, 0, within=PATIENCE)
            alone = await extractor.from_html(PAGE, request=Request(engine="embedded"))
    assert "linen" in alone.content
