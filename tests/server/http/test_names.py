"""A Host and an Origin are compared whole; a request that names another is not for us."""

from __future__ import annotations

import pytest

from webis_mcp.server.http.names import Names, is_loopback, names_of

OURS = names_of("127.0.0.1", [], ["https://app.example"])


def status(names: Names, *headers: tuple[str, str]) -> int:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    refusal = names.refusal(raw)
    return refusal.status if refusal else 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9", "LOCALHOST", "[::1]:8000", "[::1]"]
)
def test_a_loopback_server_goes_by_the_loopback_names(host: str) -> None:
    assert status(OURS, ("host", host)) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "127.0.0.1.evil.test",
        "127.0.0.1?/health",
        "127.0.0.1#x",
        "127.0.0.1/x",
        "127.0.0.1@evil.test",
        "evil.test:127.0.0.1",
        "localhost:",
        "localhost:8000:8000",
        "localhost.",
        "::1",
        "",
        " localhost",
        "local\u00adhost",
    ],
)
def test_another_host_is_not_us(host: str) -> None:
    assert status(OURS, ("host", host)) == 421


def test_a_request_has_one_host() -> None:
    assert status(OURS) == 421
    assert status(OURS, ("host", "localhost"), ("host", "localhost")) == 421


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3000", "https://127.0.0.1", "https://app.example", "HTTPS://APP.EXAMPLE"],
)
def test_pages_of_ours_and_of_those_allowed_may_call(origin: str) -> None:
    assert status(OURS, ("host", "localhost"), ("origin", origin)) == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "",
        "http://127.0.0.1:1@evil.test",
        "http://127.0.0.1.evil.test",
        "https://app.example.evil.test",
        "https://app.example:444",
        "http://app.example",
        "file://localhost",
        "http://localhost/",
    ],
)
def test_pages_of_others_may_not(origin: str) -> None:
    assert status(OURS, ("host", "localhost"), ("origin", origin)) == 403


def test_a_server_for_others_goes_by_its_own_addresses_and_the_names_it_is_given() -> None:
    names = names_of("0.0.0.0", ["Pages.example"], [])
    assert status(names, ("host", "127.0.0.1:8000")) == 200
    assert status(names, ("host", "pages.example")) == 200
    assert status(names, ("host", "other.example")) == 421


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it
