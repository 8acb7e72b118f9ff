"""What came back: HTML, Markdown, JSON, plain text, or nothing that can be read as a page.

The bytes decide what can be read. The header is believed only where the bytes leave a choice, and
`X-Content-Type-Options: nosniff` is ignored: it protects a browser that would run what it guesses,
and nothing is run here.
"""

from __future__ import annotations

import re
from typing import Literal

from webis_mcp.errors import NotAPage

Kind = Literal["html", "text", "markdown", "json"]

HEAD_BYTES = 1024
MARKUP_BYTES = 512
"""How far markup is looked for: browsers and servers put it first."""
HINT = "Only HTML, plain text, Markdown and JSON can be read; look for the page that links to it."

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\0\0\1\0", "an icon"),
    (b"RIFF", "an image, a sound or a film (RIFF)"),
    (b"OggS", "a sound or a film (Ogg)"),
    (b"ID3", "a sound (MP3)"),
    (b"fLaC", "a sound (FLAC)"),
    (b"\x1aE\xdf\xa3", "a film (Matroska)"),
    (b"PK\3\4", "a ZIP archive or an office document"),
    (b"PK\5\6", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf'\x1c", "a 7z archive"),
    (b"Rar!\x1a\7", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"(\xb5/\xfd", "a zstd archive"),
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a program (Windows)"),
    (b"\xca\xfe\xba\xbe", "a program (Java or macOS)"),
    (b"\xcf\xfa\xed\xfe", "a program (macOS)"),
    (b"\0asm", "a program (WebAssembly)"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (b"SQLite format 3\0", "a database"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
)

BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

PROLOGUE = re.compile(r"(?:\s|<\?xml[^>]*>|<!--.*?-->)*", re.IGNORECASE | re.DOTALL)
DOCUMENT = re.compile(r"<!doctype\s+html\b|<html\b", re.IGNORECASE)
MARKUP = re.compile(
    r"<!(?:--|-?$)|</?(?:html|head|body|title|meta|link|base|script|noscript|style|main|article|section"
    r"|header|footer|nav|aside|div|span|p|h[1-6]|table|tr|td|ul|ol|li|dl|form|iframe|img"
    r"|a|b|i|em|strong|font|center|br|hr|pre|blockquote|frameset)[\s/>]",
    re.IGNORECASE,
)
FEED = re.compile(r"<(?:rss|feed|rdf:rdf|svg|urlset|sitemapindex|opml)[\s>]", re.IGNORECASE)
XML = re.compile(r"<!doctype\b|<[a-z_][\w.:-]*[\s/>]", re.IGNORECASE)
ROOT = re.compile(r"<[a-z_][\w.:-]{0,30}", re.IGNORECASE)
JSON = re.compile(r'\[?\s*\{\s*"[^"<]{0,100}"\s*:')
"""An object, or a list of them; plain text and Markdown do not begin so."""

CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]{1,40})""", re.IGNORECASE)
CONTROLS = re.compile(r"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]")
MAX_CONTROLS = 1 / 30
"""Share of control characters in a text: compressed data has one in ten, an editor's slip one."""

DECLARED: dict[str, Kind] = {
    "application/xhtml+xml": "html",
    "text/html": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/json": "json",
    "text/json": "json",
}
ENDINGS: tuple[tuple[str, Kind], ...] = (
    (".md", "markdown"),
    (".markdown", "markdown"),
    (".json", "json"),
)


def media_type(header: str) -> str:
    """The media type in a Content-Type, without its parameters."""
    return header.partition(";")[0].strip().lower()[:100]


def charset_of(header: str) -> str | None:
    """The charset that a Content-Type names; whether there is one of that name is not said."""
    found = CHARSET.search(header[:1000])
    return found[1].lower() if found else None


def kind_of(body: bytes, content_type: str, path: str) -> Kind:
    """What a body is to be read as.

    Args:
        body: the beginning, at least `HEAD_BYTES` of it where there is so much.
        content_type: the header's value; may be empty, and wrong.
        path: of the URL: its ending tells Markdown and JSON from text where all is served as plain.

    Raises:
        NotAPage: it is an image, an archive, a PDF, a feed ...
    """
    _refuse_magic(body)
    start = _start(body, content_type)
    declared = _declared(media_type(content_type), path)
    if DOCUMENT.match(start):
        return "html"
    _refuse_controls(body, content_type)
    if declared in ("text", "markdown"):  # may begin with a tag, and be meant as it is written
        return declared
    if MARKUP.match(start):
        return "html"
    if JSON.match(start) or (declared == "json" and not start.startswith("<")):
        return "json"
    if FEED.match(start) or (declared != "html" and XML.match(start)):
        root = ROOT.search(start)
        shown = f"{root[0]}>" if root else "XML"
        raise NotAPage(f"The URL gives a feed or data ({shown}), not a page.", hint=HINT)
    return "html" if declared == "html" else "text"


def _refuse_magic(body: bytes) -> None:
    for magic, name in MAGIC:
        if body.startswith(magic) and not _is_prose(body, magic):
            raise NotAPage(f"The URL gives {name}, not a page.", hint=HINT)
    if body[4:8] == b"ftyp":
        raise NotAPage("The URL gives a film or an image (MP4), not a page.", hint=HINT)


def _is_prose(body: bytes, magic: bytes) -> bool:
    """Whether a short, readable magic number only happens to begin a text ("BMW is ...")."""
    return magic.isalnum() and len(magic) < 5 and min(body[:HEAD_BYTES]) > 8


def _refuse_controls(body: bytes, content_type: str) -> None:
    text = _text(body[:HEAD_BYTES], content_type)
    if len(CONTROLS.findall(text)) > MAX_CONTROLS * len(text):
        shown = media_type(content_type)[:40] or "no type"
        raise NotAPage(f"The URL gives binary data (served as {shown!a}), not a page.", hint=HINT)


def _start(body: bytes, content_type: str) -> str:
    """Where the content begins, after white space, comments and an XML declaration."""
    text = _text(body[:MARKUP_BYTES], content_type)
    prologue = PROLOGUE.match(text)
    return text[prologue.end() :] if prologue else text


def _text(head: bytes, content_type: str) -> str:
    """The beginning as text, near enough to find ASCII in it."""
    for bom, name in BOMS:
        if head.startswith(bom):
            return head[len(bom) :].decode(name, "replace")
    declared = (charset_of(content_type) or "").startswith("utf-16") and 0 in head[:2]
    if declared or head[:2] in (b"<\0", b"\0<"):
        return head.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "replace")
    return head.decode("latin-1")


def _declared(media: str, path: str) -> Kind | None:
    """What the header says, as far as it says anything."""
    if media in DECLARED:
        return DECLARED[media]
    if media.endswith("+json"):
        return "json"
    if not media.startswith("text/") or media == "text/xml":
        return None
    return next((kind for ending, kind in ENDINGS if path.lower().endswith(ending)), "text")
