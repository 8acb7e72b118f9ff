"""The way to the hub that models come from: name, proxy, certificate, answer, clock.

Asks what vLLM's download would ask, by the same way; it takes no more than heads.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import anyio

from webis_mcp.service.diagnosis.looking import aside
from webis_mcp.service.diagnosis.proxies import address_of, proxy_for
from webis_mcp.settings import HubSettings

if TYPE_CHECKING:
    import httpx2

WAY_SECONDS = 2.4
"""Longest time for the whole way: to reach whoever is asked first, and to have an answer."""

SIZE_SECONDS = 0.8
"""Longest time that the sizes of the files are waited for: without them a report is good, too."""

MOST_LISTED = 2_000_000
"""Bytes of a listing that are looked at: a model has dozens of files."""

Trouble = Literal[
    "no_url",
    "name",
    "refused",
    "unreachable",
    "timeout",
    "certificate",
    "proxy",
    "protocol",
    "no_answer",
]


@dataclass(frozen=True, slots=True)
class EndpointSeen:
    """What came of asking the hub.

    Attributes:
        asked: host and port that were to be reached first: the proxy's, where there is one.
        proxy: the variable that names the proxy.
        status: of its answer for the model, or for its front page without one.
        error_code: what the hub calls its refusal, as `GatedRepo`.
        size: bytes of the model's files on the hub.
        skew: seconds that our clock is ahead of the hub's.
    """

    url: str
    asked: str
    proxy: str | None = None
    trouble: Trouble | None = None
    detail: str = ""
    status: int | None = None
    error_code: str | None = None
    size: int | None = None
    skew: float | None = None


async def look_at_endpoint(hub: HubSettings, model: str | None) -> EndpointSeen:
    """What the hub answers for a model's `config.json`, or for itself where no model is named."""
    base = hub.endpoint.rstrip("/")
    if not base.startswith(("http://", "https://")) or not address_of(base)[0]:
        return EndpointSeen(base, "", trouble="no_url", detail="that is no URL")
    url = f"{base}/{quote(str(model))}/resolve/main/config.json" if is_hub_name(model) else base
    proxy = proxy_for(url, hub)
    host, port = address_of(proxy[1] if proxy else url)
    seen = EndpointSeen(base, f"{host}:{port}", proxy[0] if proxy else None)
    deadline = anyio.current_time() + WAY_SECONDS
    trouble = await reach(host, port, seconds=WAY_SECONDS)
    if trouble:
        return _with(seen, *trouble)
    with anyio.CancelScope(deadline=deadline):
        return await _ask(seen, hub, url, model)
    return _with(seen, "no_answer", f"connected, but no answer within {WAY_SECONDS:g} s")


def is_hub_name(model: str | None) -> bool:
    """Whether a model is named by its place on the hub, not by a folder."""
    return bool(model) and not str(model).startswith(("/", ".", "~")) and "\\" not in str(model)


def _headers(hub: HubSettings) -> dict[str, str]:
    return {"Authorization": f"Bearer {hub.token.get_secret_value()}"} if hub.token else {}


def _with(seen: EndpointSeen, trouble: Trouble, detail: str) -> EndpointSeen:
    return EndpointSeen(seen.url, seen.asked, seen.proxy, trouble, detail)


async def reach(host: str, port: int, *, seconds: float) -> tuple[Trouble, str] | None:
    """Why a connection cannot be opened, if it cannot."""
    try:
        with anyio.fail_after(seconds):
            # A thread of our own: the loop would wait at its end for a resolver that hangs.
            found = await aside(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            stream = await anyio.connect_tcp(str(found[0][4][0]), port)
            await stream.aclose()
    except TimeoutError:
        return "timeout", f"nothing answered within {seconds:g} s"
    except (socket.gaierror, UnicodeError):
        return "name", "the name cannot be resolved"
    except ConnectionRefusedError:
        return "refused", "connection refused"
    except (OSError, OverflowError) as error:
        cause = error.__cause__ or error
        refused = isinstance(cause, ConnectionRefusedError)
        return ("refused" if refused else "unreachable"), _words(cause)
    return None


async def _ask(seen: EndpointSeen, hub: HubSettings, url: str, model: str | None) -> EndpointSeen:
    import httpx2  # here, because most reports ask no hub

    proxy, headers = proxy_for(url, hub), _headers(hub)

    try:
        async with httpx2.AsyncClient(
            trust_env=False,
            proxy=proxy[1] if proxy else None,
            headers=headers,
            verify=await aside(_trusted),
        ) as client:
            answer = await client.head(url)
            size = await _size(client, seen.url, model) if answer.status_code < 400 else None
    except httpx2.ProxyError as error:
        return _with(seen, "proxy", _words(error))
    except httpx2.TransportError as error:
        return _with(seen, "certificate" if _is_certificate(error) else "protocol", _words(error))
    except (
        ValueError,
        ImportError,
        httpx2.InvalidURL,
    ) as error:  # a proxy of a kind that is not known here
        return _with(seen, "proxy", _words(error))
    return _answered(seen, answer, size)


def _trusted() -> ssl.SSLContext:
    """Trusts whom the system trusts; `SSL_CERT_FILE` counts, as in the download."""
    return ssl.create_default_context()


async def _size(client: httpx2.AsyncClient, base: str, model: str | None) -> int | None:
    """Bytes of a model's weights, as the hub lists its files; None where it does not."""
    if not is_hub_name(model):
        return None
    import httpx2

    files: list[object] = []
    left = anyio.current_effective_deadline() - anyio.current_time()
    try:
        with anyio.move_on_after(min(SIZE_SECONDS, left - 0.1)):
            listed = await client.get(f"{base}/api/models/{quote(str(model))}/tree/main")
            files = listed.json() if len(listed.content) <= MOST_LISTED else []
    except (ValueError, httpx2.TransportError):  # it answered before, which is what matters
        return None
    sizes = [
        file["size"]
        for file in files
        if isinstance(file, dict)
        and str(file.get("path", "")).endswith(".safetensors")
        and isinstance(file.get("size"), int)
    ]
    return sum(sizes) or None


def _answered(seen: EndpointSeen, answer: httpx2.Response, size: int | None) -> EndpointSeen:
    return EndpointSeen(
        seen.url,
        seen.asked,
        seen.proxy,
        status=answer.status_code,
        error_code=answer.headers.get("X-Error-Code"),
        size=size,
        skew=_skew(answer.headers.get("Date")),
    )


def _skew(date: str | None) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
