"""What a fetch gives: the page as it came or, in words, why there is none. Decides, asks nobody."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from webis_mcp.errors import FetchFailed, NotAPage, PageTooLarge, SiteUnavailable
from webis_mcp.service.fetching.content import Kind, charset_of, kind_of, media_type
from webis_mcp.service.fetching.exchange import Answer
from webis_mcp.service.fetching.manners import parse_retry_after
from webis_mcp.service.fetching.urls import host_of

KEPT_HEADERS = frozenset(
    {
        "content-language",
        "etag",
        "last-modified",
        "link",
        "refresh",
        "retry-after",
        "x-robots-tag",
    }
)
"""What a later step may want: the language, the canonical address, the validators ..."""


BLANK = b"\xef\xbb\xbf\xfe\xff \t\r\n\f\v"
"""What a body holds that has nothing to read: byte-order marks and white space."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came.

    Attributes:
        url: where it was found, after redirects.
        content_type: as the header says, without parameters; `kind` is what it is.
        charset: as the header says, if it does; the page itself may say otherwise.
        body: decoded; cut at the limit where `truncated`.
        redirects: the addresses passed on the way, the first one asked for among them.
        headers: those of KEPT_HEADERS that came, by lower-case name.
        from_cache: whether it was fetched earlier, and is handed out again.
    """

    url: str
    status: int
    content_type: str
    charset: str | None
    body: bytes
    kind: Kind
    truncated: bool = False
    redirects: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    from_cache: bool = False


def fetched_from(answer: Answer, passed: tuple[str, ...], *, by_proxy: bool) -> Fetched:
    """What an answer gives to read; the words of an error page are worth reading too.

    Raises:
        NotAPage: it is something else.
        PageTooLarge: it is JSON, and was cut.
        FetchFailed: it is nothing.
    """
    if not answer.body.strip(BLANK) or answer.status < 200:
        raise no_page(answer)
    content_type = answer.header("content-type")
    try:
        kind = kind_of(answer.body, content_type, answer.url.path)
    except NotAPage as error:
        if answer.status < 400:
            raise
        raise no_page(answer) from error
    if kind == "json" and answer.truncated:
        raise PageTooLarge(
            f"The JSON is longer than {len(answer.body):,} bytes, and a part of it is none.",
            hint="Ask for less of it; WEBIS_MAX_PAGE_BYTES sets the limit.",
        )
    return Fetched(
        url=str(answer.url),
        status=answer.status,
        content_type=media_type(content_type),
        charset=charset_of(content_type),
        body=answer.body,
        kind=kind,
        truncated=answer.truncated,
        redirects=passed,
        warnings=tuple(_warnings(answer, passed, by_proxy=by_proxy)),
        headers={name: answer.header(name) for name, _ in answer.headers if name in KEPT_HEADERS},
    )


def no_page(answer: Answer) -> FetchFailed:
    """Why an answer gives nothing to read, by its status."""
    return why_no_page(host_of(answer.url), answer.status, pause=pause_asked(answer))


def why_no_page(host: str, status: int, *, pause: float | None = None) -> FetchFailed:
    """Why there is no page, by the status of the answer and the pause that it asks for."""
    if status in (404, 410):
        return FetchFailed(
            f"{host} has no page at this URL ({status}).", hint="Check it, or search for the page."
        )
    if status in (401, 403, 451):
        return FetchFailed(
            f"{host} does not give us the page ({status}).",
            hint="It may want a login, or keep programs out.",
        )
    if status == 429 or status >= 500:
        return SiteUnavailable(
            f"{host} cannot answer now ({status}).",
            hint="Ask again later." if pause is None else f"Ask again in {pause:.0f} s.",
        )
    if status == 200:
        return FetchFailed(f"{host} gives an empty page.")
    return FetchFailed(f"{host} answers {status}, with nothing to read.")


def pause_asked(answer: Answer) -> float | None:
    """The pause that a busy site asks for, in seconds."""
    if answer.status not in (429, 503):
        return None
    return parse_retry_after(answer.header("retry-after"), time.time())


def _warnings(answer: Answer, passed: tuple[str, ...], *, by_proxy: bool) -> Iterator[str]:
    if answer.truncated:
        yield f"The page is too long: only its first {len(answer.body):,} bytes are here."
    if (pause := pause_asked(answer)) is not None:
        yield f"The site asks to be left alone for {pause:.0f} s."
    if passed and passed[0].startswith("https:") and answer.url.scheme == "http":
        yield "The site redirected from https to http: others may have changed the page on its way."
    if by_proxy:
        yield "Fetched through WEBIS_PROXY, which looks up names: the address was not checked here."
