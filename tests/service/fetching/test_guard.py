"""The guard: what a name resolves to is checked, and what was checked is connected to."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.site import Site, open_site, unused_port
from webis_mcp.errors import FetchFailed, PageTooLarge, SiteUnavailable, UrlRefused
from webis_mcp.service.fetching.addresses import Address
from webis_mcp.service.fetching.guard import GuardedBackend, OwnAddresses, Resolve, resolve

LOOPBACK = ip_address("127.0.0.1")
PUBLIC = ip_address("1.1.1.1")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


class Names:
    """A resolver that gives one list of addresses after the other, and counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str) -> list[Address]:
        self.asked += 1
        return [ip_address(text) for text in self.answers[min(self.asked, len(self.answers)) - 1]]


def guard(
    resolve: Resolve, *, allow_private: bool = False, max_bytes: int = 10**6
) -> GuardedBackend:
    return GuardedBackend(resolve=resolve, allow_private=allow_private, max_bytes=max_bytes)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["168.63.129.16"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::1"],
        ["1.1.1.1", "127.0.0.1"],
        ["127.0.0.1", "1.1.1.1"],
        ["1.1.1.1", "::1"],
        ["2606:4700::1111", "10.0.0.5"],
    ],
)
async def test_one_bad_answer_refuses_the_host(addresses: list[str]) -> None:
    with pytest.raises(UrlRefused) as refusal:
        await guard(Names(addresses)).connect_tcp("site.example", 80)
    assert not any(address in str(refusal.value) for address in addresses)


@given(
    address=st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=6, network="fc00::/7")
)
async def test_a_private_literal_is_refused_without_asking_anybody(
    address: IPv4Address | IPv6Address,
) -> None:
    names = Names(["1.1.1.1"])
    with pytest.raises(UrlRefused):
        await guard(names).connect_tcp(str(address), 80)
    assert names.asked == 0


async def test_the_address_that_was_checked_is_connected_to(site: Site) -> None:
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    stream = await guard(names, allow_private=True).connect_tcp("site.example", site.port)
    assert stream.get_extra_info("server_addr") == ("127.0.0.1", site.port)
    assert names.asked == 1
    await stream.aclose()


async def test_metadata_is_refused_even_where_private_addresses_are_allowed() -> None:
    with pytest.raises(UrlRefused):
        await guard(Names(["169.254.169.254"]), allow_private=True).connect_tcp("site.example", 80)


async def test_the_next_address_is_tried_when_one_does_not_answer(site: Site) -> None:
    closed = "127.0.0.2"  # nobody listens there: it is refused, or is no address of this machine
    stream = await guard(Names([closed, "127.0.0.1"]), allow_private=True).connect_tcp(
        "site.example", site.port
    )
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    await stream.aclose()


async def test_a_host_that_refuses_is_the_clients_to_report() -> None:
    with pytest.raises(httpcore2.ConnectError):
        await guard(Names(["127.0.0.1"]), allow_private=True).connect_tcp(
            "a.example", unused_port()
        )


async def test_sockets_of_this_machine_are_refused() -> None:
    with pytest.raises(UrlRefused):
        await guard(Names(["1.1.1.1"])).connect_unix_socket("/run/socket")


async def test_an_unknown_name_fails_and_a_busy_resolver_may_be_asked_again() -> None:
    async def unknown(host: str) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    async def busy(host: str) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_AGAIN, "busy")

    async def slow(host: str) -> Sequence[Address]:
        raise TimeoutError

    for resolver, error in (
        (unknown, FetchFailed),
        (busy, SiteUnavailable),
        (slow, SiteUnavailable),
    ):
        with pytest.raises(error, match=r"site\.example"):
            await guard(resolver).connect_tcp("site.example", 80)
    with pytest.raises(FetchFailed, match="no site called"):
        await guard(Names([])).connect_tcp("site.example", 80)


async def test_the_systems_resolver_knows_this_machine() -> None:
    assert LOOPBACK in await resolve("localhost")


async def test_a_name_no_resolver_can_be_asked_for_fails() -> None:
    with pytest.raises(FetchFailed, match="no site called"):
        await guard(resolve).connect_tcp("a" * 64 + ".example", 80)


def test_this_machines_addresses_are_known() -> None:
    own = OwnAddresses()
    assert LOOPBACK in own
    assert PUBLIC not in own


async def test_what_comes_in_is_metered_afresh_for_each_request(site: Site) -> None:
    site.page("/", b"a" * 600)
    site.page("/long", b"a" * 1200)
    stream = await guard(Names(["127.0.0.1"]), allow_private=True, max_bytes=1000).connect_tcp(
        "site.example", site.port
    )
    for _ in range(3):
        await stream.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await stream.read(1000)
    await stream.write(b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n")
    with pytest.raises(PageTooLarge, match="1,000 bytes"):
        await _read_all(stream)
    await stream.aclose()


async def _read_all(stream: httpcore2.AsyncNetworkStream) -> None:
    while await stream.read(1000):
        pass
