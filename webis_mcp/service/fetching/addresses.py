"""Which IP addresses are the public web: a table. Nothing is resolved here, nothing connected.

The table follows IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its
updates; read in November 2026). Python's `ipaddress.is_global` is not used: its answer changes with
the Python version, and every version lets through some addresses that are not the public web.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal

Address = IPv4Address | IPv6Address
Reach = Literal["public", "private", "never"]


def _networks4(*blocks: str) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(block) for block in blocks)


def _networks6(*blocks: str) -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(block) for block in blocks)


METADATA: frozenset[Address] = frozenset(
    ip_address(text)
    for text in (
        "100.100.100.200",  # Alibaba Cloud
        "168.63.129.16",  # Azure's wire server: a public number that is answered inside
        "169.254.169.254",  # nearly everybody
        "192.0.0.192",  # Oracle Cloud, the old one
        "fd00:ec2::254",  # AWS
        "fd20:ce::254",  # Google Cloud
    )
)
"""Where clouds hand out credentials. Refused even to an operator who allows private addresses."""

PRIVATE4 = _networks4(
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared between a carrier and its customers (RFC 6598)
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
)
NEVER4 = _networks4(
    "0.0.0.0/8",  # "this network": Linux connects to itself
    "169.254.0.0/16",  # link-local
    "192.0.0.0/24",  # IETF protocol assignments; none of them is a web site
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # 6to4 relays, withdrawn
    "198.18.0.0/15",  # benchmarking
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and the broadcast address
)

PRIVATE6 = _networks6("::1/128", "fc00::/7")
UNICAST6 = IPv6Network("2000::/3")
"""All of IPv6 that is handed out. What lies outside is not listed but refused: that is where the
forms that embed an IPv4 address are (mapped, compatible, translated, NAT64), and any to come."""
NEVER6 = _networks6(
    "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, ORCHID ...
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4
    "3fff::/20",  # documentation
)


def reach(address: Address) -> Reach:
    """How far an address reaches: the public web, a private network, or nowhere for a page."""
    if address in METADATA:
        return "never"
    if isinstance(address, IPv4Address):
        return _reach4(address)
    return _reach6(address)


def literal(host: str) -> Address | None:
    """The address that a host name spells out, if it is one and not a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _reach4(address: IPv4Address) -> Reach:
    if _within(address, PRIVATE4):
        return "private"
    return "never" if _within(address, NEVER4) else "public"


def _reach6(address: IPv6Address) -> Reach:
    if address.scope_id is not None:  # an interface of this machine: never from a stranger's page
        return "never"
    if _within(address, PRIVATE6):
        return "private"
    return "never" if address not in UNICAST6 or _within(address, NEVER6) else "public"


def _within(address: Address, networks: Sequence[IPv4Network] | Sequence[IPv6Network]) -> bool:
    return any(address in network for network in networks)
