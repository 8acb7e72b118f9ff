"""Email addresses, telephone numbers and addresses on the web."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from webis_mcp.page.values.typed import Span

LEAST_DIGITS = 6
"""Digits of the shortest telephone number that is looked for."""

MAX_PHONES = 50
"""Telephone numbers of one text that are looked for."""

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w-])"
)
_URL = re.compile(r"\bhttps?://[^\s<>\"'\u3000-\u303f\uff00-\uffef]{3,2000}", re.IGNORECASE)
_FILES = ("png", "jpg", "jpeg", "gif", "webp", "svg")
_PHONE_LIKE = re.compile(r"[+(\d](?:[\d\s().\-/\u2010-\u2013\u00a0]{4,24})\d")

_REGION_OF_LANGUAGE = {
    "en": "US", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "pt": "PT", "nl": "NL", "pl": "PL",
    "ru": "RU", "uk": "UA", "cs": "CZ", "sk": "SK", "hu": "HU", "ro": "RO", "bg": "BG", "el": "GR",
    "tr": "TR", "sv": "SE", "da": "DK", "nb": "NO", "no": "NO", "fi": "FI", "et": "EE", "lv": "LV",
    "lt": "LT", "ja": "JP", "zh": "CN", "ko": "KR", "vi": "VN", "th": "TH", "id": "ID", "hi": "IN",
    "he": "IL", "ar": "SA", "fa": "IR", "hr": "HR", "sl": "SI", "sr": "RS",
}  # fmt: skip
"""Where numbers without a country most likely are, by the page's language."""

_REGION_OF_DOMAIN = {
    "uk": "GB",
    "com": "",
    "org": "",
    "net": "",
    "io": "",
    "edu": "US",
    "gov": "US",
}


def region_of(language: str, host: str) -> str:
    """The country whose way of writing telephone numbers a page follows, best guess."""
    region = re.search(r"[-_]([A-Za-z]{2})\b", language)
    ending = host.rpartition(".")[2].lower()
    by_host = _REGION_OF_DOMAIN.get(ending, ending.upper() if len(ending) == 2 else "")
    if by_host in _regions():
        return by_host
    if region is not None and region[1].upper() in _regions():
        return region[1].upper()
    return _REGION_OF_LANGUAGE.get(language[:2].lower(), "US")


def find_emails(text: str) -> Iterator[Span]:
    """The email addresses of a text, in lower case."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            address = match[0].lstrip(".")
            if address.rpartition(".")[2].lower() not in _FILES:
                yield Span(match.end() - len(address), match.end(), address.lower())


def find_phones(text: str, language: str, host: str) -> Iterator[Span]:
    """The valid telephone numbers of a text, in the international form.

    They are told from other numbers by `phonenumbers`, the port of the library that telephones use.
    """
    if not any(sum(map(str.isdecimal, like[0])) >= LEAST_DIGITS for like in _like(text)):
        return
    import phonenumbers  # five megabytes that only this needs

    region = region_of(language, host)
    for match in phonenumbers.PhoneNumberMatcher(text, region, max_tries=MAX_PHONES):
        form = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Span(match.start, match.end, form)


def _like(text: str) -> Iterator[re.Match[str]]:
    """What may be a telephone number: looked for first, for it is a hundred times quicker."""
    return _PHONE_LIKE.finditer(text)


def find_urls(text: str) -> Iterator[Span]:
    """The addresses on the web that a text spells."""
    for match in _URL.finditer(text):
        address = match[0].rstrip(".,;:!?)]}»”’")
        yield Span(match.start(), match.start() + len(address), address)


@cache
def _regions() -> frozenset[str]:
    import phonenumbers

    return frozenset(phonenumbers.SUPPORTED_REGIONS)
