"""Connects to strangers, and only to addresses that have been checked.

The check stands in the network backend, below HTTP, because only there the address that is checked
and the address that is connected to are one: whoever checks a URL first and lets a client resolve
the name again can be given another address the second time (DNS rebinding). TLS is above it, so the
certificate is still compared with the name in the URL.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import anyio
import anyio.to_thread
import httpcore2
import psutil

from webis_mcp.errors import FetchFailed, PageTooLarge, SiteUnavailable, UrlRefused
from webis_mcp.service.fetching.addresses import Address, literal, reach

Resolve = Callable[[str], Awaitable[Sequence[Address]]]

RESOLVE_SECONDS = 5.0
CONNECT_SECONDS = 2.0
"""For each address but the last: a host whose IPv6 leads nowhere must not cost the whole fetch."""
CONNECT_TRIES = 4
READ_BYTES = 16_384
"""A read of a million tiny chunks is a long stretch of work for the event loop: so, small reads."""
OWN_ADDRESSES_SECONDS = 30.0


async def resolve(host: str) -> Sequence[Address]:
    """Ask the system's resolver, once; the answers in its order, without repeats."""
    found = await anyio.to_thread.run_sync(
        lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM), abandon_on_cancel=True
    )
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


class OwnAddresses:
    """The addresses of this machine's interfaces, public ones among them: never a stranger's."""

    def __init__(self) -> None:
        self._known: frozenset[Address] = frozenset()
        self._until = 0.0

    def __contains__(self, address: Address) -> bool:
        if time.monotonic() >= self._until:
            self._known = frozenset(_interface_addresses())
            self._until = time.monotonic() + OWN_ADDRESSES_SECONDS
        return address in self._known


def _interface_addresses() -> Iterable[Address]:
    for entries in psutil.net_if_addrs().values():
        for entry in entries:
            if entry.family in (socket.AF_INET, socket.AF_INET6):
                yield ip_address(entry.address.partition("%")[0])


class GuardedBackend(httpcore2.AnyIOBackend):
    """Opens connections for the HTTP client: resolves once, checks every answer, then connects."""

    def __init__(
        self,
        *,
        resolve: Resolve = resolve,
        allow_private: bool = False,
        proxy: tuple[str, int] | None = None,
        max_bytes: int,
    ) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._proxy = proxy
        self._max_bytes = max_bytes
        self._own = OwnAddresses()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class has it
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        if (host, port) == self._proxy:  # the operator's own choice: it may well be private
            stream = await super().connect_tcp(host, port, timeout)
        else:
            stream = await self._connect(await self._checked(host), port, timeout)
        return MeteredStream(stream, self._max_bytes)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise UrlRefused("A page cannot come from a socket of this machine.")

    async def _checked(self, host: str) -> Sequence[Address]:
        """The host's addresses, if all of them may be connected to.

        One bad answer among good ones refuses the host: it is not for us to guess which was meant.
        """
        address = literal(host)
        addresses = [address] if address else await self._resolved(host)
        if not all(map(self._is_allowed, addresses)):
            raise UrlRefused(
                f"{host} is not on the public web.",
                hint="Only the operator can allow private addresses "
                "(WEBIS_ALLOW_PRIVATE_ADDRESSES).",
            )
        return addresses

    async def _resolved(self, host: str) -> Sequence[Address]:
        try:
            with anyio.fail_after(RESOLVE_SECONDS):
                addresses = await self._resolve(host)
        except (socket.gaierror, UnicodeError) as error:
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
                raise SiteUnavailable(f"The name {host} cannot be looked up just now.") from error
            raise _no_such_host(host) from error
        except TimeoutError as error:
            raise SiteUnavailable(f"Looking up {host} took over {RESOLVE_SECONDS:g} s.") from error
        if not addresses:
            raise _no_such_host(host)
        return addresses

    def _is_allowed(self, address: Address) -> bool:
        found = reach(address)
        if found == "public":
            return self._allow_private or address not in self._own
        return found == "private" and self._allow_private

    async def _connect(
        self, addresses: Sequence[Address], port: int, seconds: float | None
    ) -> httpcore2.AsyncNetworkStream:
        *first, last = addresses[:CONNECT_TRIES]
        for address in first:
            try:
                return await self._connect_to(address, port, CONNECT_SECONDS)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._connect_to(last, port, seconds)

    async def _connect_to(
        self, address: Address, port: int, seconds: float | None
    ) -> httpcore2.AsyncNetworkStream:
        stream = await super().connect_tcp(str(address), port, seconds)
        try:
            peer = stream.get_extra_info("server_addr")
        except OSError as error:  # gone again already
            await stream.aclose()
            raise httpcore2.ConnectError(error) from error
        if literal(str(peer[0])) != address:
            await stream.aclose()
            raise UrlRefused("The connection ended at another address than was asked for.")
        return stream


class MeteredStream(httpcore2.AsyncNetworkStream):
    """A connection that counts what the other side sends, headers and framing included.

    Each request has its own allowance: what is written begins a new one, for we never write while
    an answer is on its way.
    """

    def __init__(self, stream: httpcore2.AsyncNetworkStream, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._received = 0

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> bytes:
        data = await self._stream.read(min(max_bytes, READ_BYTES), timeout)
        if not data and not self._received:  # h11 would say the same of a broken answer
            raise httpcore2.ReadError("closed without a byte of an answer")
        self._received += len(data)
        if self._received > self._max_bytes:
            raise PageTooLarge(
                f"The site sent over {self._max_bytes:,} bytes and went on.",
                hint="Ask for a smaller page; WEBIS_MAX_PAGE_BYTES sets the limit.",
            )
        return data

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> None:
        self._received = 0
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore2.AsyncNetworkStream:
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return MeteredStream(stream, self._max_bytes)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _no_such_host(host: str) -> FetchFailed:
    return FetchFailed(f"There is no site called {host}.", hint="Check the spelling of the URL.")
