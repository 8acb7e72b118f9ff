"""The way to the hub: a hub, proxies and certificates on loopback, each with its fault."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import anyio
import pytest
import trustme

from tests.support.site import Site, open_site, unused_port
from tests.support.surroundings import empty_place, find, remedy_of
from webis_mcp.service.diagnosis.model import Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.proxies import proxy_for
from webis_mcp.service.diagnosis.report import diagnose
from webis_mcp.settings import HubSettings, Settings

CONFIG = "/org/model/resolve/main/config.json"
LISTING = "/api/models/org/model/tree/main"
TOKEN = "hf_averysecrettokenindeed"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return empty_place(tmp_path)


@pytest.fixture
async def hub() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


def head(site: Site, path: str, status: int = 200, **headers: str) -> None:
    """Answer a path with a head and no body."""
    lines = [f"HTTP/1.1 {status} Said", "Content-Length: 0"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    site.raw(path, "\r\n".join(lines).encode() + b"\r\n\r\n")


def asking(hub: Site, tmp_path: Path, **more: str) -> dict[str, str]:
    """The variables of somebody who wants a model from a hub."""
    return {
        "WEBIS_ENGINE": "vllm",
        "MODEL_PATH": "org/model",
        "HF_ENDPOINT": hub.url("").rstrip("/"),
        "HF_HOME": str(tmp_path / "kept"),
        **more,
    }


# The hub answers


async def test_a_hub_that_gives_the_model_is_fine(place: Place, hub: Site, tmp_path: Path) -> None:
    head(hub, CONFIG)
    environ = asking(hub, tmp_path)
    assert (await find("hub", place, **environ)).verdict is Verdict.OK
    finding = await find("model", place, **environ)
    assert finding.verdict is Verdict.OK
    assert "it can be downloaded" in finding.saw


@pytest.mark.parametrize(
    ("status", "code", "token", "told"),
    [
        (401, "GatedRepo", "", "Set HF_TOKEN=YOUR_TOKEN"),
        (403, "GatedRepo", TOKEN, "with the account of your HF_TOKEN"),
        (401, "RepoNotFound", "", "Correct MODEL_PATH"),
        (404, "EntryNotFound", "", "Correct MODEL_PATH"),
        (503, "", "", "Try again"),
    ],
)
async def test_a_refusal_of_the_hub_has_its_own_remedy(
    place: Place, hub: Site, tmp_path: Path, status: int, code: str, token: str, told: str
) -> None:
    head(hub, CONFIG, status, X_Error_Code=code)
    environ = asking(hub, tmp_path, HF_TOKEN=token)
    finding = await find("model", place, **environ)
    assert finding.verdict is (Verdict.WARNING if status == 503 else Verdict.PROBLEM)
    assert f"answers {status} {code}".rstrip() in finding.saw
    assert told in remedy_of(finding).said.en
    assert TOKEN not in str(finding)
    sent = hub.asked[0].headers.get("authorization")
    assert sent == (f"Bearer {token}" if token else None)
    head(hub, CONFIG, 302, Location="/elsewhere")
    assert (await find("model", place, **environ)).verdict is Verdict.OK


async def test_a_hub_that_hangs_is_left_in_time(place: Place, hub: Site, tmp_path: Path) -> None:
    hub.silent(CONFIG)
    with anyio.fail_after(6):
        finding = await find("hub", place, **asking(hub, tmp_path))
    assert finding.verdict is Verdict.PROBLEM
    assert "connected, but no answer within 2.4 s" in finding.saw


async def test_a_hub_that_speaks_no_http_is_told(place: Place, hub: Site, tmp_path: Path) -> None:
    hub.raw(CONFIG, b"no http\r\n\r\n")
    finding = await find("hub", place, **asking(hub, tmp_path))
    assert finding.verdict is Verdict.PROBLEM
    assert "cannot be reached" in finding.saw


async def test_a_name_that_leads_nowhere_is_told(place: Place, hub: Site, tmp_path: Path) -> None:
    endpoint = "http://no-such-host.invalid"
    finding = await find("hub", place, **asking(hub, tmp_path, HF_ENDPOINT=endpoint))
    assert finding.verdict is Verdict.PROBLEM
    assert "HF_ENDPOINT to a mirror" in remedy_of(finding).said.en
    assert f"HF_ENDPOINT={endpoint}" in finding.rests_on
    head(hub, CONFIG)
    assert (await find("hub", place, **asking(hub, tmp_path))).verdict is Verdict.OK


async def test_an_endpoint_without_a_scheme_stops_no_server_but_is_told(
    place: Place, hub: Site, tmp_path: Path
) -> None:
    finding = await find("hub", place, **asking(hub, tmp_path, HF_ENDPOINT="hf-mirror.com"))
    assert finding.verdict is Verdict.PROBLEM
    assert "Set HF_ENDPOINT=https://hf-mirror.com " in remedy_of(finding).said.en


@pytest.mark.parametrize("endpoint", ["http://[", "http://", "https://h:99999", "ftp://h", "x y"])
async def test_an_endpoint_of_nonsense_is_a_problem_and_no_bug(
    place: Place, hub: Site, tmp_path: Path, endpoint: str
) -> None:
    finding = await find("hub", place, **asking(hub, tmp_path, HF_ENDPOINT=endpoint))
    assert finding.verdict is Verdict.PROBLEM


@pytest.mark.parametrize("proxy", ["http://[", "nonsense", "http://h:99999", "socks5://127.0.0.1"])
async def test_a_proxy_of_nonsense_is_a_problem_and_no_bug(
    place: Place, hub: Site, tmp_path: Path, proxy: str
) -> None:
    finding = await find("hub", place, **asking(hub, tmp_path, HTTP_PROXY=proxy))
    assert finding.verdict is Verdict.PROBLEM
    assert "HTTP_PROXY" in str(remedy_of(finding))


async def test_the_size_on_the_hub_is_held_against_the_disk(
    place: Place, hub: Site, tmp_path: Path
) -> None:
    head(hub, CONFIG)
    hub.page(LISTING, b'[{"path": "model.safetensors", "size": 9000000000000000}]')
    environ = asking(hub, tmp_path)
    finding = await find("disk", place, **environ)
    assert finding.verdict is Verdict.PROBLEM
    assert "org/model needs 8381903.2" in finding.saw
    assert finding.rests_on == (f"HF_HOME={tmp_path / 'kept'}",)
    assert "or set HF_HOME to a folder on a larger disk" in remedy_of(finding).said.en
    hub.page(LISTING, b'[{"path": "model.safetensors", "size": 9}, {"path": "README"}, 7]')
    assert (await find("disk", place, **environ)).verdict is Verdict.OK


# Proxies


async def test_a_proxy_that_refuses_is_told_without_its_password(
    place: Place, hub: Site, tmp_path: Path
) -> None:
    port = unused_port()
    head(hub, CONFIG)
    environ = asking(hub, tmp_path, http_proxy=f"http://me:pa55word@127.0.0.1:{port}")
    report = await diagnose(Settings.from_environ(environ), place=place, checks=["hub", "model"])
    for finding in report.findings:
        assert finding.verdict is Verdict.PROBLEM
        assert "pa55word" not in str(finding)
    refused = report.findings[1]
    assert f"through HTTP_PROXY (127.0.0.1:{port}) cannot be reached" in refused.saw
    assert f"HTTP_PROXY=127.0.0.1:{port}" in refused.rests_on
    assert f"Start the proxy at 127.0.0.1:{port}, or correct or unset HTTP_PROXY" in str(refused)
    environ["NO_PROXY"] = "127.0.0.1"
    assert (await find("hub", place, **environ)).verdict is Verdict.OK


async def test_a_proxy_that_answers_is_gone_through(
    place: Place, hub: Site, tmp_path: Path
) -> None:
    endpoint = "http://hub.example"
    head(hub, f"{endpoint}{CONFIG}")
    environ = asking(hub, tmp_path, HF_ENDPOINT=endpoint, HTTP_PROXY=f"127.0.0.1:{hub.port}")
    finding = await find("hub", place, **environ)
    assert finding.verdict is Verdict.OK, finding
    assert finding.saw == f"{endpoint} through HTTP_PROXY (127.0.0.1:{hub.port}) answers (200)."


async def test_a_proxy_that_wants_a_password_is_told(
    place: Place, hub: Site, tmp_path: Path
) -> None:
    head(hub, f"http://hub.example{CONFIG}", 407)
    proxy = f"http://127.0.0.1:{hub.port}"
    environ = asking(hub, tmp_path, HF_ENDPOINT="http://hub.example", ALL_PROXY=proxy)
    finding = await find("hub", place, **environ)
    assert finding.verdict is Verdict.PROBLEM
    assert f"http://USER:PASSWORD@127.0.0.1:{hub.port}" in remedy_of(finding).said.en
    head(hub, "hub.example:443", 407)
    environ |= {"HF_ENDPOINT": "https://hub.example"}
    assert "407" in (await find("hub", place, **environ)).saw


async def test_a_proxy_of_windows_is_looked_for_there(
    place: Place, tmp_path: Path, hub: Site
) -> None:
    proc = tmp_path / "proc"
    (proc / "net").mkdir(parents=True)
    (proc / "version").write_text("Linux 6.6-microsoft-standard-WSL2")
    gateway = "Iface\tDestination\tGateway\neth0\t00000000\t0200007F\n"  # 127.0.0.2
    (proc / "net" / "route").write_text(gateway)
    wsl = replace(place, proc=proc)
    windows = await anyio.create_tcp_listener(local_host="127.0.0.2")
    port = windows.extra(anyio.abc.SocketAttribute.local_port)
    environ = asking(hub, tmp_path, HF_ENDPOINT="https://hub.example")
    environ["HTTPS_PROXY"] = f"http://127.0.0.1:{port}"
    async with windows:
        told = remedy_of(await find("hub", wsl, **environ)).said
    assert f"Set HTTPS_PROXY=http://127.0.0.2:{port} in the `env`" in told.en
    assert "allow connections" not in told.en
    told = remedy_of(await find("hub", wsl, **environ)).said
    assert f"HTTPS_PROXY=http://127.0.0.2:{port}" in told.zh
    assert "allow connections from the LAN" in told.en


@pytest.mark.parametrize(
    ("url", "no_proxy", "variable"),
    [
        ("https://hub.example/", None, "HTTPS_PROXY"),
        ("http://hub.example/", None, "ALL_PROXY"),
        ("https://hub.example/", "localhost,.example", None),
        ("https://hub.example/", "hub.example", None),
        ("https://hub.example/", "*", None),
        ("https://nothub.example/", "hub.example", "HTTPS_PROXY"),
    ],
)
def test_a_url_has_its_proxy(url: str, no_proxy: str | None, variable: str | None) -> None:
    hub = HubSettings.model_validate(
        {"HTTPS_PROXY": "http://a:1", "ALL_PROXY": "b:2", "NO_PROXY": no_proxy}
    )
    proxy = proxy_for(url, hub)
    assert (proxy and proxy[0]) == variable


def test_lower_case_goes_before_upper_case() -> None:
    settings = Settings.from_environ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"})
    assert proxy_for("https://hub.example/", settings.hub) == ("HTTPS_PROXY", "http://a:1")


# Offline


async def test_offline_without_the_model_is_a_problem(
    place: Place, hub: Site, tmp_path: Path
) -> None:
    environ = asking(hub, tmp_path, HF_HUB_OFFLINE="1")
    finding = await find("model", place, **environ)
    assert finding.verdict is Verdict.PROBLEM
    assert "Unset HF_HUB_OFFLINE" in remedy_of(finding).said.en
    assert (await find("hub", place, **environ)).verdict is Verdict.NOT_APPLICABLE
    assert hub.asked == []


# TLS and the clock


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def test_a_certificate_is_trusted_once_its_authority_is(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    async with open_site(context_of(authority.issue_cert("127.0.0.1"))) as site:
        head(site, CONFIG)
        environ = asking(site, tmp_path, HF_ENDPOINT=f"https://127.0.0.1:{site.port}")
        finding = await find("certificates", place, **environ)
        assert finding.verdict is Verdict.PROBLEM
        assert "certificate verify failed" in finding.saw
        assert "SSL_CERT_FILE" in remedy_of(finding).said.en
        assert (await find("hub", place, **environ)).verdict is Verdict.PROBLEM
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert (await find("certificates", place, **environ)).verdict is Verdict.OK
        assert (await find("hub", place, **environ)).verdict is Verdict.OK


async def test_an_expired_certificate_may_be_a_wrong_clock(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    expired = authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with open_site(context_of(expired)) as site:
        environ = asking(site, tmp_path, HF_ENDPOINT=f"https://127.0.0.1:{site.port}")
        finding = await find("clock", place, **environ)
    assert finding.verdict is Verdict.WARNING
    assert "has expired" in finding.saw


@pytest.mark.parametrize(
    ("hours", "verdict"), [(0, Verdict.OK), (-26, Verdict.PROBLEM), (26, Verdict.PROBLEM)]
)
async def test_the_clock_is_held_against_the_hubs(
    place: Place, hub: Site, tmp_path: Path, hours: int, verdict: Verdict
) -> None:
    told = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    head(hub, CONFIG, Date=told)
    finding = await find("clock", place, **asking(hub, tmp_path))
    assert finding.verdict is verdict
    if hours:
        assert ("behind" if hours > 0 else "ahead of") in finding.saw
        assert remedy_of(finding).said.en
