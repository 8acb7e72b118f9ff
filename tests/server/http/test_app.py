"""Every path, asked as a client asks: what is there, for whom, and what else one hears."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.extractors import Fixed
from tests.support.keys import add_key
from tests.support.served import PING, asking, bearing
from webis_mcp.server.keys.record import Scope


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params}


def message(response: httpx2.Response) -> dict[str, Any]:
    """The one message of an answer, which comes as a stream."""
    data = [line for line in response.text.splitlines() if line.startswith("data: ")]
    found: dict[str, Any] = json.loads(data[-1].removeprefix("data: "))
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "api_keys.json"


# Keys


@pytest.mark.parametrize("path", ["/mcp", "/messages", "/messages/", "/generate"])
async def test_without_a_key_nothing_is_done(file: Path, path: str) -> None:
    add_key(file)
    async with asking(file) as client:
        response = await client.post(path, json=PING)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="webis-mcp"'
    assert "webis-mcp keys add" in response.json()["error_description"]


async def test_the_figures_and_the_stream_need_a_key_too(file: Path) -> None:
    add_key(file)
    async with asking(file) as client:
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/sse")).status_code == 401


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key"])
async def test_a_key_is_taken_from_either_header(file: Path, name: str) -> None:
    key = add_key(file)
    value = f"Bearer {key}" if name == "Authorization" else key
    async with asking(file) as client:
        response = await client.post("/mcp", json=PING, headers={name: value})
    assert message(response) == {"jsonrpc": "2.0", "id": 7, "result": {}}


async def test_a_key_in_the_url_is_refused_even_where_it_is_good(file: Path) -> None:
    key = add_key(file)
    async with asking(file) as client:
        response = await client.post(f"/mcp?api_key={key}", json=PING, headers=bearing(key))
    assert response.status_code == 400
    assert key not in response.text


async def test_a_tool_needs_its_scope(file: Path) -> None:
    key = add_key(file, scopes=frozenset({Scope.EXTRACT}))
    async with asking(file) as client:
        client.headers.update(bearing(key))
        fetched = await client.post("/mcp", json=call("fetch_and_extract", url="https://a.example"))
        extracted = await client.post("/mcp", json=call("extract_from_html", html="<p>a"))
    assert fetched.status_code == 403
    assert fetched.json()["id"] == 3
    assert "`fetch`" in fetched.json()["error"]["message"]
    assert 'scope="fetch"' in fetched.headers["www-authenticate"]
    assert message(extracted)["result"]["isError"] is False


async def test_a_key_has_so_many_calls_a_minute_and_other_messages_are_free(file: Path) -> None:
    key = add_key(file)
    async with asking(file, WEBIS_CALLS_PER_MINUTE="1") as client:
        client.headers.update(bearing(key))
        extract = call("extract_from_html", html="<p>a")
        first, second = [await client.post("/mcp", json=extract) for _ in range(2)]
        third = await client.post("/mcp", json=PING)
    assert (first.status_code, second.status_code, third.status_code) == (200, 429, 200)
    assert int(second.headers["retry-after"]) in range(1, 61)


# Paths


async def test_health_is_open_and_tells_no_secret(file: Path) -> None:
    key = add_key(file)
    async with asking(file) as client:
        response = await client.get("/health", headers=bearing("wrong"))
    assert response.json()["status"] == "ok"
    assert response.json()["engines"]["embedded"] == "ready"
    assert key not in response.text
    assert str(file) not in response.text


@pytest.mark.parametrize(
    "path",
    ["/", "/MCP", "//mcp", "/mcp/", "/mcp/..%2fmetrics", "/.well-known/oauth-protected-resource"],
)
async def test_elsewhere_is_nothing_and_nobody_is_sent_to_sign_in(file: Path, path: str) -> None:
    add_key(file)
    async with asking(file) as client:
        response = await client.get(path)
    assert response.status_code == 404
    assert response.json()["error"] == "not_found"
    assert "www-authenticate" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/mcp", "POST"),
        ("DELETE", "/mcp", "POST"),
        ("POST", "/sse", "GET"),
        ("PUT", "/generate", "POST"),
        ("OPTIONS", "/mcp", "POST"),
        ("POST", "/health", "GET"),
    ],
)
async def test_a_wrong_method_hears_the_right_one(
    file: Path, method: str, path: str, allowed: str
) -> None:
    async with asking(file) as client:
        response = await client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allowed


async def test_the_figures_count_answers_and_calls(file: Path) -> None:
    key = add_key(file)
    async with asking(file) as client:
        await client.post("/mcp", json=PING)
        client.headers.update(bearing(key))
        await client.post("/mcp", json=call("extract_from_html", html="<p>a"))
        await client.post("/mcp", json=call("extract_from_html", nothing=1))
        figures = (await client.get("/metrics")).text
    assert 'webis_http_answers_total{path="/mcp",status="401"} 1.0' in figures
    assert 'webis_tool_calls_total{outcome="ok",tool="extract_from_html"} 1.0' in figures
    assert 'webis_tool_calls_total{outcome="failed",tool="extract_from_html"} 1.0' in figures
    assert "webis_tool_calls_in_work 0.0" in figures
    assert "webis_keys_usable 1.0" in figures


async def test_a_page_of_an_allowed_origin_may_read_the_answer(file: Path) -> None:
    origin = "https://app.example"
    async with asking(file, WEBIS_ALLOWED_ORIGINS=origin) as client:
        wants = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = await client.options("/mcp", headers=wants)
        answer = await client.post("/mcp", json=PING, headers={"Origin": origin})
        other = await client.post("/mcp", json=PING, headers={"Origin": "https://evil.test"})
    assert preflight.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert other.status_code == 403
    assert "access-control-allow-origin" not in other.headers


# Messages


async def test_an_answer_comes_with_its_progress(file: Path) -> None:
    extract = call("extract_from_html", html="<p>a")
    extract["params"]["_meta"] = {"progressToken": 1}
    async with asking(file) as client:
        response = await client.post("/mcp", json=extract)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "Reading the page" in response.text
    assert message(response)["result"]["structuredContent"]["title"] == "A keeper's diary"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"jsonrpc":"2.0","id":{},"method":"ping"}', b"[" * 100_000],
)
async def test_what_is_no_message_is_refused_as_json_rpc_has_it(file: Path, body: bytes) -> None:
    async with asking(file) as client:
        response = await client.post("/mcp", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] in (-32700, -32600)


async def test_half_a_surrogate_pair_does_no_harm(file: Path) -> None:
    extractor = Fixed()
    body = rb'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"extract_from_html",'
    body += rb'"arguments":{"html":"a\ud800b"}}}'
    async with asking(file, extractor) as client:
        response = await client.post("/mcp", content=body)
    assert message(response)["result"]["isError"] is False
    assert extractor.asked[0][0] == "a\ufffdb"


async def test_a_page_of_ten_megabytes_gets_through_and_a_larger_message_does_not(
    file: Path,
) -> None:
    async with asking(file) as client:
        extract = call("extract_from_html", html="\u0436" * 5_000_000)
        fits = await client.post("/mcp", content=json.dumps(extract))
        too_large = await client.post("/mcp", content=b" " * 31_000_000)
    assert message(fits)["result"]["isError"] is False
    assert too_large.status_code == 413
    assert "30.1 MB" in too_large.json()["error_description"]


async def test_a_session_that_we_never_gave_is_not_found(file: Path) -> None:
    async with asking(file) as client:
        response = await client.post("/mcp", json=PING, headers={"Mcp-Session-Id": "deadbeef"})
    assert response.status_code == 404


async def test_a_message_to_a_stream_that_is_not_there_is_not_found(file: Path) -> None:
    async with asking(file) as client:
        response = await client.post("/messages/?session_id=" + "0" * 32, json=PING)
    assert response.status_code == 404


async def test_a_bug_is_told_to_nobody_but_the_log(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Fixed):
        async def from_html(self, *args: Any, **more: Any) -> Any:
            raise RuntimeError("the lighthouse is on fire")

    with caplog.at_level(logging.INFO):
        async with asking(file, Broken()) as client:
            response = await client.post("/mcp", json=call("extract_from_html", html="<p>a"))
    assert message(response)["result"]["isError"] is True
    assert "lighthouse" not in response.text
    assert "lighthouse" in caplog.text


# The audit


async def test_each_call_leaves_one_line_without_key_and_query(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = add_key(file)
    url = "https://pages.example/a?token=secret#\x1b[31m"
    with caplog.at_level(logging.INFO, "webis_mcp.audit"):
        async with asking(file) as client:
            client.headers.update(bearing(key))
            await client.post("/mcp", json=call("fetch_and_extract", url=url))
    (line,) = [record for record in caplog.records if record.name == "webis_mcp.audit"]
    facts = line.facts  # type: ignore[attr-defined] # an extra of this line
    assert facts["tool"] == "fetch_and_extract"
    assert facts["host"] == "pages.example"
    assert facts["outcome"] == "ok"
    assert facts["key"] in key
    assert facts["sent"] > 0
    for secret in (key, "secret", "\x1b"):
        assert secret not in line.getMessage()


async def test_a_host_with_control_characters_is_shown_without(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "webis_mcp.audit"):
        async with asking(file) as client:
            bad = call("fetch_and_extract", url="https://a\x1b]0;x\x07.example/")
            await client.post("/mcp", json=bad)
    assert all(c.isprintable() for c in caplog.records[-1].getMessage())
