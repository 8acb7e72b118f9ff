"""A session over two pipes of this process: what comes in, what goes out, how it ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from tests.support.extractors import Endless, Fixed
from webis_mcp.server.stdio.streams import open_wire
from webis_mcp.server.tools import Extractor, make_server

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class Peer:
    """The client's ends of the two pipes."""

    def __init__(self, to_server: int, from_server: int) -> None:
        self.to_server = os.fdopen(to_server, "wb", buffering=0)
        self.from_server = os.fdopen(from_server, "rb", buffering=0)

    def send(self, id: int, method: str, params: dict[str, Any]) -> None:
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        self.to_server.write(json.dumps(message).encode() + b"\n")

    def call(self, id: int) -> None:
        self.send(id, "tools/call", {"name": "extract_from_html", "arguments": {"html": "<p>"}})

    async def receive(self) -> Any:
        return json.loads(await anyio.to_thread.run_sync(self.from_server.readline))


@asynccontextmanager
async def session(extractor: Extractor) -> AsyncIterator[tuple[Peer, anyio.Event]]:
    """A peer that has been greeted, and the event of its session's end."""
    source, to_server = os.pipe()
    from_server, sink = os.pipe()
    peer, over = Peer(to_server, from_server), anyio.Event()

    async def serve() -> None:
        async with open_wire(source, sink, longest=1_000_000) as (incoming, outbox):
            await make_server(extractor).serve(incoming, outbox)
        over.set()

    with peer.to_server, peer.from_server, anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            peer.send(1, "initialize", HELLO)
            assert (await peer.receive())["id"] == 1
            yield peer, over
            await over.wait()


async def test_calls_are_answered_over_the_pipes() -> None:
    async with session(Fixed()) as (peer, _):
        peer.call(2)
        assert not (await peer.receive())["result"]["isError"]
        peer.to_server.close()


async def test_a_line_that_is_no_message_is_answered_and_the_next_works() -> None:
    async with session(Fixed()) as (peer, _):
        peer.to_server.write(b"noise\n")
        assert (await peer.receive())["error"]["code"] == -32700
        peer.send(3, "ping", {})
        assert await peer.receive() == {"jsonrpc": "2.0", "id": 3, "result": {}}
        peer.to_server.close()


def end_of_input(peer: Peer) -> None:
    peer.to_server.close()


def interrupt(_: Peer) -> None:
    signal.raise_signal(signal.SIGINT)


def terminate(_: Peer) -> None:
    signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("end", [end_of_input, interrupt, terminate])
async def test_the_end_calls_off_what_is_in_flight_and_answers_it(
    end: Callable[[Peer], None],
) -> None:
    extractor = Endless()
    async with session(extractor) as (peer, over):
        peer.call(2)
        await extractor.begun.wait()
        end(peer)
        await over.wait()
        assert extractor.called_off.is_set()
        answer = await peer.receive()
        assert (answer["id"], answer["error"]["message"]) == (2, "Connection closed")


async def test_a_client_that_no_longer_reads_ends_the_session() -> None:
    async with session(Fixed()) as (peer, over):
        peer.from_server.close()
        peer.send(2, "ping", {})
        await over.wait()


async def test_signals_are_as_before_when_the_session_is_over() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with session(Fixed()) as (peer, _):
        assert signal.getsignal(signal.SIGTERM) is not before
        peer.to_server.close()
    assert signal.getsignal(signal.SIGTERM) is before
