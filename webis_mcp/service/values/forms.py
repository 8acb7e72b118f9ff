"""From the page's words to the form that a field wants, or nothing where they have no such form.

What is changed, and why it is safe: white space and escapes (they carry nothing), the way a number
parts its thousands and decimals (PRICE and NUMBER of `page.values.typed`), dates to ISO 8601 where
they can be read in one way only, durations to the unit that the field names, an address on the web
made whole, the address of a schema term cut to the term, and a value of an enumeration told by its
letters. Nothing is computed from two places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from webis_mcp.page.value import Scalar
from webis_mcp.page.values.lexicon import Kind, fold
from webis_mcp.page.values.things import short_type
from webis_mcp.page.values.typed import Span
from webis_mcp.page.values.typed.addresses import (
    find_addresses,
    find_postal_codes,
    find_streets,
    find_towns,
)
from webis_mcp.page.values.typed.amounts import (
    amount_in,
    currency_in,
    currency_of,
    find_numbers,
    find_prices,
    machine_number,
    number_of,
    plainly,
)
from webis_mcp.page.values.typed.codes import find_codes, find_gtins, find_isbns
from webis_mcp.page.values.typed.contacts import find_emails, find_phones, find_urls
from webis_mcp.page.values.typed.people import find_person
from webis_mcp.page.values.typed.times import date_of, find_dates, find_durations, minutes_of
from webis_mcp.service.values.plan import Field

_IN_STOCK = frozenset(
    "instock|in stock|available|auf lager|lieferbar|sofort lieferbar|verfugbar|en stock|disponible|"
    "disponibile|disponivel|em estoque|op voorraad|dostepny|na stanie|в наличии|есть в наличии|"
    "有货|有貨|在庫あり|재고 있음|pa lager|i lager|varastossa|skladem|na sklade|raktaron|laos|"
    "limitedavailability|limited availability|onlineonly|instoreonly".split("|")
)
_OUT_OF_STOCK = frozenset(
    "outofstock|out of stock|sold out|soldout|unavailable|currently unavailable|not available|"
    "nicht verfugbar|ausverkauft|nicht auf lager|rupture de stock|indisponible|epuise|agotado|"
    "no disponible|sin stock|esaurito|non disponibile|esgotado|indisponivel|niet op voorraad|"
    "uitverkocht|niedostepny|brak|нет в наличии|缺货|售罄|売り切れ|在庫なし|품절|slutsald|udsolgt|"
    "utsolgt|vyprodano|elfogyott|discontinued|stoke dold".split("|")
)
_TRUE = frozenset("true yes ja oui si sim tak да 是 はい 예 y 1".split())
_FALSE = frozenset("false no nein non nao nie нет 否 いいえ 아니요 n 0".split())
_COLON = re.compile(r"([^:\uff1a]{2,40})[:\uff1a]\s+")
_BY = re.compile(
    r"(?:by|von|par|por|di|door|author|autor|written by)\s+(?=[^\W\d_])", re.IGNORECASE
)
_PER_UNIT = ((re.compile(r"\bhours?\b|\bstunden\b", re.IGNORECASE), 1 / 60),
             (re.compile(r"\bseconds?\b|\bsekunden\b", re.IGNORECASE), 60))  # fmt: skip


_LABEL = re.compile(r"(?:[^\W\d][^\d:#]{0,24}[#:.\u00ba\u00b0\uff1a]\s*#?)?")
"""What may stand before a code that is said to be one: "Item #"."""


class Setting(NamedTuple):
    """What holds for a whole page: where it is from, and in which language."""

    url: str = ""
    host: str = ""
    language: str = ""

    @property
    def month_first(self) -> bool | None:
        """How 3/4/2024 is to be read, where the language tells."""
        if self.language.lower() == "en-us":
            return True
        return None if self.language[:2].lower() in ("en", "") else False


class Taken(NamedTuple):
    """A value in the form of its field, and which part of the text it is."""

    value: Scalar
    start: int
    end: int


def take(field: Field, text: str, setting: Setting, *, whole: bool) -> list[Taken]:
    """The values for a field in a text.

    Args:
        whole: the text is said to be the value, by structured data or by a label; else it is
            running text, in which only typed words count.
    """
    found = _taken(field, text, setting, whole=whole)
    return [one for one in found if _fits(field, one.value)]


def key_of(field: Field, value: Scalar) -> str:
    """By what two values of a field are the same."""
    if not isinstance(value, str):
        return str(plainly(float(value)))
    kind = field.kind
    if kind is Kind.PHONE:
        return re.sub(r"\D", "", value)[-9:]
    if kind is Kind.PRICE:
        amount = amount_in(value)
        number = number_of(amount.value) if amount else machine_number(value)
        return str(number) if number is not None else fold(value)
    if kind is Kind.DATE:
        return (date_of(value) or fold(value))[:10]
    if kind in (Kind.ISBN, Kind.GTIN):
        digits = re.sub(r"[\s-]", "", value)
        return (
            digits[3:12]
            if len(digits) == 13 and kind is Kind.ISBN
            else (digits[:9] if kind is Kind.ISBN else digits)
        )
    if kind is Kind.CURRENCY:
        return currency_of(value) or value
    if kind in (Kind.URL, Kind.IMAGE):
        return value.rstrip("/").removeprefix("https://").removeprefix("http://")
    return fold(value) or value


_BY_FORM = (Kind.AVAILABILITY, Kind.CURRENCY)
"""Kinds of which a choice shows in running text by its form."""


def _taken(field: Field, text: str, setting: Setting, *, whole: bool) -> list[Taken]:
    if field.enum:
        return list(_of_enum(field, text)) if whole or field.kind in _BY_FORM else []
    if field.type == "boolean":
        return list(_truth(field, text)) if whole or _in_stock(text) is not None else []
    if field.type in ("number", "integer"):
        return list(_numbers(field, text, whole=whole))
    return list(_words(field, text, setting, whole=whole))


def _fits(field: Field, value: Scalar) -> bool:
    if isinstance(value, bool | str):
        return bool(str(value).strip())
    if field.type == "integer" and value != int(value):
        return False
    return not (
        (field.kind is Kind.DURATION and value == 0)
        or (field.lowest is not None and value < field.lowest)
        or (field.highest is not None and value > field.highest)
    )


# ------------------------------------------------------------------ words


def _words(field: Field, text: str, setting: Setting, *, whole: bool) -> Iterator[Taken]:
    kind = field.kind
    if field.format in ("date", "date-time"):
        yield from _dates(field, text, setting, whole=whole)
        return
    if kind in (Kind.URL, Kind.IMAGE):
        yield from _addresses(text, setting, whole=whole)
        return
    if kind is Kind.AVAILABILITY:
        yield from _stock(text, whole=whole)
        return
    find = _FINDERS.get(kind)
    spans = list(find(text, setting)) if find else []
    if kind is Kind.TEXT and whole and text.startswith(("http://", "https://")):
        return  # a link in the place of a name
    for span in spans:
        yield Taken(text[span.start : span.end], span.start, span.end)
    if not spans and whole and _may_be_whole(kind, text, field.format):
        start = _after_label(field, text)
        if fold(text[start:]) not in field.labels:
            yield Taken(text[start:], start, len(text))


def _after_label(field: Field, text: str) -> int:
    """Where a text begins that a label of the field stands before: "Brand: Acme", "by Ada"."""
    if field.kind is not Kind.TEXT:
        return 0
    match = _COLON.match(text)
    if match is not None and match.end() < len(text):
        name = fold(match[1])
        if name in field.labels or name.rpartition(" ")[2] in field.labels:
            return match.end()
    match = _BY.match(text)
    is_author = field.concept is not None and field.concept.name == "author"
    return match.end() if match is not None and is_author and match.end() < len(text) else 0


def _may_be_whole(kind: Kind, text: str, format: str) -> bool:
    """Whether a text that is said to be a value can be one though its form does not show it."""
    if format or kind in (Kind.EMAIL, Kind.ISBN, Kind.PERSON):
        return False
    digits = sum(letter.isdecimal() for letter in text)
    if kind is Kind.PHONE:
        return 5 <= digits <= 17 and len(text) <= 40
    if kind in (Kind.PRICE, Kind.DURATION, Kind.GTIN, Kind.DATE, Kind.AMOUNT):
        return digits > 0 and len(text) <= 60
    if kind is Kind.CODE:
        return digits > 0 and len(text) <= 40 and len(text.split()) <= 3 and ":" not in text
    return True


def _dates_in(text: str, setting: Setting) -> Iterator[Span]:
    return find_dates(text, month_first=setting.month_first)


def _phones_in(text: str, setting: Setting) -> Iterator[Span]:
    return find_phones(text, setting.language, setting.host)


def _codes_in(text: str, _: Setting) -> Iterator[Span]:
    """The code that a text begins with, after a label at most, where it says little else."""
    first = next(find_codes(text), None)
    if first is not None and _LABEL.fullmatch(text[: first.start]):
        rest = text[first.end :].strip()
        if not rest or not rest[0].isalnum() or len(text.split()) > 3:
            yield first


_FINDERS: dict[Kind, Callable[[str, Setting], Iterator[Span]]] = {
    Kind.EMAIL: lambda text, _: find_emails(text),
    Kind.PHONE: lambda text, setting: _phones_in(text, setting),
    Kind.PRICE: lambda text, _: find_prices(text),
    Kind.CURRENCY: lambda text, _: iter(filter(None, [currency_in(text)])),
    Kind.DATE: _dates_in,
    Kind.DURATION: lambda text, _: find_durations(text),
    Kind.ISBN: lambda text, _: find_isbns(text),
    Kind.GTIN: lambda text, _: find_gtins(text),
    Kind.CODE: _codes_in,
    Kind.PERSON: lambda text, _: find_person(text),
    Kind.STREET: lambda text, _: find_streets(text),
    Kind.POSTAL_CODE: lambda text, _: find_postal_codes(text),
    Kind.TOWN: lambda text, _: find_towns(text),
    Kind.ADDRESS: lambda text, _: find_addresses(text),
}


def _dates(field: Field, text: str, setting: Setting, *, whole: bool) -> Iterator[Taken]:
    """Dates in ISO form: only full ones, as the format says."""
    for span in _dates_in(text, setting):
        if field.format == "date":
            yield Taken(span.value[:10], span.start, span.end)
        elif "T" in span.value:
            yield Taken(span.value, span.start, span.end)


def _addresses(text: str, setting: Setting, *, whole: bool) -> Iterator[Taken]:
    spans = list(find_urls(text))
    for span in spans:
        yield Taken(span.value, span.start, span.end)
    if not spans and whole and not re.search(r"\s", text):
        try:
            address = urljoin(setting.url, text)
            if urlsplit(address).scheme in ("http", "https", "mailto", "tel"):
                yield Taken(address, 0, len(text))
            elif "/" in text or "." in text:
                yield Taken(text, 0, len(text))
        except ValueError:
            return


def _stock(text: str, *, whole: bool) -> Iterator[Taken]:
    if whole and "schema.org" in text:
        yield Taken(short_type(text), 0, len(text))
    elif whole or _in_stock(text) is not None:
        yield Taken(text, 0, len(text))


# ------------------------------------------------------------------ numbers, truth, choices


def _numbers(field: Field, text: str, *, whole: bool) -> Iterator[Taken]:
    kind = field.kind
    if kind is Kind.DURATION:
        yield from _durations(field, text, whole=whole)
    elif kind is Kind.PRICE:
        yield from _amounts(text, whole=whole)
    elif whole:
        exact = machine_number(text)
        if exact is not None:
            yield Taken(plainly(exact), 0, len(text))
            return
        spans = list(find_numbers(text))
        if spans and (len(spans) == 1 or spans[0].start == 0):
            yield Taken(plainly(float(spans[0].value)), spans[0].start, spans[0].end)


def _durations(field: Field, text: str, *, whole: bool) -> Iterator[Taken]:
    factor = next((f for unit, f in _PER_UNIT if unit.search(field.hint or field.name)), 1)
    exact = minutes_of(text)
    if exact == 0:
        return  # what a form was left at
    if exact is not None:
        yield Taken(plainly(exact * factor), 0, len(text))
        return
    spans = list(find_durations(text))
    for span in spans:
        yield Taken(plainly(float(span.value) * factor), span.start, span.end)
    if not spans and whole and (number := machine_number(text)) is not None:
        yield Taken(plainly(number), 0, len(text))


def _amounts(text: str, *, whole: bool) -> Iterator[Taken]:
    exact = machine_number(text) if whole else None
    if exact is not None:
        yield Taken(plainly(exact), 0, len(text))
        return
    at = 0
    for price in find_prices(text):
        amount = amount_in(text[price.start : price.end])
        if amount is not None:
            start = price.start + amount.start
            yield Taken(plainly(float(amount.value)), start, price.start + amount.end)
            at += 1
    if whole and not at:
        spans = list(find_numbers(text))
        if len(spans) == 1:
            yield Taken(plainly(float(spans[0].value)), spans[0].start, spans[0].end)


def _truth(field: Field, text: str) -> Iterator[Taken]:
    said = _in_stock(text) if field.kind is Kind.AVAILABILITY else None
    if said is None:
        name = fold(text)
        said = True if name in _TRUE else False if name in _FALSE else None
    if said is not None:
        yield Taken(said, 0, len(text))


def _in_stock(text: str) -> bool | None:
    name = fold(short_type(text) if "schema.org" in text else text)
    for known, said in ((_OUT_OF_STOCK, False), (_IN_STOCK, True)):
        if name in known or name.replace(" ", "") in known:
            return said
    return None


def is_in_stock(value: Scalar) -> bool:
    """Whether a value of an availability says that the thing can be had."""
    return value is True or (isinstance(value, str) and _in_stock(value) is True)


def _of_enum(field: Field, text: str) -> Iterator[Taken]:
    """The one choice that a text is, by its letters or by what it means for the stock."""
    wanted = _letters(short_type(text) if "schema.org" in text else text)
    for choice in field.enum:
        if _letters(str(choice)) == wanted:
            yield Taken(choice, 0, len(text))
            return
    if field.kind is Kind.CURRENCY and (found := currency_in(text)) is not None:
        code = currency_of(text[found.start : found.end])
        if code and code in field.enum:
            yield Taken(code, found.start, found.end)
    elif field.kind is Kind.AVAILABILITY and (said := _in_stock(text)) is not None:
        fitting = [choice for choice in field.enum if _in_stock(str(choice)) is said]
        if len(fitting) == 1:
            yield Taken(fitting[0], 0, len(text))


def _letters(text: str) -> str:
    return fold(text).replace(" ", "")
