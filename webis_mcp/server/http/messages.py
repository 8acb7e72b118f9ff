"""MCP over HTTP: messages are checked here and answered by the SDK.

Streamable HTTP keeps no sessions: each request bears all that its answer needs, so nothing is held
for a client that never comes back. Only legacy SSE has sessions, each bound to its key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.sse import SseServerTransport
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, ErrorData, JSONRPCError, JSONRPCMessage, JSONRPCRequest
from starlette.types import Scope, Send

from webis_mcp.server.http.answers import Refusal, refuse, send_bytes, too_busy
from webis_mcp.server.http.bodies import Bodies, replay
from webis_mcp.server.http.front import Asked, Sending
from webis_mcp.server.http.gate import Gate, may
from webis_mcp.server.http.lists import Lists
from webis_mcp.server.http.places import Places
from webis_mcp.server.jsonrpc import Parsed, parse
from webis_mcp.server.keys.keyring import Principal
from webis_mcp.server.keys.record import Scope as Permission
from webis_mcp.server.strict import StrictServer

PERMISSIONS = {
    "extract_from_html": Permission.EXTRACT,
    "fetch_and_extract": Permission.FETCH,
    "diagnose_environment": Permission.DIAGNOSE,
}
"""What a key must be given for a tool."""

MOST_SESSIONS, MOST_SESSIONS_OF_A_KEY = 200, 100
"""Open SSE streams: one costs some 40 KB in the SDK."""

MOST_WAITING = 64
"""Answers that a key's streams may owe it, because it does not read: one is 0.1 MB in the SDK, and
the connection is only cut after half a minute."""

CHECKED = TransportSecuritySettings(enable_dns_rebinding_protection=False)
"""The SDK compares prefixes of Host and Origin; `names` compares them whole, before."""

ENDING = too_busy("The server is going.")

HandOn = Callable[[Asked, Parsed], Awaitable[None]]


class Messages:
    """Takes messages in, and gives those that are sound and allowed to the SDK.

    Args:
        longest: bytes that a message may have.
    """

    def __init__(self, gate: Gate, bodies: Bodies, longest: int) -> None:
        self._gate = gate
        self._bodies = bodies
        self._longest = longest

    async def deliver(self, asked: Asked, hand_on: HandOn) -> None:
        """Hands a message on, or answers why not.

        Raises:
            ClientGone: it is not whole.
        """
        receiving = self._bodies.received(asked.scope, asked.receive, self._longest)
        async with receiving as body:
            if isinstance(body, Refusal):
                return await refuse(asked.send, body)
            parsed = parse(body, longest=self._longest)
            if isinstance(parsed, JSONRPCError):
                return await send_error(asked.send, 400, parsed)
            if refusal := self._refusal(asked.principal, parsed.message):
                return await refuse_message(asked.send, refusal, parsed)
            return await hand_on(asked, parsed)

    def _refusal(self, principal: Principal, message: JSONRPCMessage) -> Refusal | None:
        if not isinstance(message, JSONRPCRequest) or message.method != "tools/call":
            return None
        name = (message.params or {}).get("name")
        permission = PERMISSIONS.get(name) if isinstance(name, str) else None
        refusal = may(principal, permission) if permission else None
        return refusal or self._gate.charge(principal)


class Streamable:
    """`/mcp`: a message in, its answer out, with progress on the way."""

    def __init__(self, server: StrictServer, messages: Messages, longest: int) -> None:
        server.streamable_http_app(
            stateless_http=True, max_request_body_size=longest, transport_security=CHECKED
        )
        self._sessions = server.session_manager
        self._messages = messages
        self._lists = Lists()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The time in which messages are answered."""
        async with self._sessions.run():
            yield

    async def answer(self, asked: Asked) -> None:
        """Answers one message."""
        if any(name == b"mcp-session-id" for name, _ in asked.scope["headers"]):
            return await send_error(asked.send, 404, NO_SESSION)
        return await self._messages.deliver(asked, self._hand_on)

    async def _hand_on(self, asked: Asked, parsed: Parsed) -> None:
        async def ask(send: Send) -> None:
            receive = replay(parsed.json, asked.receive)
            await self._sessions.handle_request(asked.scope, receive, send)

        if isinstance(parsed.message, JSONRPCRequest) and parsed.message.method == "tools/list":
            return await self._lists.answer(parsed.message, asked.scope["headers"], asked.send, ask)
        return await ask(asked.send)


