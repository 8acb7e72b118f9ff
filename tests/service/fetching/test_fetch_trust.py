"""Whom a fetch believes: certificates, and the operator's proxy."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import pytest
import trustme

from tests.support.site import PAGE, Site, fetching, limits_for, open_site, to_loopback, unused_port
from webis_mcp.errors import FetchFailed, UrlRefused
from webis_mcp.service.fetching.fetcher import open_fetcher


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


async def test_the_certificate_is_compared_with_the_name_in_the_url(authority: trustme.CA) -> None:
    server, client = (
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        ssl.create_default_context(),
    )
    authority.issue_cert("tides.example").configure_cert(server)
    authority.configure_trust(client)
    async with open_site(server) as site:
        site.page("/")
        async with open_fetcher(limits_for(site), resolve=to_loopback, trust=client) as fetcher:
            page = await fetcher.fetch(site.url("/", host="tides.example", scheme="https"))
            assert page.body == PAGE
            with pytest.raises(FetchFailed, match="certificate is not valid"):
                await fetcher.fetch(site.url("/", host="other.example", scheme="https"))


async def test_a_certificate_that_the_system_does_not_trust_is_refused(
    authority: trustme.CA,
) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("tides.example").configure_cert(server)
    async with open_site(server) as site, fetching(site) as fetcher:
        with pytest.raises(FetchFailed, match="certificate is not valid"):
            await fetcher.fetch(site.url("/", host="tides.example", scheme="https"))
    assert site.asked == []


async def test_a_site_without_tls_is_told_apart(site: Site) -> None:
    site.silent("/")
    async with fetching(site, stall_timeout_seconds=0.5) as fetcher:
        with pytest.raises(FetchFailed):
            await fetcher.fetch(site.url("/", scheme="https"))


async def test_a_proxy_is_asked_when_the_operator_names_one_and_the_page_says_so(
    site: Site,
) -> None:
    site.page("http://tides.example/")
    limits = limits_for(
        site, allowed_ports={80}, allow_private_addresses=False, ignore_robots=True,
        proxy=f"http://us:word@127.0.0.1:{site.port}",
    )  # fmt: skip
    async with open_fetcher(limits) as fetcher:
        page = await fetcher.fetch("http://tides.example/")
        assert page.body == PAGE
        assert "WEBIS_PROXY" in page.warnings[0]
        assert site.asked[0].headers["proxy-authorization"].startswith("Basic ")
        with pytest.raises(UrlRefused):
            await fetcher.fetch("http://10.0.0.5/")


async def test_a_proxy_in_the_environment_is_not_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    site.page("/")
    async with fetching(site) as fetcher:
        assert (await fetcher.fetch(site.url("/"))).body == PAGE
