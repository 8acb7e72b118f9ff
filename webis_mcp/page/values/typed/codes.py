"""Identifiers: numbers of books and wares, which carry a check digit, and codes of shops."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webis_mcp.page.values.typed import Span

_ISBN = re.compile(r"(?<![\w-])(?:97[89][\s-]?)?(?:\d[\s-]?){9}[\dXx](?![\w-])")
_GTIN = re.compile(r"(?<![\w.,/-])(?:\d{8}|\d{12,14})(?![\w/-]|[.,]\d)")
_CODE = re.compile(r"(?<![\w])[A-Za-z0-9](?:[A-Za-z0-9]|[-_./#](?=[A-Za-z0-9])){1,39}(?![\w])")


def find_isbns(text: str) -> Iterator[Span]:
    """The book numbers of a text whose check digit is right, without hyphens."""
    for match in _ISBN.finditer(text):
        digits = re.sub(r"[\s-]", "", match[0]).upper()
        if is_isbn(digits):
            yield Span(match.start(), match.end(), digits)


def is_isbn(digits: str) -> bool:
    """Whether a book number of 10 or 13 digits has the right last digit."""
    if len(digits) == 13 and digits.isdecimal():
        return digits[:3] in ("978", "979") and is_gtin(digits)
    if len(digits) != 10 or not digits[:9].isdecimal():
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return (
        sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11
        == 0
    )


def find_gtins(text: str) -> Iterator[Span]:
    """The ware numbers (EAN, UPC) of a text whose check digit is right."""
    for match in _GTIN.finditer(text):
        if is_gtin(match[0]):
            yield Span(match.start(), match.end(), match[0])


def is_gtin(digits: str) -> bool:
    """Whether a ware number of 8, 12, 13 or 14 digits has the right last digit."""
    if len(digits) not in (8, 12, 13, 14) or not digits.isdecimal() or not digits.strip("0"):
        return False
    weighed = (int(digit) * (1 if at % 2 == 0 else 3) for at, digit in enumerate(reversed(digits)))
    return sum(weighed) % 10 == 0


def find_codes(text: str) -> Iterator[Span]:
    """What may be the code of a ware: letters and digits without a space, a digit among them."""
    for match in _CODE.finditer(text):
        if any(letter.isdecimal() for letter in match[0]):
            yield Span(match.start(), match.end(), match[0])
