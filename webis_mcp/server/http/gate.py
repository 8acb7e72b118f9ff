"""The gate: whose key a request bears, and what that key may do.

It reads headers and the digest of a key, never a path: which paths it stands before is for the
`front` to say. What a key looks like and how it is kept is for `server/keys`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl

import anyio
from starlette.types import Scope

from webis_mcp.server.http.answers import Header, Refusal
from webis_mcp.server.http.rates import Rate
from webis_mcp.server.keys.keyring import Keyring, Principal
from webis_mcp.server.keys.record import ALL
from webis_mcp.server.keys.record import Scope as Permission

WRONG_KEYS_PER_MINUTE = 30
"""Of one peer, before it has to wait. No guess will hit 256 bits; this keeps a log readable and a
client with a stale key from asking without pause."""

LOOK_SECONDS = 0.25
"""Between two looks at which keys still hold: streams of a revoked one end within a second."""

IN_QUERY = frozenset({"api_key", "apikey", "key", "token", "access_token", "x-api-key"})

NO_KEY = Refusal(
    401,
    "invalid_token",
    "This server asks for an API key. Send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
    " The operator makes one with `webis-mcp keys add NAME`; an expired or revoked one does not"
    " count.",
    ((b"www-authenticate", b'Bearer realm="webis-mcp"'),),
)
"""One answer for a key that is missing, wrong, expired or revoked: a guess learns nothing. It names
no authorization server, or clients would open a browser to sign in."""

KEY_IN_QUERY = Refusal(
    400,
    "invalid_request",
    "An API key does not belong into a URL, where it ends in logs: send it as"
    " `Authorization: Bearer KEY`. If it was a real one, revoke it.",
)

ANYBODY = Principal(id="-", name="anybody on this machine", scopes=ALL)
"""Who asks where there are no keys, and only this machine can ask."""


def credential_of(headers: Iterable[Header]) -> str:
    """The key that the headers bear; empty where there is none, or more than one."""
    found = {key for name, value in headers if (key := _key_in(name, value)) is not None}
    lines = [name for name, _ in headers]
    once = lines.count(b"authorization") <= 1 and lines.count(b"x-api-key") <= 1
    return found.pop() if len(found) == 1 and once else ""


def has_credential(headers: Iterable[Header]) -> bool:
    """Whether the headers bear a key, good or not."""
    return any(name in (b"authorization", b"x-api-key") for name, _ in headers)


def _key_in(name: bytes, value: bytes) -> str | None:
    if name == b"x-api-key":
        return value.decode("latin-1")
    if name != b"authorization":
        return None
    scheme, _, key = value.decode("latin-1").partition(" ")
    return key.strip(" ") if scheme.lower() == "bearer" else ""


def key_in_query(query: bytes) -> Refusal | None:
    """The refusal of a URL that holds a key."""
    names = {name.lower() for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)}
    return KEY_IN_QUERY if names & IN_QUERY else None


def peer_of(scope: Scope) -> str:
    """The address that a request came from."""
    return str(scope["client"][0]) if scope.get("client") else "-"


class Gate:
    """Admits who bears a good key, for as long as it is good.

    Args:
        keys: who may.
        is_open: whether anybody may while there is no key: only this machine can ask.
        calls: how many calls a key has; None for as many as it likes.
    """

    def __init__(
        self,
        keys: Keyring,
        *,
        is_open: bool,
        calls: Rate | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._is_open = is_open
        self._calls = calls
        self._wrong = Rate(WRONG_KEYS_PER_MINUTE / 60, WRONG_KEYS_PER_MINUTE, now=now)
        self._inside: dict[anyio.CancelScope, Principal] = {}

    def admit(self, credential: str, peer: str) -> Principal | Refusal:
        """Who bears a credential, or why it is not enough."""
        if principal := self._keys.admit(credential) or self._admit_anew(credential):
            return principal
        if self._lets_anybody():
            return ANYBODY
        if credential and (wait := self._wrong.take(peer)):
            return too_often(wait, "Too many wrong keys came from this address.")
        return NO_KEY

    def _admit_anew(self, credential: str) -> Principal | None:
        """Looks at the file before it says no: a key may have been made this moment."""
        self._keys.refresh()
        return self._keys.admit(credential)

    def charge(self, principal: Principal) -> Refusal | None:
        """Counts a call of a key; the refusal where it has had enough."""
        wait = self._calls.take(principal.id) if self._calls else 0
        return too_often(wait, "This key has called too often.") if wait else None

    @contextmanager
    def inside(self, principal: Principal) -> Iterator[anyio.CancelScope]:
        """What is done for a principal, cancelled when its key no longer holds."""
        with anyio.CancelScope() as scope:
            self._inside[scope] = principal
            try:
                yield scope
            finally:
                del self._inside[scope]

    async def watch(self) -> None:
        """Puts out whose key no longer holds, until cancelled."""
        while True:
            await anyio.sleep(LOOK_SECONDS)
            self._keys.refresh()
            for scope, principal in list(self._inside.items()):
                if not self._holds(principal):
                    scope.cancel()

    def _holds(self, principal: Principal) -> bool:
        return self._lets_anybody() if principal is ANYBODY else self._keys.holds(principal.id)

    def _lets_anybody(self) -> bool:
        if self._keys.has_records:
            self._is_open = False  # for good: a file that is lost must not open the door
        return self._is_open


def may(principal: Principal, permission: Permission) -> Refusal | None:
    """The refusal of what a key was not given."""
    if permission in principal.scopes:
        return None
    words = f"This API key lacks the scope `{permission}`; the operator adds a key that has it."
    challenge = f'Bearer realm="webis-mcp", error="insufficient_scope", scope="{permission}"'
    return Refusal(403, "insufficient_scope", words, ((b"www-authenticate", challenge.encode()),))


def too_often(wait: int, words: str) -> Refusal:
    """The answer to what may be asked again after some seconds."""
    after = ((b"retry-after", str(wait).encode()),)
    return Refusal(429, "too_many_requests", f"{words} Try again in {wait} s.", after)
