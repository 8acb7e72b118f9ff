"""Lists from memory: the same answers as without, each under the id of its request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.types import JSONRPCRequest
from starlette.types import Message, Send

from webis_mcp.server.http.lists import MOST_ANSWERS, Lists, answer_in

HEADERS = [(b"accept", b"application/json"), (b"host", b"127.0.0.1")]
IDS = st.integers(-(2**62), 2**62) | st.text(st.characters(exclude_categories=["Cs"]))


class Site:
    """Answers lists, and counts how often it was asked; keeps what its callers were sent."""

    def __init__(self, status: int = 200, frame: bytes = b"%s") -> None:
        self.asked = 0
        self.sent: list[Message] = []
        self._status = status
        self._frame = frame
        self._lists = Lists()

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def ask(
        self,
        id: int | str = 1,
        headers: list[tuple[bytes, bytes]] = HEADERS,
        params: dict[str, Any] | None = None,
    ) -> Any:
        request = JSONRPCRequest(jsonrpc="2.0", id=id, method="tools/list", params=params)

        async def answer(send: Send) -> None:
            self.asked += 1
            answer = {"jsonrpc": "2.0", "id": id, "result": {"tools": [self.asked]}}
            body = self._frame % json.dumps(answer, separators=(",", ":")).encode()
            head = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
            start = {"type": "http.response.start", "status": self._status, "headers": head}
            await send(start)
            await send({"type": "http.response.body", "body": body[:20], "more_body": True})
            await send({"type": "http.response.body", "body": body[20:]})

        self.sent = []
        await self._lists.answer(request, headers, self.send, answer)
        body = b"".join(message.get("body", b"") for message in self.sent)
        assert dict(self.sent[0]["headers"])[b"content-length"] == b"%d" % len(body)
        return json.loads(body.removeprefix(b"data: "))


@given(first=IDS, second=IDS)
async def test_the_second_who_asks_alike_gets_the_answer_under_its_own_id(
    first: int | str, second: int | str
) -> None:
    site = Site(frame=b"data: %s\r\n\r\n")
    before, after = await site.ask(first), await site.ask(second)
    assert (before["id"], after["id"]) == (first, second)
    assert before["result"] == after["result"] == {"tools": [1]}
    assert site.asked == 1


async def test_who_it_is_for_makes_no_difference() -> None:
    site = Site()
    await site.ask()
    await site.ask(headers=[*HEADERS, (b"authorization", b"Bearer x")])
    assert site.asked == 1


@pytest.mark.parametrize(
    "headers",
    [
        [(b"accept", b"text/html")],
        [*HEADERS, (b"mcp-method", b"tools/call")],
        [*HEADERS, HEADERS[0]],
    ],
)
async def test_another_header_asks_anew(headers: list[tuple[bytes, bytes]]) -> None:
    site = Site()
    await site.ask()
    await site.ask(headers=headers)
    assert site.asked == 2


async def test_other_params_ask_anew() -> None:
    site = Site()
    await site.ask(params={})
    await site.ask(params={"cursor": "x"})
    assert site.asked == 2


async def test_a_refusal_is_not_remembered() -> None:
    site = Site(status=400)
    await site.ask()
    await site.ask()
    assert site.asked == 2


async def test_memory_is_bounded() -> None:
    site = Site()
    for number in range(MOST_ANSWERS + 1):
        await site.ask(params={"cursor": str(number)})
    asked = site.asked
    await site.ask(params={"cursor": str(MOST_ANSWERS)})
    assert site.asked == asked
    await site.ask(params={"cursor": "0"})
    assert site.asked == asked + 1


def test_half_an_answer_is_none() -> None:
    start = {"type": "http.response.start", "status": 200, "headers": []}
    body = b'{"jsonrpc":"2.0","id":1,"result":{}}'
    assert answer_in([start, {"type": "http.response.body", "body": body}])
    assert not answer_in([start, {"type": "http.response.body", "body": body, "more_body": True}])
    assert not answer_in([start, {"type": "http.response.body", "body": b"{}"}])
    assert not answer_in([])