class Legacy:
    """`/sse` and `/messages`: the transport of before 2025, a stream and posts that go with it."""

    def __init__(self, server: StrictServer, messages: Messages, longest: int) -> None:
        self._server = server
        self._messages = messages
        self._transport = SseServerTransport("/messages/", CHECKED, longest)
        self._streams = Places(MOST_SESSIONS, MOST_SESSIONS_OF_A_KEY)
        self._waiting: Counter[str] = Counter()
        self._open: set[anyio.CancelScope] = set()

    def end(self) -> None:
        """Ends all streams."""
        for scope in self._open:
            scope.cancel()

    async def open_stream(self, asked: Asked) -> None:
        """A session, for as long as its client listens."""
        with self._streams.place_for(asked.principal.id) as there_is_room:
            if not there_is_room:
                return await refuse(asked.send, too_busy("Too many streams are open."))
            scope = with_user(asked)
            with anyio.CancelScope() as ending:
                self._open.add(ending)
                try:
                    connecting = self._transport.connect_sse(scope, asked.receive, asked.send)
                    async with connecting as (incoming, outbox):
                        counted = Outbox(outbox, self._waiting, asked.principal.id)
                        await self._server.serve(incoming, counted)
                finally:
                    self._open.discard(ending)
            await asked.send.end(ENDING)
        return None

    async def take_message(self, asked: Asked) -> None:
        """A message of a session; its answer comes on the stream."""
        if self._waiting[asked.principal.id] >= MOST_WAITING:
            words = f"On streams of this key {MOST_WAITING} answers wait to be read."
            return await refuse(asked.send, too_busy(words))
        return await self._messages.deliver(asked, self._hand_on)

    async def _hand_on(self, asked: Asked, parsed: Parsed) -> None:
        receive = replay(parsed.json, asked.receive)
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):  # told 202, then gone
            await self._transport.handle_post_message(with_user(asked), receive, asked.send)


class Outbox:
    """What the SDK calls a write stream, with a count of the answers that wait to go out.

    Args:
        inner: the SDK's own, of a protocol that it does not show.
        waiting: counts them for all streams of a key.
    """

    def __init__(self, inner: Any, waiting: Counter[str], id: str) -> None:
        self._inner = inner
        self._waiting = waiting
        self._id = id

    async def send(self, message: SessionMessage, /) -> None:
        self._waiting[self._id] += 1
        try:
            await self._inner.send(message)
        finally:
            self._waiting[self._id] -= 1

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> Outbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


NO_SESSION = JSONRPCError(
    jsonrpc="2.0",
    id=None,
    error=ErrorData(code=INVALID_REQUEST, message="Session not found: this server has none."),
)


def with_user(asked: Asked) -> Scope:
    """The scope of a request with whom it is from, as the SDK binds a session to its opener."""
    id = asked.principal.id
    token = AccessToken(token="", client_id=id, scopes=[], subject=id)
    return {**asked.scope, "user": AuthenticatedUser(token)}


async def refuse_message(send: Sending, refusal: Refusal, parsed: Parsed) -> None:
    """Refuses a message under its id, so that whoever waits for its answer gets one."""
    id = parsed.message.id if isinstance(parsed.message, JSONRPCRequest) else None
    error = ErrorData(code=INVALID_REQUEST, message=refusal.words)
    body = JSONRPCError(jsonrpc="2.0", id=id, error=error)
    await send_error(send, refusal.status, body, refusal)


async def send_error(
    send: Sending, status: int, error: JSONRPCError, refusal: Refusal | None = None
) -> None:
    """Sends a JSON-RPC error as the whole answer."""
    body = error.model_dump_json(by_alias=True).encode()
    headers = refusal.headers if refusal else ()
    await send_bytes(send, status, body, b"application/json", headers)
