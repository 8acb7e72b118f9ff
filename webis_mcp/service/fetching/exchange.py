"""One request and its answer, within limits: the only module that speaks HTTP to a stranger.

It follows no redirect and judges no content; it does translate, once, what the network and the HTTP
library raise. The errors' own words are not passed on: they hold addresses, and bytes of strangers.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

import anyio.lowlevel
import httpcore2
import httpx2

from webis_mcp.errors import FetchFailed, NotAPage, SiteUnavailable
from webis_mcp.service.fetching.codings import Decoding
from webis_mcp.service.fetching.content import HEAD_BYTES, kind_of
from webis_mcp.service.fetching.guard import GuardedBackend, Resolve, resolve
from webis_mcp.service.fetching.urls import host_of, port_of
from webis_mcp.settings import FetchLimits

REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEPALIVE_SECONDS = 5.0
OnBytes = Callable[[int], Awaitable[None]]
OnStep = Callable[[str], Awaitable[None]]

STEPS = {
    "connection.connect_tcp.started": "Resolving",
    "http11.send_request_headers.started": "Asking",
}
"""What the HTTP library tells of a request, in our words; a kept connection resolves nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answered. The body is decoded, and cut where it is `truncated`."""

    url: httpx2.URL
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    truncated: bool = False

    def header(self, name: str) -> str:
        """A header's value, "" without one; of several of a name, all."""
        return ", ".join(value for key, value in self.headers if key == name)

    def locations(self) -> list[str]:
        """Where it redirects to: nowhere, somewhere or, against the rules, to several places."""
        if self.status not in REDIRECTS:
            return []
        return list(dict.fromkeys(value for key, value in self.headers if key == "location"))


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom to tell how far a request is."""

    on_step: OnStep
    on_bytes: OnBytes

    async def trace(self, event: str, _: object) -> None:
        """What the HTTP library calls at each of its steps."""
        if event in STEPS:
            await self.on_step(STEPS[event])


@asynccontextmanager
async def open_exchange(
    limits: FetchLimits, *, resolve: Resolve = resolve, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Exchange]:
    """Ready to ask; leaving closes every connection.

    Args:
        resolve: looks up names; the system's resolver.
        trust: whose certificates are believed; those of the system's trust store.
    """
    proxy = httpx2.Proxy(limits.proxy.get_secret_value()) if limits.proxy else None
    async with httpcore2.AsyncConnectionPool(
        ssl_context=trust or httpx2.create_ssl_context(trust_env=False),
        proxy=httpcore2.Proxy(str(proxy.url), auth=proxy.raw_auth) if proxy else None,
        max_connections=limits.fetches_at_once,
        keepalive_expiry=KEEPALIVE_SECONDS,
        network_backend=GuardedBackend(
            resolve=resolve,
            allow_private=limits.allow_private_addresses,
            proxy=(host_of(proxy.url), port_of(proxy.url)) if proxy else None,
            max_bytes=2 * limits.max_page_bytes,
        ),
    ) as pool:
        yield Exchange(pool, limits)


class Exchange:
    """Asks for one URL at a time, of any site."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool, limits: FetchLimits) -> None:
        self._pool = pool
        self._limits = limits

    async def ask(
        self,
        url: httpx2.URL,
        headers: Mapping[str, str],
        *,
        on_step: OnStep,
        on_bytes: OnBytes,
        stop_at: int | None = None,
    ) -> Answer:
        """GET a URL that the rules allow; once more if the connection breaks.

        Args:
            on_step: told that its host is being resolved, and then asked.
            on_bytes: told how much of the body there is, now and then.
            stop_at: bytes of the body that are enough.

        Raises:
            UrlRefused: the host is not on the public web.
            PageTooLarge: the body is over twice the size of a page.
            FetchFailed: there is no whole answer.
        """
        telling = Telling(on_step, on_bytes)
        with self._in_words(host_of(url)):
            try:
                return await self._ask(url, headers, telling, stop_at)
            except httpcore2.NetworkError as error:
                if _tls_fault(error):
                    raise
            return await self._ask(url, headers, telling, stop_at)

    async def _ask(
        self, url: httpx2.URL, headers: Mapping[str, str], telling: Telling, stop_at: int | None
    ) -> Answer:
        stall = self._limits.stall_timeout_seconds
        seconds = {"connect": stall, "read": stall, "write": stall}
        async with self._pool.stream(
            "GET",
            httpcore2.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=[(b"Host", url.netloc), *_encoded(headers)],
            extensions={"timeout": seconds, "trace": telling.trace},
        ) as response:
            answer = Answer(url, response.status, tuple(_decoded(response.headers)))
            if answer.locations():  # its body is for nobody, and may be a bomb
                return answer
            body, truncated = await self._body(response, answer, telling.on_bytes, stop_at)
            return replace(answer, body=body, truncated=truncated)

    async def _body(
        self, response: httpcore2.Response, head: Answer, on_bytes: OnBytes, stop_at: int | None
    ) -> tuple[bytes, bool]:
        decoding = Decoding(head.header("content-encoding"), 2 * self._limits.max_page_bytes)
        keep = min(self._limits.max_page_bytes, stop_at or self._limits.max_page_bytes)
        body, total, told = bytearray(), 0, HEAD_BYTES
        async with aclosing(response.aiter_stream()) as chunks:
            async for chunk in chunks:
                for piece in decoding.feed(chunk):
                    await anyio.lowlevel.checkpoint()  # others go on while a bomb is unpacked
                    total += len(piece)
                    body += piece[: keep - len(body)]
                if total >= told:
                    if not _is_readable(body, head) or (stop_at and total >= stop_at):
                        return bytes(body), True
                    await on_bytes(total)
                    told = 2 * total
        decoding.finish()
        return bytes(body), total > keep

    @contextmanager
    def _in_words(self, host: str) -> Iterator[None]:
        try:
            yield
        except httpcore2.TimeoutException as error:
            raise SiteUnavailable(
                f"{host} did not answer for {self._limits.stall_timeout_seconds:g} s.",
                hint="Ask again later.",
            ) from error
        except httpcore2.NetworkError as error:
            if fault := _tls_fault(error):
                raise FetchFailed(f"No secure connection to {host}: {_words(fault)}.") from error
            raise SiteUnavailable(
                f"The connection to {host} failed, twice.", hint="Ask again later."
            ) from error
        except httpcore2.ProxyError as error:
            raise FetchFailed(
                "The proxy refused the connection.", hint="The operator set it as WEBIS_PROXY."
            ) from error
        except httpcore2.ProtocolError as error:
            raise FetchFailed(f"{host} broke off, or does not speak proper HTTP.") from error


def _is_readable(body: bytearray, head: Answer) -> bool:
    try:
        kind_of(bytes(body[:HEAD_BYTES]), head.header("content-type"), head.url.path)
    except NotAPage:
        return False
    return True


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(key.encode("ascii"), value.encode("ascii")) for key, value in headers.items()]


def _decoded(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for key, value in headers:
        try:
            yield key.decode("ascii").lower(), value.decode("utf-8")
        except UnicodeDecodeError:
            yield key.decode("latin-1").lower(), value.decode("latin-1")


def _tls_fault(error: httpcore2.NetworkError) -> ssl.SSLError | None:
    """The library drops causes, but hands the original over as the argument."""
    fault = error.args[0] if error.args else None
    return fault if isinstance(fault, ssl.SSLError) else None


def _words(fault: ssl.SSLError) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({fault.verify_message.rstrip('.')})"
    return "it does not speak TLS, or no version of it that is safe"
