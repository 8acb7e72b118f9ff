"""Bytes to text: the encoding is the one a browser would use, unless the bytes say otherwise.

Only the encodings of the WHATWG standard exist here. Their decoders are turbohtml's, which put
U+FFFD in the place of what cannot be read, so nothing fails; Python's own codec names (utf-7, zlib
and the like) are never looked up.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import turbohtml
from turbohtml.detect import detect

_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xfe\xff", "UTF-16BE"), (b"\xff\xfe", "UTF-16LE"))

_PRESCAN = 1024
"""Bytes that the HTML standard searches for a declaration."""

_LATE = 16_384
"""Bytes in which a later `<meta charset>` still counts, as it does in browsers: heads are long."""

_LATE_META = re.compile(rb"<meta\b[^<>]{0,200}charset[^<>]{0,200}>", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b[^<>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._:+-]{1,40})[\"']")
_LABEL = re.compile(r"[A-Za-z0-9._:+-]{1,40}")
_ASCII = bytes(range(0x80))
_TO_ASCII = bytes(range(0x1B)) + b" " + bytes(range(0x1C, 0x80)) + b"?" * 0x80
"""Blanks the escape of ISO-2022-JP and the high bytes: what is left can only declare, not hint."""

_BROKEN_SHARE = 0.1
"""More U+FFFD than this share of the non-ASCII bytes: the encoding is wrong, not the odd byte. A
wrong multibyte encoding breaks a third of the bytes or more, an accident one in thousands."""

_STRAY_SHARE = 0.025
"""Up to this share of U+FFFD, undeclared bytes are UTF-8 with an accident, not a legacy text."""

_SAMPLE = 1024 * 1024
"""Bytes that the detector is given of a large page, up to the last tag: it takes 0.2 s for them."""

_SAMPLE_HIGH = 4_096
"""Unless fewer of them than this are beyond ASCII; then it is given all."""

_CENTRAL = ("windows-1250", "ISO-8859-2")
"""What the detector takes a pound sign for: its byte is a letter there. No text of their languages
has that letter and no other."""

_TELLING_BYTES = 8
"""So many non-ASCII bytes that are all valid UTF-8 are UTF-8, whatever was declared. In Western
text one character would do; four common Chinese ones in GBK pass for UTF-8 once in 3,000 times
(counted over the ranges of the two tables)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's text and how it was read.

    Attributes:
        text: without byte-order mark; U+FFFD stands for what could not be read.
        encoding: the WHATWG name.
        certain: false when the encoding was guessed, or a declared one was overruled.
    """

    text: str
    encoding: str
    certain: bool


def decode(data: bytes, *, charset: str | None = None) -> Decoded:
    """The text of a page; `charset` is the label from the Content-Type header. Never fails."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_read(data[len(mark) :], encoding), encoding, certain=True)
    said = _name(charset) or _declared(data)
    if said is None:
        encoding, certain = _guess(data)
        return Decoded(_read(data, encoding), encoding, certain)
    text = _read(data, said)
    if _is_wrong(data, text, said):
        encoding, _ = _guess(data)
        if encoding != said:
            return Decoded(_read(data, encoding), encoding, certain=False)
    return Decoded(text, said, certain=True)


def _read(data: bytes, encoding: str) -> str:
    return data.decode("whatwg-" + encoding)


def _name(label: str | None) -> str | None:
    """The encoding that a label means by the WHATWG standard, `None` for any other label."""
    label = (label or "").strip(" \t\r\n\f\"'")
    if not _LABEL.fullmatch(label):
        return None
    try:
        return turbohtml.parse(b"", encoding=label).encoding
    except LookupError:
        return None


def _declared(data: bytes) -> str | None:
    """The encoding that the page itself says it has."""
    head = data[:_PRESCAN]
    encoding = _prescan(head)
    # What the prescan passed over, as a comment, stays so; a tag across its end does not.
    late_from = max(0, head.rfind(b"<"))
    if encoding is None and (late := _LATE_META.search(data, late_from, _LATE)):
        encoding = _prescan(late[0])
    if encoding is None and (xml := _XML.match(head)):
        encoding = _name(xml[1].decode("ascii"))
        # The standard: that these bytes could be read at all rules UTF-16 out.
        if encoding in ("UTF-16LE", "UTF-16BE"):
            encoding = "UTF-8"
    return encoding


def _prescan(head: bytes) -> str | None:
    """What a `<meta>` declares.

    The detector does not say why it chose, so it is asked twice, once with plain ASCII after the
    head and once with UTF-8. If the answer does not change, it comes from the head.
    """
    plain = head.translate(_TO_ASCII).ljust(_PRESCAN)
    first, second = detect(plain), detect(plain + "é".encode())
    return first.encoding if first.encoding == second.encoding else None


def _is_wrong(data: bytes, text: str, said: str) -> bool:
    """Whether the bytes contradict the encoding that was declared."""
    if said in ("UTF-16LE", "UTF-16BE"):
        return b"\0" not in data  # "<" alone would bring one
    if said == "replacement" or _is_utf8(data):
        return said != "UTF-8" and _is_telling(data, text, said)
    lost = text.rstrip("\ufffd").count("\ufffd")
    return lost > _BROKEN_SHARE * _high_bytes(data)


def _is_telling(data: bytes, text: str, said: str) -> bool:
    """Whether bytes that are valid UTF-8 must be UTF-8, though something else was declared."""
    if said == "replacement":
        return True
    high = _high_bytes(data)
    return high >= _TELLING_BYTES or (high > 0 and "\ufffd" in text)


def _guess(data: bytes) -> tuple[str, bool]:
    """The encoding by the bytes alone, and whether they leave no other."""
    if data[:1] == b"<" and data[1:2] == b"\0":
        return "UTF-16LE", False
    if data[:2] == b"\0<":
        return "UTF-16BE", False
    valid = _is_utf8(data)
    high = _high_bytes(data)
    if high and (valid or _is_mostly_utf8(data, high)):
        return "UTF-8", valid
    last_tag = data.rfind(b"<", 0, _SAMPLE)
    sample = data[:last_tag] if len(data) > _SAMPLE and last_tag > 0 else data
    if _high_bytes(sample) < _SAMPLE_HIGH:
        sample = data
    # Blanks before the page keep the detector from reading the declaration again.
    found = detect(b" " * _PRESCAN + sample).encoding or "windows-1252"
    return "windows-1252" if found in _CENTRAL and _has_signs_only(sample) else found, valid


def _has_signs_only(data: bytes) -> bool:
    """Whether no high byte would be a letter in a Western text."""
    return not any(map(str.isalpha, _read(data.translate(None, _ASCII), "windows-1252")))


def _high_bytes(data: bytes) -> int:
    return len(data.translate(None, _ASCII))


def _is_utf8(data: bytes) -> bool:
    """Whether all is valid UTF-8, but for a last character that may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(data: bytes, high: int) -> bool:
    return data.decode("utf-8", "replace").count("\ufffd") <= _STRAY_SHARE * high
