"""Whether a request is meant for us: its Host and its Origin, compared whole.

A page that a browser shows can send requests to any address, this machine's included, and by DNS
rebinding make them look as if they went to its own site. What it cannot do is choose the Host and
Origin that its browser sends. A prefix of either is worth nothing: `http://127.0.0.1:1@evil.test`.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import psutil
from starlette.types import ASGIApp, Receive, Scope, Send

from webis_mcp.server.http.answers import Header, Refusal, refuse

HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)
"""A host with or without a port; nothing else may stand in a Host header of ours."""

ORIGIN = re.compile(rf"https?://{HOST.pattern}", re.IGNORECASE)

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

WRONG_HOST = Refusal(
    421,
    "wrong_host",
    "This server does not go by the name in the Host header. If it should, name it in"
    " WEBIS_ALLOWED_HOSTS.",
)
WRONG_ORIGIN = Refusal(
    403,
    "wrong_origin",
    "Pages of this Origin may not use this server. If they should, name it in"
    " WEBIS_ALLOWED_ORIGINS.",
)


@dataclass(frozen=True, slots=True)
class Names:
    """What we go by.

    Args:
        hosts: names without ports; a port may be another one where a proxy or container maps it.
        origins: pages that may call us from a browser, besides those of our own hosts.
    """

    hosts: frozenset[str]
    origins: frozenset[str] = frozenset()

    def refusal(self, headers: Iterable[Header]) -> Refusal | None:
        """Why a request with these headers is not for us, if it is not."""
        hosts = [value for name, value in headers if name == b"host"]
        origins = [value for name, value in headers if name == b"origin"]
        if len(hosts) != 1 or not self._has(HOST, hosts[0]):
            return WRONG_HOST
        if len(origins) > 1 or not all(map(self._may_call, origins)):
            return WRONG_ORIGIN
        return None

    def _may_call(self, origin: bytes) -> bool:
        return origin.decode("latin-1").lower() in self.origins or self._has(ORIGIN, origin)

    def _has(self, form: re.Pattern[str], value: bytes) -> bool:
        found = form.fullmatch(value.decode("latin-1"))
        return found is not None and found["name"].lower() in self.hosts


class OnlyForUs:
    """Hands on the requests that are meant for us."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request on, or refuses it."""
        refusal = self._names.refusal(scope["headers"]) if scope["type"] == "http" else None
        if refusal:
            return await refuse(send, refusal)
        return await self._app(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names_of(host: str, more_hosts: Iterable[str], origins: Iterable[str]) -> Names:
    """What a server goes by that listens on `host`: on a loopback address the loopback names, else
    also every address and the name of this machine."""
    own = set(LOOPBACK) | {_bracketed(host.lower())} | {name.lower() for name in more_hosts}
    if not is_loopback(host):
        own |= {socket.gethostname().lower(), *_own_addresses()}
    return Names(frozenset(own), frozenset(origin.lower() for origin in origins))


def _own_addresses() -> Iterable[str]:
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family in (socket.AF_INET, socket.AF_INET6):
                yield _bracketed(address.address.partition("%")[0])


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
