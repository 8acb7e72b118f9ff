"""The installed command over real pipes: a client of the SDK, and lines that no client sends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import anyio
import pytest
from mcp import Client, StdioServerParameters

from tests.support.command import PATIENCE, WEBIS_MCP, Server, is_gone, serving
from tests.support.site import environ_for, open_site

ARTICLE = (Path(__file__).parents[2] / "examples" / "pages" / "article.html").read_text("utf-8")
SENTENCE = "The crossing takes nine minutes; the road around the estuary takes forty."


# A client of the SDK


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_an_agent_gets_the_content_of_a_page(era: Literal["auto", "legacy"]) -> None:
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async with Client(StdioServerParameters(command=WEBIS_MCP), mode=era) as agent:
        call = {"html": ARTICLE}
        result = await agent.call_tool("extract_from_html", call, progress_callback=hear)
    assert not result.is_error
    facts = result.structured_content
    assert facts is not None
    assert facts["title"] == "Harbour ferry returns after eleven years"
    assert facts["author"] == "Ines Calloway"
    assert SENTENCE in facts["content"]
    assert "Reject all" not in facts["content"]
    assert heard[0] == "Reading the page"


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_an_agent_gets_a_page_by_its_url(era: Literal["auto", "legacy"]) -> None:
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async with open_site() as site:
        site.page("/ferry", ARTICLE.encode())
        command = StdioServerParameters(command=WEBIS_MCP, env=environ_for(site))
        async with Client(command, mode=era) as agent:
            call = {"url": site.url("/ferry"), "max_length": 400}
            result = await agent.call_tool("fetch_and_extract", call, progress_callback=hear)
            first = result.structured_content
            assert first is not None, result.content
            call["start_index"] = first["next_start_index"]
            rest = (await agent.call_tool("fetch_and_extract", call)).structured_content
        assert site.paths() == ["/ferry"]
    assert rest is not None
    assert (first["url"], first["http_status"]) == (site.url("/ferry"), 200)
    assert first["content"] + rest["content"]
    assert heard[:2] == ["Resolving 127.0.0.1.", "Asking 127.0.0.1."]
    stages = [
        told for told in heard if told and "so far" not in told
    ]  # told again where it takes long
    assert stages[-2:] == ["Reading the page", "Judging the page"]


async def test_a_url_of_this_machine_is_refused_by_default() -> None:
    async with open_site() as site, Client(StdioServerParameters(command=WEBIS_MCP)) as agent:
        result = await agent.call_tool("fetch_and_extract", {"url": site.url("/")})
        assert result.is_error
        assert site.asked == []


async def test_a_client_who_gives_up_a_fetch_closes_its_connection() -> None:
    async with open_site() as site:
        site.silent("/slow", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        with serving(environ_for(site)) as server:
            server.greet()
            server.call(2, "fetch_and_extract", url=site.url("/slow"))
            with anyio.fail_after(PATIENCE):
                while "/slow" not in site.paths():
                    await anyio.to_thread.run_sync(server.receive)
                notice = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
                params = {"requestId": 2, "reason": "enough"}
                server.write(json.dumps({**notice, "params": params}).encode() + b"\n")
                await site.hung_up.wait()
            server.send("ping", 3)
            assert (await anyio.to_thread.run_sync(server.answer, 3))["result"] == {}


# Lines that are no messages


NO_MESSAGES = [
    b"garbage",
    b"\xff\xfe\x00",
    b"[]",
    b"[" * 300_000,
    b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
]

UNREADABLE = [b"[" * 900 + b"]" * 900, b"9" * 1_000_000, b'"no end']


def test_a_line_that_is_no_message_is_answered_and_the_next_works() -> None:
    with serving() as server:
        for line in NO_MESSAGES:
            server.write(line + b"\n")
            refusal = server.receive()
            assert refusal["id"] is None
            assert refusal["error"]["code"] in (-32700, -32600)
        server.greet()


def test_a_request_that_cannot_be_read_is_refused_under_its_id() -> None:
    with serving() as server:
        server.greet()
        for argument in UNREADABLE:
            start = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"x":'
            server.write(start + argument + b"}}\n")
            assert "error" in server.answer(7)
            server.send("ping", 8)
            assert server.answer(8)["result"] == {}


def test_half_a_character_in_a_page_is_no_obstacle() -> None:
    with serving() as server:
        server.greet()
        params = (
            '{"name":"extract_from_html","arguments":{"html":"<p>A long dash\\ud83d\\u0000.</p>"}}'
        )
        server.write(
            b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":%b}\n' % params.encode()
        )
        assert not server.answer(2)["result"]["isError"]


def test_a_page_over_the_limit_is_refused_and_the_next_is_read() -> None:
    with serving() as server:
        server.greet()
        server.call(2, html="<p>word</p>" * 2_000_000)
        refusal = server.answer(2)["result"]
        assert refusal["isError"]
        assert "22.0 MB; the limit is 10" in refusal["content"][0]["text"]
        server.call(3, html=ARTICLE)
        assert not server.answer(3)["result"]["isError"]


def test_a_stray_print_does_not_reach_the_wire() -> None:
    program = (
        "import os; from webis_mcp.server.stdio.process import claim_standard_streams as claim;"
        "source, sink = claim(); print('stray', flush=True); os.system('echo child');"
        "os.write(sink, os.read(source, 9)); assert os.read(0, 9) == b''"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=b"wire", capture_output=True, timeout=PATIENCE
    )
    assert done.stdout == b"wire"
    assert done.stderr.split() == [b"stray", b"child"]


def test_the_log_goes_to_stderr_and_holds_no_page() -> None:
    with serving({**os.environ, "WEBIS_LOG_LEVEL": "DEBUG"}) as server:
        server.greet()
        server.call(2, html=ARTICLE)
        assert not server.answer(2)["result"]["isError"]
        _, log = server.process.communicate(timeout=PATIENCE)
    assert b"webis" in log or b"mcp" in log
    assert SENTENCE.encode() not in log


# How it ends


def end_of_input(server: Server) -> None:
    server.stdin.close()


def terminate(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)


def interrupt(server: Server) -> None:
    server.process.send_signal(signal.SIGINT)


ENDS = pytest.mark.parametrize("end", [end_of_input, terminate, interrupt])


@ENDS
def test_it_ends_well_and_leaves_nobody_behind(end: Callable[[Server], None]) -> None:
    with serving() as server:
        server.greet()
        server.call(2, html=ARTICLE)
        server.answer(2)
        children = server.children()
        end(server)
        assert server.process.wait(timeout=PATIENCE) == 0
        assert all(map(is_gone, children))
        assert server.stdout.read() == b""


@ENDS
def test_it_ends_well_in_the_middle_of_a_page(end: Callable[[Server], None]) -> None:
    with serving() as server:
        server.greet()
        server.call(2, html="<div><p>One of many words.</p></div>" * 150_000)
        assert server.receive()["params"]["message"] == "Reading the page"
        children = server.children()
        end(server)
        assert server.process.wait(timeout=PATIENCE) == 0
        assert all(map(is_gone, children))


def test_it_ends_well_before_anything_was_said() -> None:
    with serving() as server:
        server.stdin.close()
        assert server.process.wait(timeout=PATIENCE) == 0


def test_it_ends_well_in_the_middle_of_a_message() -> None:
    with serving() as server:
        server.greet()
        server.write(b'{"jsonrpc":"2.0","id":2,"meth')
        server.stdin.close()
        assert server.process.wait(timeout=PATIENCE) == 0


def test_it_ends_well_when_nobody_reads_any_more() -> None:
    with serving() as server:
        server.greet()
        server.stdout.close()
        server.send("ping", 2)
        assert server.process.wait(timeout=PATIENCE) == 0
