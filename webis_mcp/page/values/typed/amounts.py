"""Numbers, prices and currencies, in the forms that countries write them.

A number that can be read in two ways is read as prices are meant: three digits after the only
separator are thousands, any other count is decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from webis_mcp.page.values.typed import Span

_DIGITS = (
    r"\d{1,3}(?:[.,'\u2019\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,]\d{1,4})?"
)
NUMBER = re.compile(rf"(?<![\w.,])[-\u2212]?(?:{_DIGITS})(?!\w)|(?<![\w.,])(?:{_DIGITS})")
_FRACTIONS = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}

SYMBOLS = {
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD",
    "NT$": "TWD", "S$": "SGD", "R$": "BRL", "MX$": "MXN", "€": "EUR", "£": "GBP", "₹": "INR",
    "₩": "KRW", "원": "KRW", "円": "JPY", "元": "CNY", "₽": "RUB", "руб": "RUB", "₺": "TRY",
    "₴": "UAH", "грн": "UAH", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "lei": "RON", "Lei": "RON",
    "лв": "BGN", "₸": "KZT", "тг": "KZT", "₫": "VND", "₪": "ILS", "฿": "THB", "₱": "PHP",
    "₦": "NGN", "Rs": "", "Rs.": "", "kr": "", "kr.": "", "$": "", "¥": "", "￥": "", "Fr.": "CHF",
    "ر.س": "SAR", "د.إ": "AED", "TL": "TRY", "RM": "MYR", "Rp": "IDR", "р.": "", "S/": "PEN",
}  # fmt: skip
"""What stands for a currency, and which one; "" where several use it."""

CODES = frozenset(
    "USD EUR GBP JPY CNY INR BRL CAD AUD NZD CHF SEK NOK DKK PLN CZK HUF RON BGN RUB UAH TRY KRW "
    "TWD HKD SGD MYR THB IDR PHP VND ILS AED SAR QAR KWD BHD OMR EGP MAD ZAR NGN KES GHS MXN ARS "
    "CLP COP PEN UYU ISK KZT BYN BYR GEL AMD AZN RSD HRK BAM MKD ALL PKR BDT LKR NPR".split()
)

_SIGN = "|".join(re.escape(sign) for sign in sorted(SYMBOLS, key=len, reverse=True))
_CURRENCY = rf"(?:(?<![^\W\d_])(?:{_SIGN})(?![^\W\d_])|\b(?:{'|'.join(sorted(CODES))})\b)"
_AMOUNT = rf"(?:{_DIGITS})"
PRICE = re.compile(
    rf"(?P<before>{_CURRENCY})\s{{0,2}}(?P<one>{_AMOUNT})(?:[.,][-\u2013\u2014]{{1,2}})?"
    rf"|(?<![\w.,])(?P<two>{_AMOUNT})(?:[.,][-\u2013\u2014]{{1,2}})?\s{{0,2}}(?P<after>{_CURRENCY})"
)


def number_of(text: str) -> float | None:
    """The number that a text is, whichever way it parts thousands and decimals."""
    digits = text.strip().replace("\u2212", "-")
    if digits in _FRACTIONS:
        return _FRACTIONS[digits]
    digits = re.sub(r"(?<=\d)['\u2019\s](?=\d{3})", "", digits)
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        mark, other = digits[last], "," if digits[last] == "." else "."
        is_thousands = digits.count(mark) > 1 or (
            other not in digits and len(digits) - last == 4 and not digits.startswith("0")
        )
        digits = digits.replace(other, "")
        digits = digits.replace(mark, "") if is_thousands else digits.replace(mark, ".")
    try:
        return float(digits)
    except ValueError:
        return None


def machine_number(text: str) -> float | None:
    """The number of a text for machines, where a point is always a decimal point."""
    try:
        return float(text) if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,8})?", text) else None
    except ValueError:
        return None


def plainly(number: float) -> int | float:
    """A whole number without its fraction."""
    return int(number) if number == int(number) else round(number, 6)


def find_numbers(text: str) -> Iterator[Span]:
    """The numbers of a text, in plain form."""
    for match in NUMBER.finditer(text):
        number = number_of(match[0])
        if number is not None:
            yield Span(match.start(), match.end(), str(plainly(number)))


def find_prices(text: str) -> Iterator[Span]:
    """The amounts with a currency beside them, as `12.5 EUR`, or `12.5 $` where it is unsure."""
    for match in PRICE.finditer(text):
        number = number_of(match["one"] or match["two"])
        sign = match["before"] or match["after"]
        if number is not None:
            yield Span(match.start(), match.end(), f"{plainly(number)} {currency_of(sign) or sign}")


def amount_in(text: str) -> Span | None:
    """The bare number of a text that is a price."""
    match = PRICE.search(text)
    if match is None:
        return None
    which = "one" if match["one"] else "two"
    number = number_of(match[which])
    if number is None:
        return None
    return Span(match.start(which), match.end(which), str(plainly(number)))


def currency_in(text: str) -> Span | None:
    """The currency of a text that is a price, as it stands there."""
    match = PRICE.search(text)
    if match is not None:
        which = "before" if match["before"] else "after"
        return Span(match.start(which), match.end(which), match[which])
    code = text.strip()
    if code in CODES or code in SYMBOLS:
        start = text.index(code)
        return Span(start, start + len(code), code)
    return None


def currency_of(sign: str) -> str:
    """The code of a currency by its sign; "" where several have it."""
    sign = sign.strip()
    return sign.upper() if sign.upper() in CODES else SYMBOLS.get(sign, "")
