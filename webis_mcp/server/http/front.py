"""The front of the server: every request has a place to go and may go there, or gets its no here.
Knows the paths, and nothing of what is said behind them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import h11
from starlette.types import Message, Receive, Scope, Send

from webis_mcp.server.http.answers import Refusal, refuse, too_busy
from webis_mcp.server.http.bodies import ClientGone
from webis_mcp.server.http.gate import (
    ANYBODY,
    NO_KEY,
    Gate,
    credential_of,
    has_credential,
    key_in_query,
    peer_of,
)
from webis_mcp.server.http.places import Places
from webis_mcp.server.keys.keyring import Principal
from webis_mcp.service.fair_queue import CALLER

log = logging.getLogger("webis_mcp.http")

MOST_IN_WORK, MOST_OF_A_KEY = 512, 128
"""Requests that are answered at once, and of them those of one key. Of the pages among them all but
a few wait for a reader."""

NO_SUCH_PATH = Refusal(
    404,
    "not_found",
    "There is nothing here. There are /mcp, /sse, /generate, /health and /metrics.",
)


class Sending:
    """The way back to a client, and how far an answer has come on it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.is_complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif not message.get("more_body", False):
            self.is_complete = True
        await self._send(message)

    async def end(self, refusal: Refusal) -> None:
        """Ends an answer that was not finished: with a refusal, if it was not even begun."""
        if not self.status:
            await refuse(self, refusal)
        elif not self.is_complete:
            await self({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered, and for whom."""

    scope: Scope
    receive: Receive
    send: Sending
    principal: Principal
    peer: str


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers at a path.

    Args:
        key: where the key is: in the `header`; for the predecessor's clients also in the `body`,
            where the one who answers looks for it; `none` where none is needed.
        lasts: it stays open for as long as its client likes, and does no work by itself.
    """

    method: str
    answer: Callable[[Asked], Awaitable[None]]
    key: Literal["header", "body", "none"] = "header"
    lasts: bool = False


class Front:
    """The ASGI application.

    Args:
        on_answer: told the path (of a route, else `other`) and the status of each answer.
    """

    def __init__(
        self,
        gate: Gate,
        routes: Mapping[str, Route],
        on_answer: Callable[[str, int], None] = lambda path, status: None,
    ) -> None:
        self._gate = gate
        self._routes = routes
        self._on_answer = on_answer
        self._places = Places(MOST_IN_WORK, MOST_OF_A_KEY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        sending = Sending(send)
        route = self._routes.get(scope["path"])
        try:
            await self._answer(route, scope, receive, sending)
        except (ClientGone, h11.LocalProtocolError):  # the second: it broke the rules of HTTP
            log.debug("A client left before its request was whole.")
        finally:
            self._on_answer(scope["path"] if route else "other", sending.status)

    async def _answer(
        self, route: Route | None, scope: Scope, receive: Receive, send: Sending
    ) -> None:
        if refusal := refusal_of(route, scope):
            return await refuse(send, refusal)
        assert route  # noqa: S101 - a request for none was refused
        admitted = self._admit(route, scope)
        if isinstance(admitted, Refusal):
            log.info("%s to a request from %s.", admitted.status, peer_of(scope))
            return await refuse(send, admitted)
        asked = Asked(scope, receive, send, admitted, peer_of(scope))
        return await self._let_in(route, asked)

    def _admit(self, route: Route, scope: Scope) -> Principal | Refusal:
        headers = scope["headers"]
        if route.key == "none" or (route.key == "body" and not has_credential(headers)):
            return ANYBODY
        return self._gate.admit(credential_of(headers), peer_of(scope))

    async def _let_in(self, route: Route, asked: Asked) -> None:
        if route.lasts or route.key == "none":
            return await self._work(route, asked)
        with self._places.place_for(asked.principal.id) as there_is_room:
            if not there_is_room:
                return await refuse(asked.send, too_busy("Too many requests are in work."))
            return await self._work(route, asked)

    async def _work(self, route: Route, asked: Asked) -> None:
        CALLER.set(asked.principal.id)
        if route.key != "header":
            return await route.answer(asked)
        with self._gate.inside(asked.principal) as inside:
            await route.answer(asked)
        if inside.cancelled_caught:
            await asked.send.end(NO_KEY)
        return None


def refusal_of(route: Route | None, scope: Scope) -> Refusal | None:
    """Why a request has no place to go, if it has none."""
    if route is None:
        return NO_SUCH_PATH
    if scope["method"] not in (route.method, "HEAD" if route.method == "GET" else route.method):
        words = f"Here only {route.method} is known."
        return Refusal(405, "wrong_method", words, ((b"allow", route.method.encode()),))
    return key_in_query(scope["query_string"])
