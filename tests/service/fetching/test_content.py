"""Sniffing: the bytes decide, the header helps, and nothing but a refusal is ever raised."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.errors import NotAPage
from webis_mcp.service.fetching.content import MAGIC, Kind, charset_of, kind_of, media_type

HEADERS = st.sampled_from(
    (
        *("", "text/html", "text/plain; charset=utf-16", "application/json", "image/png", "/"),
        *("text/markdown", "application/xhtml+xml", "text/xml", "text/html; charset='é'"),
        *("a" * 5000, ";;;="),
    )
)
PIECES = st.sampled_from(
    (
        *(
            b"<!doctype html>",
            b"<html",
            b"<?xml version='1.0'?>",
            b"<!--",
            b"-->",
            b"<rss>",
            b"<p>",
        ),
        *(
            b">",
            b"<a href=x>",
            b'{"a":',
            b"[",
            b"%PDF-",
            b"PK",
            b"BM",
            b"ftyp",
            b"# Tides\n",
            b" \n",
        ),
        *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff", b"\0", b"\x1b$B", b"High water"),
        "höchst".encode(),
    )
)
MARKUP = st.lists(PIECES, max_size=12).map(b"".join)


@pytest.mark.parametrize(
    ("body", "content_type", "path", "kind"),
    [
        (b"<!DOCTYPE html><p>Tides", "text/html", "/", "html"),
        (b"<!doctype  HTML public '-//W3C//DTD'>", "", "/", "html"),
        (b"<p>Tides", "text/html", "/", "html"),
        (b"Tides without markup", "text/html", "/", "html"),
        (b"\xef\xbb\xbf  <html>", "", "/", "html"),
        ("\ufeff<html>".encode("utf-16-le"), "", "/", "html"),
        ("<html>".encode("utf-16-be"), "text/html; charset=UTF-16", "/", "html"),
        (b"<?xml version='1.0'?><html xmlns='x'>", "application/xhtml+xml", "/", "html"),
        (b"<?xml version='1.0'?>\n<!-- x --><!DOCTYPE html>", "text/xml", "/", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'b'>]><html>", "text/html", "/", "html"),
        (b"<!-- a banner -->" * 40 + b"<html>", "", "/", "html"),
        (b"<html>\0\0 a stray control", "text/html", "/", "html"),
        (b"<html>", "image/png", "/", "html"),
        (b"<div>Tides</div>", "application/octet-stream", "/", "html"),
        (b"<html>", "text/plain", "/page.html", "html"),
        (b"<p align=center>Tides", "text/plain", "/", "text"),
        (b"<h1>Tides</h1>\n\nHigh water", "text/plain; charset=utf-8", "/README.md", "markdown"),
        (b"# Tides", "text/markdown; charset=utf-8", "/", "markdown"),
        (b"# Tides", "text/plain", "/", "text"),
        (b"port,time\nElsin,16:10", "text/csv", "/tides.csv", "text"),
        (b"Tides", "", "/", "text"),
        (b"Tides", "a" * 3000, "/", "text"),
        (b"BMW cars and their tides", "text/plain", "/", "text"),
        (b'{"port": "Elsin"}', "application/json", "/", "json"),
        (b"[16, 10]", "application/json; charset=utf-8", "/", "json"),
        (b"1610", "application/ld+json", "/", "json"),
        (b'[{"port": "Elsin"}]', "text/plain", "/tides.json", "json"),
        (b' {"port": "Elsin"}', "text/html", "/", "json"),
        (b'[ {"port": "Elsin"}]', "", "/", "json"),
        (b"[Tides](https://site.example)", "", "/", "text"),
        (b"\x1b$B$3$s$K$A$O", "text/html; charset=iso-2022-jp", "/", "html"),
        ("Hochwasser um zehn nach vier, höchstens".encode("latin-1"), "text/plain", "/", "text"),
    ],
)
def test_what_can_be_read_and_how(body: bytes, content_type: str, path: str, kind: Kind) -> None:
    assert kind_of(body, content_type, path) == kind


@pytest.mark.parametrize(
    ("body", "content_type", "found"),
    [
        (b"%PDF-1.7 <html>", "text/html", "PDF"),
        (b"PK\3\4\x14\0", "text/html", "ZIP"),
        (b"\x7fELF\2\1\1\0", "text/html", "ELF"),
        (b"\x89PNG\r\n\x1a\n", "text/html", "PNG"),
        (b"\0\0\0\x18ftypmp42", "text/html", "MP4"),
        (b"BM\x36\0\0\0", "", "BMP"),
        (bytes(range(256)), "text/html", "binary data"),
        (b"\0" * 100, "", "binary data"),
        (b"<?xml version='1.0'?><rss version='2.0'>", "application/rss+xml", "<rss>"),
        (b"<feed xmlns='x'>", "text/html", "<feed>"),
        (b"<svg xmlns='x'>", "image/svg+xml", "<svg>"),
        (b"<?xml version='1.0'?><note><to>", "text/xml", "<note>"),
    ],
)
def test_what_is_no_page_is_named(body: bytes, content_type: str, found: str) -> None:
    with pytest.raises(NotAPage, match=found) as refusal:
        kind_of(body, content_type, "/")
    assert "Only HTML" in refusal.value.hint


@pytest.mark.parametrize("magic", [magic for magic, _ in MAGIC])
def test_every_magic_number_is_seen_through_the_header(magic: bytes) -> None:
    with pytest.raises(NotAPage):
        kind_of(magic + b"\0\1\2\3" * 20, "text/html", "/")


@given(
    body=MARKUP | st.binary(max_size=600),
    content_type=HEADERS,
    path=st.sampled_from(["/", "/a.md"]),
)
def test_nothing_but_a_refusal_is_raised(body: bytes, content_type: str, path: str) -> None:
    with suppress(NotAPage):
        kind_of(body, content_type, path)


@given(body=MARKUP, content_type=HEADERS)
def test_the_first_kilobyte_decides(body: bytes, content_type: str) -> None:
    def verdict(body: bytes) -> Kind | None:
        try:
            return kind_of(body, content_type, "/")
        except NotAPage:
            return None

    body = body + b" " * 1024
    assert verdict(body) == verdict(body + b"<html>\0%PDF-")


@pytest.mark.parametrize(
    ("header", "media", "charset"),
    [
        ("", "", None),
        ("Text/HTML", "text/html", None),
        ("text/html; charset=GB18030", "text/html", "gb18030"),
        ("text/html;charset='big5'; a=b", "text/html", "big5"),
        ('text/html; a=b; Charset = "euc-kr"', "text/html", "euc-kr"),
    ],
)
def test_a_content_type_is_taken_apart(header: str, media: str, charset: str | None) -> None:
    assert (media_type(header), charset_of(header)) == (media, charset)
