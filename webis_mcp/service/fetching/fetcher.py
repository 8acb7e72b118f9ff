"""Fetches a stranger's page: may we, then ask, follow, wait, and say what came.

How a page is asked for is `exchange`, whom we connect to is `guard`, what a page says is for
`page/`. Where a page names another address by itself (meta refresh, canonical), it is for the
caller to fetch that next, under the same rules.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

import anyio
import anyio.to_thread
import httpx2

from webis_mcp.errors import FetchFailed, InvalidInput, SiteUnavailable, UrlRefused
from webis_mcp.service.fetching.cache import Cache
from webis_mcp.service.fetching.codings import ACCEPTED
from webis_mcp.service.fetching.exchange import Answer, Exchange, open_exchange
from webis_mcp.service.fetching.fetched import Fetched, fetched_from, pause_asked
from webis_mcp.service.fetching.guard import Resolve, resolve
from webis_mcp.service.fetching.manners import (
    MAX_WAIT_SECONDS,
    Pauses,
    RobotsFiles,
    Turns,
    user_agent,
)
from webis_mcp.service.fetching.robots import MAX_ROBOTS_BYTES, Rules, parse_robots
from webis_mcp.service.fetching.urls import host_of, join_url, origin_of, parse_url
from webis_mcp.settings import FetchLimits

Result = TypeVar("Result")
OnProgress = Callable[[str], Awaitable[None]]

ACCEPT = (
    "text/html, application/xhtml+xml, text/markdown;q=0.9, text/plain;q=0.8,"
    " application/json;q=0.7, */*;q=0.1"
)
ROBOTS_SECONDS = 5.0
MAX_HEADER_CHARS = 4096
NONE: Mapping[str, str] = MappingProxyType({})


async def _tell_nobody(_: str) -> None:
    pass


@asynccontextmanager
async def open_fetcher(
    limits: FetchLimits, *, resolve: Resolve = resolve, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Fetcher]:
    """A fetcher within limits; leaving closes its connections.

    Args:
        resolve: looks up names; the system's resolver if not given.
        trust: whose certificates are believed; those of the system's trust store if not given.
    """
    async with open_exchange(limits, resolve=resolve, trust=trust) as exchange:
        yield Fetcher(exchange, limits)


@dataclass(frozen=True, slots=True)
class Errand:
    """What one walk from URL to answer is for: where it starts, what it sends, whom it tells."""

    start: httpx2.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    known: Fetched | None = None
    tell: OnProgress = _tell_nobody
    for_robots: bool = False

    def headers_for(self, url: httpx2.URL) -> dict[str, str]:
        """What a URL on the way is sent: nothing of the caller's leaves the site it was for."""
        headers = dict(self.headers) if origin_of(url) == origin_of(self.start) else {}
        if self.known is not None and str(url) == self.known.url:
            for ask, name in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
                value = self.known.headers.get(name, "")
                if value and _is_sendable(value):  # it is the site's, and may be anything
                    headers[ask] = value
        return headers


