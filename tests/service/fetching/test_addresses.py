"""The address table: its edges, and every difference from what Python itself says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.service.fetching.addresses import (
    METADATA,
    NEVER4,
    NEVER6,
    PRIVATE4,
    PRIVATE6,
    UNICAST6,
    Address,
    Reach,
    literal,
    reach,
)

RANDOM_ADDRESSES = 20_000

STRICTER = {
    ip_network(block): reason
    for block, reason in {
        "168.63.129.16/32": "Azure's wire server",
        "192.0.0.0/24": "a few protocol anycast addresses in it are global; none serves pages",
        "192.88.99.0/24": "6to4 relays: withdrawn, and no end of a connection",
        "224.0.0.0/4": "multicast may be global; nobody fetches a page from it",
        "::/3": "not unicast: mapped, translated and NAT64 forms, and what is not handed out",
        "4000::/2": "not handed out",
        "8000::/1": "not handed out, or multicast; unique local and link-local are not global",
        "2001::/23": "protocol assignments: some are global, none serves pages",
        "2001:db8::/32": "documentation, in case a version forgets",
        "2002::/16": "6to4 embeds an IPv4 address",
        "3fff::/20": "documentation since 2024; older versions do not know",
    }.items()
}
"""Where we refuse and Python says global, with the reason for each."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1.1.1", "public"),
        ("9.255.255.255", "public"),
        ("10.0.0.0", "private"),
        ("10.255.255.255", "private"),
        ("11.0.0.0", "public"),
        ("100.63.255.255", "public"),
        ("100.64.0.0", "private"),
        ("100.100.100.200", "never"),
        ("100.128.0.0", "public"),
        ("126.255.255.255", "public"),
        ("127.0.0.1", "private"),
        ("169.254.169.254", "never"),
        ("172.15.255.255", "public"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", "public"),
        ("0.0.0.0", "never"),
        ("255.255.255.255", "never"),
        ("168.63.129.16", "never"),
        ("168.63.129.17", "public"),
        ("::", "never"),
        ("::1", "private"),
        ("::2", "never"),
        ("fd12::1", "private"),
        ("fd00:ec2::254", "never"),
        ("fe80::1%eth0", "never"),
        ("2606:4700::1111%eth0", "never"),
        ("2606:4700::1111", "public"),
        ("1fff:ffff::1", "never"),
        ("2000::", "public"),
        ("3ffe:ffff::1", "public"),
        ("3fff:fff::1", "never"),
        ("3fff:1000::1", "public"),
        ("4000::", "never"),
        ("5f00::5", "never"),
        ("2001:1ff:ffff::1", "never"),
        ("2001:200::1", "public"),
    ],
)
def test_the_reach_of_an_address(text: str, expected: Reach) -> None:
    assert reach(ip_address(text)) == expected


@pytest.mark.parametrize(
    "prefix",
    [
        "::",  # compatible
        "::ffff:0:0",  # mapped
        "::ffff:0:0:0",  # translated
        "64:ff9b::",  # NAT64
        "64:ff9b:1::",  # NAT64 for local use
    ],
)
@given(embedded=st.ip_addresses(v=4))
def test_no_ipv6_form_of_an_ipv4_address_is_public(prefix: str, embedded: IPv4Address) -> None:
    assert reach(IPv6Address(int(IPv6Address(prefix)) + int(embedded))) != "public"


@given(embedded=st.ip_addresses(v=4), rest=st.integers(0, 2**80 - 1))
def test_neither_6to4_nor_teredo_is_public(embedded: IPv4Address, rest: int) -> None:
    assert reach(IPv6Address((0x2002 << 112) + (int(embedded) << 80) + rest)) == "never"
    assert reach(IPv6Address((0x20010000 << 96) + (int(embedded) << 64) + rest % 2**64)) == "never"


def test_every_difference_from_python_is_known() -> None:
    for address in [*_edges(), *_random_addresses(RANDOM_ADDRESSES)]:
        ours, theirs = reach(address) == "public", address.is_global
        if ours:
            assert theirs, f"{address} is public for us only"
        elif theirs:
            assert any(address in network for network in STRICTER), address


def test_a_name_is_no_literal_address() -> None:
    assert literal("192.0.2.1") == IPv4Address("192.0.2.1")
    assert literal("::1") == IPv6Address("::1")
    for name in ("example.com", "127.1", "0x7f.0.0.1", "127.0.0.01", "2130706433", ""):
        assert literal(name) is None


def _edges() -> Iterator[Address]:
    """The first and last address of every block, and their neighbours outside."""
    blocks: list[IPv4Network | IPv6Network] = [*PRIVATE4, *NEVER4, *PRIVATE6, *NEVER6, UNICAST6]
    for network in [*blocks, *STRICTER]:
        first, last = int(network[0]), int(network[-1])
        for number in (first - 1, first, last, last + 1):
            if 0 <= number < 2**network.max_prefixlen:
                yield type(network[0])(number)
    yield from METADATA


def _random_addresses(count: int) -> Iterator[Address]:
    numbers = random.Random(3)
    for _ in range(count):
        yield IPv4Address(numbers.getrandbits(32))
        yield IPv6Address(numbers.getrandbits(128))
        yield IPv6Address((0x2 << 124) + numbers.getrandbits(124))
