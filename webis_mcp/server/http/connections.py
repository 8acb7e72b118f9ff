"""Connections that must get on with it: what uvicorn leaves without a deadline has one here.

A head has to come in soon, a body a little later, and an answer has to be read; else the connection
is cut. When there are too many connections, those go first that have waited longest without a whole
request: so that half requests by the thousand cannot keep a good client out.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""From a connection, or the first byte of a request, to the end of the head."""

BODY_SECONDS = 35.0
"""From the head to the end of the body; a little more than `bodies` waits, which says so."""

REST_SECONDS = 5.0
"""For what is left of a body whose request is answered already: nobody reads it."""

STALL_SECONDS = 30.0
"""For a client to read on, when what we wrote to it does not go out."""

MOST_CONNECTIONS = 900
"""At once; many systems let a process have 1,024 files."""


class Connection(H11Protocol):
    """One connection of one server; uvicorn makes it and calls it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._phase: object = None
        self._since = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._expect("head", HEAD_SECONDS)
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._deadline, self._stall):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self.loop.call_later(STALL_SECONDS, self._abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall:
            self._stall.cancel()

    def _look(self) -> None:
        """Sets the deadline for what is awaited next."""
        state = self.conn.their_state
        if state is h11.SEND_BODY and self.cycle and self.cycle.response_complete:
            self._expect(("rest", id(self.cycle)), REST_SECONDS)
        elif state is h11.SEND_BODY:
            self._expect(("body", id(self.cycle)), BODY_SECONDS)
        elif state is h11.IDLE and (self.cycle is None or self.conn.trailing_data[0]):
            self._expect(("head", id(self.cycle)), HEAD_SECONDS)
        else:  # whole, and answered soon; or idle, which uvicorn bounds
            self._expect(None, 0)

    def _expect(self, phase: object, seconds: float) -> None:
        """Starts the time of a phase; once in it, nothing that comes in starts it anew."""
        if phase == self._phase:
            return
        self._phase, self._since = phase, self.loop.time()
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._abort) if phase else None

    def _make_room(self) -> None:
        """Cuts the connection that has waited longest without a whole request."""
        others = (other for other in self.connections if isinstance(other, Connection))
        waiting = [other for other in others if not other._is_served()]
        if waiting:
            min(waiting, key=lambda other: other._since)._abort()

    def _is_served(self) -> bool:
        """Whether a whole request is in work."""
        awaited = self.conn.their_state is h11.SEND_BODY
        return self.cycle is not None and not (awaited or self.cycle.response_complete)

    def _abort(self) -> None:
        self.transport.abort()