class Fetcher:
    """Fetches pages. Safe to call concurrently."""

    def __init__(self, exchange: Exchange, limits: FetchLimits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._cache: Cache[Fetched] = Cache(limits.cache_bytes)
        self._robots = RobotsFiles()
        self._turns = Turns(per_host=limits.fetches_per_host, in_all=limits.fetches_at_once)
        self._pauses = Pauses()
        self._manner = {
            "User-Agent": user_agent(limits.user_agent_contact),
            "Accept": ACCEPT,
            "Accept-Encoding": ACCEPTED,
        }

    async def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = NONE,
        on_progress: OnProgress | None = None,
    ) -> Fetched:
        """The page at a URL, or what its site says in its place (see `status`).

        Args:
            headers: `Accept-Language`, and `Cookie` where the operator allows it.
            on_progress: told in words how far it is.

        Raises:
            InvalidInput: the headers cannot be sent.
            UrlRefused: the URL, or one that it redirects to, is not ours to ask.
            PageTooLarge: what comes is over twice the size of a page.
            NotAPage: it is an image, an archive, a PDF ...
            FetchFailed: the site gives nothing that can be read.
        """
        start = parse_url(url, self._limits)
        sent = permitted_headers(headers, allow_cookies=self._limits.allow_cookies)
        key = None if "Cookie" in sent else (str(start), *sent.values())
        kept = self._cache.get(key) if key else None
        if kept is not None and time.monotonic() < kept.at + self._limits.cache_seconds:
            return replace(kept.value, from_cache=True)
        known = kept.value if kept else None
        fetched = await self._run(Errand(start, sent, known, on_progress or _tell_nobody))
        if key and fetched.status == 200:
            self._cache.keep(key, fetched, at=time.monotonic(), size=len(fetched.body) + 4096)
        return fetched

    async def _run(self, errand: Errand) -> Fetched:
        seconds = self._limits.fetch_timeout_seconds
        try:
            with anyio.fail_after(seconds):
                answer, passed = await self._follow(errand)
        except TimeoutError as error:
            raise SiteUnavailable(
                f"The page of {host_of(errand.start)} did not come within {seconds:g} s.",
                hint="Ask again later; WEBIS_FETCH_TIMEOUT_SECONDS sets the limit.",
            ) from error
        if answer.status == 304 and errand.known is not None:
            return replace(errand.known, from_cache=True)
        return fetched_from(answer, passed, by_proxy=self._limits.proxy is not None)

    async def _follow(self, errand: Errand) -> tuple[Answer, tuple[str, ...]]:
        """The first answer that does not redirect, and the URLs passed before it."""
        url, passed = errand.start, list[str]()
        while True:
            if not (errand.for_robots or self._limits.ignore_robots):
                await self._heed_robots(url, errand.tell)
            answer = await self._ask(url, errand)
            if not answer.locations():
                return answer, tuple(passed)
            passed.append(str(url))
            url = next_url(answer, self._limits, hops=len(passed))

    async def _ask(self, url: httpx2.URL, errand: Errand, *, again: bool = True) -> Answer:
        """Ask for one URL; once more after a short pause, if the site asks for one."""
        host = host_of(url)
        await self._pause(host)
        async with self._turns.turn(host):
            answer = await self._exchange.ask(
                url,
                self._manner | errand.headers_for(url),
                on_step=lambda step: errand.tell(f"{step} {host}."),
                on_bytes=lambda size: errand.tell(f"Fetched {size / 1024:,.0f} KiB from {host}."),
                stop_at=MAX_ROBOTS_BYTES if errand.for_robots else None,
            )
        wait = pause_asked(answer)
        if wait is None:
            return answer
        self._pauses.ask(host, wait)
        left = anyio.current_effective_deadline() - anyio.current_time()
        if again and wait <= min(MAX_WAIT_SECONDS, left):
            return await self._ask(url, errand, again=False)
        return answer

    async def _pause(self, host: str) -> None:
        left = self._pauses.left(host)
        if left > MAX_WAIT_SECONDS:
            raise SiteUnavailable(
                f"{host} asked to be left alone for another {left:.0f} s.", hint="Ask again then."
            )
        await anyio.sleep(left)

    async def _heed_robots(self, url: httpx2.URL, tell: OnProgress) -> None:
        rules = await self._robots.of(
            origin_of(url), lambda origin: self._read_robots(origin, tell)
        )
        if not await _beside(lambda: rules.allow(url.raw_path.decode("ascii"))):
            raise UrlRefused(
                f"The robots.txt of {host_of(url)} closes this page to programs.",
                hint="Only the operator can change that (WEBIS_IGNORE_ROBOTS).",
            )

    async def _read_robots(self, origin: str, tell: OnProgress) -> Rules:
        """The rules of a site, by RFC 9309: a file that is not there (any 4xx, or a redirect that
        leads nowhere) allows all, one that cannot be read just now (5xx, no answer) nothing."""
        hint = "Ask again later; only the operator can do without it (WEBIS_IGNORE_ROBOTS)."
        url = parse_url(origin + "/robots.txt", self._limits)
        try:
            with anyio.fail_after(ROBOTS_SECONDS):
                answer, _ = await self._follow(Errand(url, tell=tell, for_robots=True))
        except (TimeoutError, SiteUnavailable) as error:
            why = str(error) or f"No answer for {ROBOTS_SECONDS:g} s."
            raise SiteUnavailable(
                f"{origin}/robots.txt cannot be read: {why}", hint=hint
            ) from error
        except (InvalidInput, FetchFailed):  # if the page is closed as well, asking for it says why
            return Rules()
        if answer.status >= 500:
            raise SiteUnavailable(f"{origin}/robots.txt answers {answer.status}.", hint=hint)
        if answer.status >= 400:
            return Rules()
        text = answer.body.decode("utf-8", "replace")
        return await _beside(lambda: parse_robots(text))


async def _beside(work: Callable[[], Result]) -> Result:
    """Do it in a thread: the worst robots.txt keeps a processor for two seconds."""
    return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)


def next_url(answer: Answer, limits: FetchLimits, *, hops: int) -> httpx2.URL:
    """Where an answer sends us on.

    Raises:
        UrlRefused: to a place that is not ours to ask, or to several.
        FetchFailed: it is one redirect too many.
    """
    host = host_of(answer.url)
    if hops > limits.max_redirects:
        raise FetchFailed(
            f"{host} redirects more than {limits.max_redirects} times.",
            hint="It may want a cookie or a login; look for another address of the page.",
        )
    first, *others = answer.locations()
    if others:
        raise UrlRefused(f"{host} redirects to several places at once.")
    try:
        return join_url(answer.url, first, limits)
    except UrlRefused as error:
        raise UrlRefused(f"{host} redirects: {error.message}", hint=error.hint) from error


def permitted_headers(headers: Mapping[str, str], *, allow_cookies: bool) -> dict[str, str]:
    """The caller's headers, if all of them may be sent.

    Raises:
        InvalidInput: one may not, or its value is none.
    """
    names = {"accept-language": "Accept-Language"}
    if allow_cookies:
        names["cookie"] = "Cookie"
    for name, value in headers.items():
        if name.lower() not in names:
            raise InvalidInput(
                f"The header {name[:40]!a} is not sent.",
                hint=f"Headers that are: {', '.join(names.values())}.",
            )
        if not _is_sendable(value):
            raise InvalidInput(
                f"The header {name} has a value that cannot be sent.",
                hint=f"Use printable ASCII, up to {MAX_HEADER_CHARS} characters.",
            )
    return {names[name.lower()]: value.strip() for name, value in headers.items()}


def _is_sendable(value: str) -> bool:
    return value.isascii() and value.isprintable() and len(value) <= MAX_HEADER_CHARS
