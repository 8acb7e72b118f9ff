"""A web site on loopback that does as it is told: answers, dawdles, breaks off, speaks no HTTP."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import anyio
from anyio.abc import ByteStream
from anyio.streams.tls import TLSListener

from webis_mcp.service.fetching.addresses import Address
from webis_mcp.service.fetching.fetcher import Fetcher, open_fetcher
from webis_mcp.settings import FetchLimits

PATIENCE = 30.0
"""Seconds after which whoever waits here has waited in vain."""

PAGE = b"<!doctype html><title>Tide times</title><p>High water at Port Elsin is at ten past four."


@dataclass(frozen=True, slots=True)
class Request:
    """What the site was asked: the head of one request."""

    path: str
    headers: Mapping[str, str]


Play = Callable[[ByteStream, Request], Awaitable[None]]
"""Plays the site's part for one request; it may close the connection."""


@dataclass(slots=True)
class Site:
    """The site's pages, and what it has been asked."""

    port: int = 0
    asked: list[Request] = field(default_factory=list)
    connections: int = 0
    hung_up: anyio.Event = field(default_factory=anyio.Event)
    plays: dict[str, Play] = field(default_factory=dict)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """A page's address; any name may stand for the site, if its resolver is `to_loopback`."""
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """The paths it was asked for, robots.txt left out."""
        return [request.path for request in self.asked if request.path != "/robots.txt"]

    def page(self, path: str, body: bytes = PAGE, *, status: int = 200, **headers: str) -> None:
        """Answer a path in good order; `content_type="text/plain"` gives that header."""

        async def play(stream: ByteStream, request: Request) -> None:
            await stream.send(answer(body, status, **headers))

        self.plays[path] = play

    def raw(self, path: str, *pieces: bytes) -> None:
        """Answer a path with these bytes and close."""

        async def play(stream: ByteStream, request: Request) -> None:
            for piece in pieces:
                await stream.send(piece)
            await stream.aclose()

        self.plays[path] = play

    def silent(self, path: str, *pieces: bytes) -> None:
        """Send these bytes, then nothing, until the other side hangs up."""

        async def play(stream: ByteStream, request: Request) -> None:
            for piece in pieces:
                await stream.send(piece)
            await self._wait_for_the_end(stream)

        self.plays[path] = play

    def endless(self, path: str, piece: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        """Send a piece over and over, until the other side hangs up."""

        async def play(stream: ByteStream, request: Request) -> None:
            await stream.send(head)
            while True:
                await stream.send(piece)

        self.plays[path] = play

    async def _wait_for_the_end(self, stream: ByteStream) -> None:
        with anyio.fail_after(PATIENCE):
            try:
                await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                self.hung_up.set()

    async def serve(self, stream: ByteStream) -> None:
        """Serve one connection until either side has had enough."""
        self.connections += 1
        try:
            async with stream:
                while request := await _request(stream):
                    self.asked.append(request)
                    await self.plays.get(request.path.partition("?")[0], _missing)(stream, request)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError):
            pass


def answer(body: bytes = PAGE, status: int = 200, **headers: str) -> bytes:
    """A whole answer in good order."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _missing(stream: ByteStream, request: Request) -> None:
    await stream.send(answer(b"", 404))


async def _request(stream: ByteStream) -> Request | None:
    head = b""
    while b"\r\n\r\n" not in head:
        try:
            head += await stream.receive()
        except anyio.EndOfStream:
            return None
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    return Request(first.split(" ")[1], {key.lower(): value for key, value in headers.items()})


@asynccontextmanager
async def open_site(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    """A site that listens on a free port of loopback."""
    site = Site()
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    site.port = listener.extra(anyio.abc.SocketAttribute.local_port)
    served = TLSListener(listener, tls, standard_compatible=False) if tls else listener
    async with served, anyio.create_task_group() as tasks:
        tasks.start_soon(served.serve, site.serve)
        yield site
        tasks.cancel_scope.cancel()


async def to_loopback(host: str) -> list[Address]:
    """A resolver for which every name is this machine."""
    return [ip_address("127.0.0.1")]


def environ_for(site: Site) -> dict[str, str]:
    """The environment in which a command may fetch from a loopback site."""
    return {
        **os.environ,
        "WEBIS_ALLOW_PRIVATE_ADDRESSES": "true",
        "WEBIS_ALLOWED_PORTS": str(site.port),
    }


def limits_for(site: Site, **changes: object) -> FetchLimits:
    """Limits under which a loopback site may be fetched from: private addresses, its port."""
    allowed = {"allow_private_addresses": True, "allowed_ports": {site.port}}
    return FetchLimits.model_validate(allowed | changes)


PAGE_LIMIT = 20_000
"""Bytes of a page for `fetching`: small, so that a long page is short work."""


@asynccontextmanager
async def fetching(site: Site, **changes: object) -> AsyncIterator[Fetcher]:
    """A fetcher for a loopback site, which every name leads to."""
    limits = limits_for(site, **{"max_page_bytes": PAGE_LIMIT, **changes})
    async with open_fetcher(limits, resolve=to_loopback) as fetcher:
        yield fetcher


def unused_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
