"""The list of tools, from memory: it never changes, and the SDK takes a millisecond to write it.

An answer is remembered by all that it can depend on: the params, and every header but a few. What
a list says is not known here, only where in its answer the id stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from mcp.types import JSONRPCRequest, RequestId
from starlette.types import Message, Send

from webis_mcp.server.http.answers import Header

MOST_ANSWERS = 64
"""Remembered at once; clients of one make ask alike, and there are few makes."""

PASSED_OVER = frozenset(
    b"accept-encoding accept-language authorization connection content-length host origin"
    b" user-agent x-api-key".split()
)
"""Headers that no answer depends on: `front` has judged them, or nobody looks at them."""

BEFORE_ID = b'{"jsonrpc":"2.0","id":'


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, without the id of its request."""

    headers: tuple[Header, ...]
    before: bytes
    after: bytes

    async def send(self, send: Send, id: RequestId) -> None:
        """Sends it in answer to a request."""
        body = self.before + json.dumps(id).encode() + self.after
        headers = [*self.headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Lists:
    """Answers that are the same for whoever asks alike."""

    def __init__(self) -> None:
        self._known: dict[bytes, Answer] = {}

    async def answer(
        self,
        request: JSONRPCRequest,
        headers: Iterable[Header],
        send: Send,
        ask: Callable[[Send], Awaitable[None]],
    ) -> None:
        """Answers from memory, or asks and remembers."""
        name = name_of(request, headers)
        if known := self._known.get(name):
            return await known.send(send, request.id)
        heard: list[Message] = []

        async def hear(message: Message) -> None:
            heard.append(message)
            await send(message)

        await ask(hear)
        if answer := answer_in(heard):
            if len(self._known) >= MOST_ANSWERS:
                self._known.clear()
            self._known[name] = answer
        return None


def name_of(request: JSONRPCRequest, headers: Iterable[Header]) -> bytes:
    """What an answer is remembered by; short, however long the request."""
    told = sorted((name, value) for name, value in headers if name not in PASSED_OVER)
    params = json.dumps(request.params, sort_keys=True)
    return hashlib.sha256(repr((params, told)).encode()).digest()


def answer_in(heard: list[Message]) -> Answer | None:
    """The answer that some messages make, if it is whole and a success."""
    if not heard or heard[0].get("status") != 200 or heard[-1].get("more_body", False):
        return None
    before, found, rest = b"".join(part.get("body", b"") for part in heard).partition(BEFORE_ID)
    _, comma, after = rest.partition(b',"result":')  # in an id, the quotes would be escaped
    if not (found and comma):
        return None
    headers = tuple(header for header in heard[0]["headers"] if header[0] != b"content-length")
    return Answer(headers, before + found, comma + after)
