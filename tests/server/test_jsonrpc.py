"""Every line is a message or gets an answer; nothing that comes in can do worse."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
)

from webis_mcp.server.jsonrpc import Parsed, id_of, lines_of, parse

LONGEST = 10_000_000


def parsed(line: bytes | str, longest: int = LONGEST) -> Any:
    found = parse(line.encode() if isinstance(line, str) else line, longest=longest)
    return found.message if isinstance(found, Parsed) else found


def call(html: str, id: object = 7) -> str:
    params = f'{{"html":{html}}}'
    return f'{{"jsonrpc":"2.0","method":"tools/call","params":{params},"id":{json.dumps(id)}}}'


def test_a_request_is_read() -> None:
    request = parsed(call('"<p>"'))
    assert isinstance(request, JSONRPCRequest)
    assert (request.id, request.params) == (7, {"html": "<p>"})


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    request = parsed(call(r'"a\ud800b \ud83d\ude00 \\ud800"'))
    assert request.params == {"html": "a\ufffdb \U0001f600 \\ud800"}


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    request = parsed(call('"a@b"').encode().replace(b"@", b"\xff"))
    assert request.params == {"html": "a\ufffdb"}


@pytest.mark.parametrize(
    ("line", "code", "id"),
    [
        ("garbage", PARSE_ERROR, None),
        ("{", PARSE_ERROR, None),
        (call("9" * 1_000_000), PARSE_ERROR, 7),
        (call("[" * 900 + "]" * 900), INVALID_REQUEST, 7),
        (call("[" * 100_000 + "]" * 100_000, "x"), PARSE_ERROR, "x"),
        (call('"unfinished'), PARSE_ERROR, None),
        ("[]", INVALID_REQUEST, None),
        ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', INVALID_REQUEST, None),
        ('"ping"', INVALID_REQUEST, None),
        ('{"id":1,"method":"ping"}', INVALID_REQUEST, 1),
        ('{"jsonrpc":"1.0","id":1,"method":"ping"}', INVALID_REQUEST, 1),
        ('{"jsonrpc":"2.0","id":"a","method":7}', INVALID_REQUEST, "a"),
        ('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}', INVALID_REQUEST, 1),
        ('{"jsonrpc":"2.0","id":1.5,"method":"ping"}', INVALID_REQUEST, None),
        ('{"jsonrpc":"2.0","id":null,"method":"ping"}', INVALID_REQUEST, None),
        ('{"jsonrpc":"2.0","id":{},"method":"ping"}', INVALID_REQUEST, None),
        ('{"jsonrpc":"2.0","method":"id","id":"\\ud800","params":7}', INVALID_REQUEST, "\ufffd"),
    ],
)
def test_what_is_no_message_is_refused_under_its_id(line: str, code: int, id: object) -> None:
    refusal = parsed(line)
    assert isinstance(refusal, JSONRPCError)
    assert (refusal.error.code, refusal.id) == (code, id)
    assert len(refusal.error.message) < 100


def test_a_notification_needs_no_id() -> None:
    line = '{"jsonrpc":"2.0","method":"notifications/initialized"}'
    assert isinstance(parsed(line), JSONRPCNotification)


def test_a_line_over_the_limit_is_refused_with_the_limit() -> None:
    refusal = parsed('{"jsonrpc":"2.0","id":3,"method":"ping"}', longest=30)
    assert (refusal.id, refusal.error.code) == (3, INVALID_REQUEST)
    assert "30 bytes" in refusal.error.message


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["id", "jsonrpc", "method", "params", "x"]), st.just(None)),
    st.integers(-(10**15), 10**15) | st.text(),
    st.recursive(
        st.text() | st.just("id"), lambda of: st.dictionaries(st.text() | st.just("id"), of)
    ),
)
def test_the_id_is_found_wherever_it_stands(
    order: dict[str, None], id: int | str, params: Any
) -> None:
    message = {**order, "method": "id", "params": params, "id": id}
    assert id_of(json.dumps({key: message[key] for key in order} | message).encode()) == id


@settings(deadline=None)
@given(
    st.binary()
    | st.text(alphabet='{}[]":,\\id0.5e-\ud800').map(lambda s: s.encode(errors="replace"))
)
def test_any_line_is_a_message_or_gets_an_answer_that_can_be_sent(line: bytes) -> None:
    found = parsed(line)
    assert json.loads(found.model_dump_json(by_alias=True, exclude_unset=True))


def lines(*writes: bytes, longest: int = 100) -> list[bytes]:
    """What is read of a pipe that is written to and closed."""
    source, sink = os.pipe()
    os.write(sink, b"".join(writes))
    os.close(sink)
    try:
        return list(lines_of(source, longest=longest))
    finally:
        os.close(source)


def test_lines_are_read_one_by_one_and_blank_ones_left_out() -> None:
    assert lines(b"one\n\n \r\ntwo\r\n", b"three") == [b"one", b"two\r", b"three"]


def test_a_line_over_the_limit_is_cut_and_the_next_one_whole() -> None:
    assert lines(b"x" * 60_000 + b"\nnext\n", longest=10) == [b"x" * 11, b"next"]


def test_a_source_that_is_gone_has_no_lines() -> None:
    source, sink = os.pipe()
    os.close(sink)
    os.close(source)
    assert list(lines_of(source, longest=10)) == []


def test_the_json_of_a_mended_message_is_clean() -> None:
    found = parse(call(r'"a\ud800b"').encode(), longest=LONGEST)
    assert isinstance(found, Parsed)
    assert json.loads(found.json)["params"] == {"html": "a\ufffdb"}
    assert b"\\ud800" not in found.json
