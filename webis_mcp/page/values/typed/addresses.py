"""Parts of a postal address that show by their form: street with number, postal code, town.

Only forms that hardly mean anything else are read: a wrong town is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from webis_mcp.page.values.typed import Span

_CODES = (
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"  # United Kingdom
    r"|[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d"  # Canada
    r"|\d{4} ?[A-Z]{2}"  # Netherlands
    r"|\d{5}-\d{3,4}|\d{2}-\d{3}|\d{3} \d{2}|\d{3}-\d{4}"
    r"|(?:[A-Z]{1,2}-)?\d{4,6}"
)
_WORD = r"[A-ZÀ-Þ](?:[^\W\d_]|['\u2019.-]){1,30}"
_TOWN = rf"{_WORD}(?:[ -](?:{_WORD}|upon|on|am|an|der|de|la|le|les|sur|do|da|dos)){{0,3}}"
_CODE_TOWN = re.compile(rf"(?<![\w.,/-])(?P<code>{_CODES})\s{{1,2}}(?P<town>{_TOWN})(?!\w)")
_TOWN_CODE = re.compile(
    rf"(?<!\w)(?P<town>{_TOWN})(?:,?\s{{1,2}}(?P<state>[A-Z]{{2}}))?,?\s{{1,2}}"
    r"(?P<code>(?:(?<=[A-Z]{2} )\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d))(?!\w)"
)
_STREET_NUMBER = re.compile(
    r"(?<![\w])(?:[A-ZÀ-Þ][\w.'\u2019-]{0,30} ){0,4}"
    r"(?:[A-ZÀ-Þ]?[\w-]{0,30}(?:stra(?:ß|ss)e|str\.|weg|allee|platz|gasse|damm|ufer|ring|straat|laan|"
    r"plein|gade|vej|gatan|vägen|gata)|(?:Via|Viale|Piazza|Calle|Avenida|Av\.|Rua|Plaza|ul\.|ulica|"
    r"ул\.|улица) [^\d,;|]{2,40}?),? (?:n\.? ?)?\d{1,4}[a-zA-Z]?(?![\w])"
)
_NUMBER_STREET = re.compile(
    r"(?<![\w.,-])\d{1,5}[A-Za-z]?,? (?:(?:bis|ter) )?(?:"
    r"(?:[A-Z0-9][\w.'\u2019-]{0,30} ){1,4}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|"
    r"Court|Ct|Square|Sq|Place|Pl|Highway|Hwy|Parkway|Pkwy|Way|Terrace|Quay|Row|Crescent|Close)\b\.?"
    r"|(?:rue|avenue|boulevard|place|chemin|quai|allée|impasse|route) [^\d,;|]{3,50}?"
    r"(?=[,;|\n]|\s\d|$))"
)


def find_streets(text: str) -> Iterator[Span]:
    """Streets with a house number."""
    for pattern in (_NUMBER_STREET, _STREET_NUMBER):
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), match[0])


def find_postal_codes(text: str) -> Iterator[Span]:
    """Postal codes that stand beside a town."""
    for match in _places(text):
        yield Span(match.start("code"), match.end("code"), match["code"])


def find_towns(text: str) -> Iterator[Span]:
    """Towns that stand beside a postal code."""
    for match in _places(text):
        yield Span(match.start("town"), match.end("town"), match["town"])


def find_addresses(text: str) -> Iterator[Span]:
    """A street, and a town with its code close after it: an address on one line."""
    for street in find_streets(text):
        rest, _, _ = text[street.end : street.end + 80].partition(
            "\t"
        )  # another cell, another thing
        for match in _places(rest):
            end = street.end + match.end()
            yield Span(street.start, end, " ".join(text[street.start : end].split()))
            break


def _places(text: str) -> Iterator[re.Match[str]]:
    for pattern in (_TOWN_CODE, _CODE_TOWN):
        found = list(pattern.finditer(text))
        if found:
            yield from found
            return
