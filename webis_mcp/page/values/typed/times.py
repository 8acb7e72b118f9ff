"""Dates and durations within a text. Dates are read by the patterns that facts are read by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webis_mcp.page.facts.dates import FIRST_YEAR, MONTHS, find_date, parse_date
from webis_mcp.page.values.typed import Span

_DATE_LIKE = re.compile(
    r"(?<![\w/.-])(?:"
    r"\d{4}-\d{1,2}-\d{1,2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
    r"|\d{4}\s?[/.年년]\s?\d{1,2}\s?[/.月월]\s?\d{1,2}\s?[日일]?"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{4}"
    r"|\d{1,2}(?:st|nd|rd|th|er|º|ª|\.)?[\s-]{1,3}(?:de\s|of\s)?[^\W\d_]{3,12}\.?,?[\s-]{1,3}"
    r"(?:de\s|del\s)?\d{4}"
    r"|[^\W\d_]{3,12}\.?[\s-]{1,3}\d{1,2}(?:st|nd|rd|th)?,?\s{1,2}\d{4}"
    r")(?![\w-])"
)
_MONTH_YEAR = re.compile(r"(?<!\w)([^\W\d_]{3,12})\.?,?\s(?:de\s)?((?:19|20)\d{2})(?![\w-])")
_YEAR = re.compile(r"(?<![\w.,/-])(?:19|20)\d{2}(?![\w/-]|[.,]\d)")

_ISO = re.compile(
    r"-?P(?:(\d{1,4})D)?(?:T(?:(\d{1,5}(?:\.\d{1,4})?)H)?(?:(\d{1,6}(?:\.\d{1,4})?)M)?"
    r"(?:(\d{1,7}(?:\.\d{1,6})?)S)?)?",
    re.IGNORECASE,
)
_UNITS = {
    1440: "days day d dagen dag tage tag jours jour días día dias dia giorni giorno дней дня день "
    "天",
    60: "hours hour hrs hr h stunden stunde std heures heure horas hora ore ora uur uren timmar "
    "timme timer time godziny godzina godz часов часа час ч hodin hodina óra saat 小时 小時 時間 "
    "시간",
    1: "minutes minute mins min m minuten minuti minuto minutos minut minuter minutter minuta "
    "minuty perc dakika dk минут минуты минута мин λεπτά 分钟 分鐘 分 분",
}
_MINUTES = {name: minutes for minutes, names in _UNITS.items() for name in names.split()}
_PART = (
    r"(?:(?P<n>\d{1,4}(?:[.,]\d{1,2})?)\s?(?P<f>[¼½¾⅓⅔])?|(?P<g>[¼½¾⅓⅔]))\s?"
    rf"(?P<unit>{'|'.join(sorted(map(re.escape, _MINUTES), key=len, reverse=True))})"
)
_ONE_PART = re.compile(_PART + r"(?![^\W\d_\u3040-\u9fff\uac00-\ud7af])\.?", re.IGNORECASE)
_FRACTION = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_BETWEEN = re.compile(r"(?:\s|,|&|and|und|et|y|e|en|og|och|i|и)*", re.IGNORECASE)


def find_dates(text: str, *, month_first: bool | None = None) -> Iterator[Span]:
    """The full dates of a text, in ISO form; what can be read in two ways is left out."""
    for match in _DATE_LIKE.finditer(text):
        found = parse_date(match[0], month_first=month_first)
        if found is not None:
            yield Span(match.start(), match.end(), found)


def find_rough_dates(text: str) -> Iterator[Span]:
    """Months of a year and bare years, in ISO form."""
    for match in _MONTH_YEAR.finditer(text):
        if (month := MONTHS.get(match[1].lower())) is not None:
            yield Span(match.start(), match.end(), f"{match[2]}-{month:02}")
    for match in _YEAR.finditer(text):
        yield Span(match.start(), match.end(), match[0])


def date_of(text: str) -> str | None:
    """The date that a text is or begins with, as exact as it is given."""
    found = parse_date(text) or find_date(text, since=FIRST_YEAR)
    return found or next((span.value for span in find_rough_dates(text)), None)


def minutes_of(text: str) -> float | None:
    """The minutes of an ISO 8601 duration."""
    match = _ISO.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + minutes + seconds / 60


def find_durations(text: str) -> Iterator[Span]:
    """The durations that a text spells, in minutes; hours with minutes after them are one."""
    whole: Span | None = None
    last = 0
    for match in _ONE_PART.finditer(text):
        minutes, unit = _minutes(match), _MINUTES[match["unit"].lower()]
        between = _BETWEEN.match(text, whole.end) if whole else None
        if whole and between and between.end() == match.start() and unit < last:
            whole = Span(whole.start, match.end(), f"{float(whole.value) + minutes:g}")
        else:
            if whole:
                yield whole
            whole = Span(match.start(), match.end(), f"{minutes:g}")
        last = unit
    if whole:
        yield whole


def _minutes(match: re.Match[str]) -> float:
    number = float((match["n"] or "0").replace(",", "."))
    number += _FRACTION.get(match["f"] or match["g"] or "", 0)
    return number * _MINUTES[match["unit"].lower()]
