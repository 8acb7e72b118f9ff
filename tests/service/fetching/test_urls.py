"""URL rules: what is asked for, what is refused, and that nothing else can happen."""

from __future__ import annotations

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webis_mcp.errors import UrlRefused
from webis_mcp.service.fetching.addresses import literal, reach
from webis_mcp.service.fetching.urls import MAX_URL_CHARS, host_of, join_url, origin_of, parse_url
from webis_mcp.settings import FetchLimits

LIMITS = FetchLimits()
PRIVATE = FetchLimits.model_validate({"allow_private_addresses": True})
BASE = httpx2.URL("http://site.example/a/b?c")

PIECES = st.sampled_from(
    (
        *(
            "http",
            "https",
            "ftp",
            "file",
            "HTTP",
            ":",
            "://",
            "//",
            "/",
            "\\",
            "@",
            "#",
            "?",
            "[",
            "]",
        ),
        *(
            "%",
            "%2f",
            "%00",
            "%25",
            ".",
            "..",
            "-",
            "_",
            "~",
            ",",
            ";",
            "&",
            "=",
            "+",
            "0",
            "00",
            "1",
        ),
        *(
            "80",
            "443",
            "8080",
            "99999",
            "127",
            "0x7f",
            "0177",
            "127.0.0.1",
            "2130706433",
            "10.0.0.5",
        ),
        *("169.254.169.254", "1.1.1.1", "::1", "::ffff:7f00:1", "fe80::1%25lo", "64:ff9b::7f00:1"),
        *("localhost", "local", "site", "example", "com", "xn--bcher-kva", "bücher", "a" * 70),
        *(
            "\u200b",
            "\u202e",
            "\u00ad",
            "\uff11",
            "\u3002",
            "\u2460",
            "\u06f1",
            "\ud800",
            "\0",
            "\t",
        ),
        *("\n", "\r", " ", "", "a." * 130),
    )
)
URLS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("http://site.example/a?b=c", "http://site.example/a?b=c"),
        ("HTTPS://Site.Example/A#part", "https://site.example/A"),
        ("http://site.example.:8080/", "http://site.example:8080/"),
        ("https://site.example:443/", "https://site.example/"),
        ("http://bücher.example/über", "http://xn--bcher-kva.example/%C3%BCber"),
        ("http://a_b.example/a%20b/@x:y", "http://a_b.example/a%20b/@x:y"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("http://[2606:4700::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://1password.example/", "http://1password.example/"),
    ],
)
def test_a_public_url_is_asked_for_in_one_form(text: str, asked: str) -> None:
    assert str(parse_url(text, LIMITS)) == asked


@pytest.mark.parametrize(
    "text",
    [
        "site.example/a",
        "//site.example/a",
        "http:/site.example/a",
        "http:site.example",
        "http://",
        "http:///a",
        "ftp://site.example/a",
        "file:///etc/hosts",
        "data:text/html,a",
        "javascript:alert(1)",
        "view-source:http://site.example/",
        "http+unix://%2Frun%2Fsocket/a",
        "http://user@site.example/",
        "http://user:word@site.example/",
        "http://@site.example/",
        "http://site.example\\@1.1.1.1/",
        "http://site.example/a b",
        " http://site.example/",
        "http://site.example/\n",
        "http://site.example/\u200b",
        "http://site\u00ad.example/",
        "http://si%74e.example/",
        "http://site.example%00/",
        "http://site.example:+80/",
        "http://site.example:٨٠/",
        "http://site.example:99999/",
        "http://site.example:22/",
        "http://site.example:0/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[::1%25lo]/",
        "http://[v1.a]/",
        "http://site..example/",
        "http://.example/",
        "http://site,other.example/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 127 + "example/",
        "http://127.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://site.0x/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127\u30020\u30020\u30021/",
        "http://site.example/" + "a" * MAX_URL_CHARS,
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(UrlRefused):
        parse_url(text, PRIVATE)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "db",
        "a.localhost",
        "printer.local",
        "nas.lan",
        "router.home.arpa",
        "metadata.google.internal",
        "api.default.svc",
        "hidden.onion",
        "127.0.0.1",
        "10.0.0.5",
        "[::1]",
        "[fd12::1]",
    ],
)
def test_a_private_place_is_for_the_operator_to_allow(host: str) -> None:
    with pytest.raises(UrlRefused):
        parse_url(f"http://{host}/", LIMITS)
    parse_url(f"http://{host}/", PRIVATE)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "168.63.129.16", "0.0.0.0", "[::ffff:10.0.0.5]", "[fd00:ec2::254]"]
)
def test_some_addresses_nobody_can_allow(host: str) -> None:
    with pytest.raises(UrlRefused):
        parse_url(f"http://{host}/", PRIVATE)


def test_ports_are_those_of_the_setting() -> None:
    limits = FetchLimits.model_validate({"WEBIS_ALLOWED_PORTS": "81"})
    parse_url("http://site.example:81/", limits)
    with pytest.raises(UrlRefused, match=r"Port 80 .* WEBIS_ALLOWED_PORTS"):
        parse_url("http://site.example/", limits)


def test_a_refusal_shows_strange_characters_escaped() -> None:
    with pytest.raises(UrlRefused) as refusal:
        parse_url("http://site.example/\u202egnp", LIMITS)
    assert str(refusal.value).isascii()


@given(URLS)
@example("http://localhost\u3002/")
@example("http://[]/")
@example("http://a.b:" + "9" * 5000)
def test_any_text_is_refused_or_is_a_public_url(text: str) -> None:
    try:
        url = parse_url(text, LIMITS)
    except UrlRefused:
        return
    address = literal(host_of(url))
    assert address is None or reach(address) == "public"
    assert url.scheme in ("http", "https")
    assert str(url).isascii()
    assert parse_url(str(url), LIMITS) == url


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("d", "http://site.example/a/d"),
        ("/d e", "http://site.example/d%20e"),
        ("?d", "http://site.example/a/b?d"),
        ("//other.example/d", "http://other.example/d"),
        (" https://other.example/é ", "https://other.example/%C3%A9"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
    ],
)
def test_a_redirect_leads_where_it_says(location: str, target: str) -> None:
    assert str(join_url(BASE, location, LIMITS)) == target


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "//127.0.0.1/",
        "//2130706433/",
        "/\\127.0.0.1/",
        "http:\\\\127.0.0.1\\",
        "http://[::1",
        "file:///etc/hosts",
        "javascript:1",
        "data:text/html,a",
        "http://user@other.example/",
        "http://other.example:22/",
        "/\x00",
    ],
)
def test_a_redirect_to_anywhere_else_is_refused(location: str) -> None:
    with pytest.raises(UrlRefused):
        join_url(BASE, location, LIMITS)


@given(URLS)
def test_any_redirect_is_refused_or_public(location: str) -> None:
    try:
        url = join_url(BASE, location, LIMITS)
    except UrlRefused:
        return
    assert parse_url(str(url), LIMITS) == url


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of(httpx2.URL("https://site.example/a")) == "https://site.example"
    assert origin_of(httpx2.URL("http://[::1]:8080/a?b")) == "http://[::1]:8080"
