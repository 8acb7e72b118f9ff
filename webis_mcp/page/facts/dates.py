"""Dates as pages write them, to ISO 8601. What can be read in two ways is not read.

There is no clock here, so a date in the future is a date like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

FIRST_YEAR = 1900
FIRST_WEB_YEAR = 1993
"""Dates in running text before the web are what a page is about, not when it was published."""

_MONTHS_BY_LANGUAGE = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber maerz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada "
    "grudnia",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "ocak şubat mart nisan may\u0131s haziran temmuz ağustos eylül ekim kas\u0131m aral\u0131k",
)


def _months() -> dict[str, int]:
    """Month numbers by name and by its first three and four letters, where those tell."""
    numbers: dict[str, int] = {}
    short: dict[str, set[int]] = {}
    for names in _MONTHS_BY_LANGUAGE:
        for number, name in enumerate(names.split(), 1):
            numbers[name] = number
            for length in (3, 4):
                short.setdefault(name[:length], set()).add(number)
    telling = {start: next(iter(found)) for start, found in short.items() if len(found) == 1}
    return telling | numbers | {"sept": 9}


MONTHS = _months()

_YEAR = r"((?:19|20)[0-9]{2})"
_CLOCK = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)?"
_ZONE = r"(Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_ISO = re.compile(
    rf"{_YEAR}-(\d\d?)-(\d\d?)(?:(?:[Tt]|\s+){_CLOCK}\s*{_ZONE})?(?![\d:])", re.IGNORECASE
)
_PART = re.compile(rf"{_YEAR}(?:-(0[1-9]|1[0-2]))?")
_COMPACT = re.compile(rf"{_YEAR}(\d\d)(\d\d)(?:[Tt]?\d{{4,6}}.{{0,6}})?")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_BIG_FIRST = re.compile(rf"(?<!\d){_YEAR}\s?[/.年년-]\s?(\d\d?)\s?[/.月월-]\s?(\d\d?)(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d\d?)(?:st|nd|rd|th|er|º|ª|\.)?[\s-]{1,3}(?:de\s|of\s)?"
    rf"([^\W\d_]{{3,12}})\.?,?[\s-]{{1,3}}(?:de\s|del\s)?{_YEAR}(?!\d)"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\w)([^\W\d_]{{3,12}})\.?[\s-]{{1,3}}(\d\d?)(?:st|nd|rd|th)?(?:,\s{{0,2}}|\s{{1,2}})"
    rf"(?:at\s)?{_YEAR}(?!\d)"
)
_NUMERIC = re.compile(rf"(?<![\d./-])(\d\d?)([./-])(\d\d?)\2{_YEAR}(?![\d/-])")
_JAVASCRIPT = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d?) (?:\d\d:\d\d:\d\d )?(?:\w+ )?" + _YEAR
)
_IN_PATH = re.compile(rf"(?:^|/){_YEAR}[/-](\d\d?|[a-z]{{3,9}})[/-](\d\d?)(?=[/+_-]|$)")
_COMPACT_IN_PATH = re.compile(rf"(?:^|[/_-]){_YEAR}(\d\d)(\d\d)(?=[/_.-]|$)")


def parse_date(text: str, *, month_first: bool | None = None) -> str | None:
    """The date of an attribute or field that holds nothing else, as exact as it is given.

    `month_first` says how 3/4/2024 is to be read; when it is unknown, such dates are read only
    where one of the two cannot be a month.
    """
    text = text.strip()[:100]
    if (match := _ISO.match(text)) is not None:
        return _iso(match)
    if (match := _PART.fullmatch(text)) is not None:
        return match[0]
    if (match := _COMPACT.fullmatch(text)) is not None:
        return _day(match[1], match[2], match[3])
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC).isoformat().replace("+00:00", "Z")
    return find_date(text, month_first=month_first, since=FIRST_YEAR)


def find_date(
    text: str, *, month_first: bool | None = None, since: int = FIRST_WEB_YEAR
) -> str | None:
    """The first date in a short text, `YYYY-MM-DD`."""
    readings: list[tuple[int, str]] = []
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(text):
            found = read(match, month_first)
            if found is not None and int(found[:4]) >= since:
                readings.append((match.start(), found))
                break
    return min(readings)[1] if readings else None


def date_in_path(path: str) -> str | None:
    """The date in the path of an address, as in /2024/03/17/ or /20240317-."""
    lowered = path.lower()
    if (match := _IN_PATH.search(lowered)) is not None:
        month = str(MONTHS.get(match[2], match[2]))
        return _web_day(match[1], month, match[3])
    if (match := _COMPACT_IN_PATH.search(lowered)) is not None:
        return _web_day(match[1], match[2], match[3])
    return None


def days_apart(one: str, other: str) -> int | None:
    """Days between two dates in ISO form; `None` where one is no full date."""
    try:
        return abs((date.fromisoformat(one[:10]) - date.fromisoformat(other[:10])).days)
    except ValueError:
        return None


def _web_day(year: str, month: str, day: str) -> str | None:
    return _day(year, month, day) if int(year) >= FIRST_WEB_YEAR else None


def _day(year: str, month: str | int, day: str) -> str | None:
    """The date of three numbers, if there is such a day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _iso(match: re.Match[str]) -> str | None:
    """An ISO date with the time that stands beside it, in the form of the standard."""
    day = _day(match[1], match[2], match[3])
    if day is None or match[4] is None:
        return day
    seconds = f":{match[6]}" if match[6] else ""
    zone = (match[7] or "").upper()
    if zone in ("UTC", "GMT"):
        zone = "Z"
    elif len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    if int(match[4]) > 23 or int(match[5]) > 59:
        return day
    return f"{day}T{match[4]}:{match[5]}{seconds}{zone}"


def _read_big_first(match: re.Match[str], _: bool | None) -> str | None:
    return _day(match[1], match[2], match[3])


def _read_day_first(match: re.Match[str], _: bool | None) -> str | None:
    month = MONTHS.get(match[2].lower())
    return _day(match[3], month, match[1]) if month else None


def _read_month_first(match: re.Match[str], _: bool | None) -> str | None:
    month = MONTHS.get(match[1].lower())
    return _day(match[3], month, match[2]) if month else None


def _read_numeric(match: re.Match[str], month_first: bool | None) -> str | None:
    """Dots mean day, month, year everywhere; slashes and dashes depend on the country."""
    first, second, year = match[1], match[3], match[4]
    if match[2] == "." or int(first) > 12:
        return _day(year, second, first)
    if int(second) > 12 or month_first:
        return _day(year, first, second)
    if month_first is False or first == second:
        return _day(year, second, first)
    return None


_PATTERNS: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], bool | None], str | None]], ...
] = (
    (_BIG_FIRST, _read_big_first),
    (_DAY_FIRST, _read_day_first),
    (_MONTH_FIRST, _read_month_first),
    (_NUMERIC, _read_numeric),
    (_JAVASCRIPT, _read_month_first),
)
