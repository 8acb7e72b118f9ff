"""The installed command over HTTP: clients of the SDK, keys that come and go, and how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from tests.support.command import PATIENCE, WEBIS_MCP, is_gone
from tests.support.keys import add_key
from tests.support.served import JSON, PING, Served, bearing, environ_of, serving_http
from webis_mcp.server.keys.form import id_of

ARTICLE = (Path(__file__).parents[2] / "examples" / "pages" / "article.html").read_text("utf-8")
SENTENCE = "The crossing takes nine minutes; the road around the estuary takes forty."

Way = Literal["auto", "legacy", "sse"]


@asynccontextmanager
async def agent_of(served: Served, key: str, way: Way) -> AsyncIterator[Client]:
    """A client of the SDK that bears a key."""
    if way == "sse":
        stream = sse_client(f"{served.url}/sse", headers={"X-API-Key": key})
        async with Client(stream, mode="legacy") as agent:
            yield agent
        return
    async with httpx2.AsyncClient(headers=bearing(key), timeout=PATIENCE) as http:
        link = streamable_http_client(f"{served.url}/mcp", http_client=http)
        async with Client(link, mode=way) as agent:
            yield agent


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [WEBIS_MCP, *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environ_of(folder),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def ping(served: Served, key: str) -> int:
    url = f"{served.url}/mcp"
    return httpx2.post(url, json=PING, headers=JSON | bearing(key), timeout=PATIENCE).status_code


@pytest.mark.parametrize("way", ["auto", "legacy", "sse"])
async def test_an_agent_gets_the_content_of_a_page(tmp_path: Path, way: Way) -> None:
    key = add_key(tmp_path / "api_keys.json")
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    with serving_http(tmp_path) as served:
        async with agent_of(served, key, way) as agent:
            names = {tool.name for tool in (await agent.list_tools()).tools}
            call = {"html": ARTICLE}
            result = await agent.call_tool("extract_from_html", call, progress_callback=hear)
    assert {"extract_from_html", "fetch_and_extract"} <= names
    assert not result.is_error
    assert result.structured_content
    assert SENTENCE in result.structured_content["content"]
    assert heard[0] == "Reading the page"
    assert key not in served.said()


async def test_two_keys_on_streams_get_each_their_own_answer(tmp_path: Path) -> None:
    keys = [add_key(tmp_path / "api_keys.json") for _ in range(2)]
    answers: dict[str, Any] = {}

    async def ask(served: Served, key: str) -> None:
        async with agent_of(served, key, "sse") as agent:
            html = f"<h1>Of {key[:12]}</h1><article><p>{key[:12]} has a harbour.</p></article>"
            answers[key] = await agent.call_tool("extract_from_html", {"html": html})

    with serving_http(tmp_path) as served:
        async with anyio.create_task_group() as tasks:
            for key in keys:
                tasks.start_soon(ask, served, key)
    for key in keys:
        assert key[:12] in answers[key].structured_content["content"]


def test_a_stream_cannot_be_used_with_another_key(tmp_path: Path) -> None:
    mine, other = [add_key(tmp_path / "api_keys.json") for _ in range(2)]
    with (
        serving_http(tmp_path) as served,
        httpx2.Client(base_url=served.url, timeout=PATIENCE) as client,
        client.stream("GET", "/sse", headers=bearing(mine)) as stream,
    ):
        lines = stream.iter_lines()
        place = next(line for line in lines if line.startswith("data: ")).removeprefix("data: ")
        stolen = client.post(place, json=PING, headers=bearing(other))
        own = client.post(place, json=PING, headers=bearing(mine))
        answer = next(line for line in lines if line.startswith("data: "))
    assert (stolen.status_code, own.status_code) == (404, 202)
    assert json.loads(answer.removeprefix("data: ")) == {"jsonrpc": "2.0", "id": 7, "result": {}}


def test_a_revoked_key_is_refused_and_its_open_stream_ends(tmp_path: Path) -> None:
    key = add_key(tmp_path / "api_keys.json")
    with (
        serving_http(tmp_path) as served,
        httpx2.Client(base_url=served.url, timeout=PATIENCE) as client,
        client.stream("GET", "/sse", headers=bearing(key)) as stream,
    ):
        lines = stream.iter_lines()
        next(lines)
        assert ping(served, key) == 200
        assert run(tmp_path, "keys", "revoke", id_of(key)).returncode == 0
        assert not any(line.startswith("data: {") for line in lines)  # to its end
        assert ping(served, key) == 401


def test_a_key_file_that_breaks_keeps_the_keys_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    key = add_key(file)
    with serving_http(tmp_path) as served:
        file.write_text("{", encoding="utf-8")
        assert ping(served, add_key(tmp_path / "other.json")) == 401
        assert ping(served, key) == 200
    assert str(file) in served.said()


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="there are no signals")
def test_what_is_in_work_is_finished_when_it_is_asked_to_go(tmp_path: Path) -> None:
    key = add_key(tmp_path / "api_keys.json")
    params = {"name": "extract_from_html", "arguments": {"html": f"{ARTICLE}{'<p>word ' * 10_000}"}}
    extract = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params}
    with (
        serving_http(tmp_path) as served,
        httpx2.Client(base_url=served.url, timeout=PATIENCE, headers=JSON | bearing(key)) as client,
        client.stream("GET", "/sse") as idle,
        client.stream("POST", "/mcp", json=extract) as answer,
    ):
        served.process.send_signal(signal.SIGTERM)
        assert '"isError":false' in answer.read().decode()
        idle.read()
        assert served.process.wait(PATIENCE) == 0
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{served.url}/health")


def test_a_second_signal_ends_it_there_and_then(tmp_path: Path) -> None:
    with (
        serving_http(tmp_path) as served,
        socket.create_connection(("127.0.0.1", served.port)) as s,
    ):
        s.sendall(b"POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        served.process.send_signal(signal.SIGTERM)
        while ping_refused(served):
            served.process.send_signal(signal.SIGTERM)
            break
        assert served.process.wait(PATIENCE) in (0, -signal.SIGTERM)
        assert is_gone(served.process.pid)


def ping_refused(served: Served) -> bool:
    try:
        httpx2.get(f"{served.url}/health", timeout=PATIENCE)
    except httpx2.TransportError:
        return True
    return False


def test_others_are_not_served_without_a_key(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert ended.returncode == 78
    assert "webis-mcp keys add" in ended.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(tmp_path, "serve", "--port", str(port))
    assert ended.returncode == 78
    assert str(port) in ended.stderr
    assert "WEBIS_PORT" in ended.stderr


def test_a_broken_key_file_is_no_open_door(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    file.touch(0o600)
    file.write_text("{", encoding="utf-8")
    ended = run(tmp_path, "serve", "--port", "0")
    assert ended.returncode == 78
    assert str(file) in ended.stderr


def test_the_log_goes_to_a_file_where_one_is_named(tmp_path: Path) -> None:
    log = tmp_path / "webis.log"
    ended = run_briefly(tmp_path, log)
    assert ended == 0
    first = json.loads(log.read_text(encoding="utf-8").splitlines()[0])
    assert first["message"].startswith("Serving on http://127.0.0.1:")


def run_briefly(folder: Path, log: Path) -> int:
    """Serves until it says so in its log, then asks it to go."""
    environ = {**environ_of(folder), "WEBIS_LOG_FILE": str(log)}
    with subprocess.Popen([WEBIS_MCP, "serve", "--port", "0"], env=environ) as process:
        while not (log.exists() and log.stat().st_size):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE)


def test_the_doctor_knows_a_server_of_ours_by_its_port(tmp_path: Path) -> None:
    add_key(tmp_path / "api_keys.json")
    with serving_http(tmp_path) as served:
        environ = {**environ_of(tmp_path), "WEBIS_PORT": str(served.port)}
        command = [WEBIS_MCP, "doctor", "--json"]
        ended = subprocess.run(command, env=environ, capture_output=True, timeout=PATIENCE)
    findings = {found["check"]: found for found in json.loads(ended.stdout)["findings"]}
    assert findings["port"]["verdict"] == "ok"
    assert findings["keys"]["verdict"] == "ok"
    assert str(served.port) in findings["port"]["saw"]
