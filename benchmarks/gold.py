"""The labelled values of the measuring ground: what is asked, and when an answer is right.

*Exact*: the same text, number or list. *Right*: the same but for case, signs and white space; of
lists, 95 % of the words; of dates the same day, month or year as the label; of currencies the sign
or the code; of yields the number. A label with several values is met by any one of them.

Of lists two things count neither for nor against, on either side, for they are no items: lines
that head others ("For the dough:"), and the number that a step begins with ("1.", "Step 2 |").
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webis_mcp.page.values.typed.amounts import CODES, SYMBOLS, number_of
from webis_mcp.page.values.typed.times import date_of

LIST_SHARE = 0.95

_HEAD = re.compile(r".{1,59}[:\uff1a]", re.DOTALL)
_NUMBER = re.compile(r"^\W*(?:[^\W\d_]{3,9}\s*)?\d{1,2}\s*(?:[.):|\u2013-]\s*)+(?!\d)")

MORE_SIGNS = {"ر.س": "SAR", "원~": "KRW", "тг.": "KZT", "Rs": "PKR INR LKR NPR"}

TEXT = {"type": "string"}
MINUTES = {"type": "integer", "description": "in minutes"}
LIST = {"type": "array", "items": TEXT}

ASKED: Mapping[str, Mapping[str, Any]] = {
    "recipe": {
        "title": TEXT,
        "ingredients": LIST,
        "steps": LIST,
        "author": TEXT,
        "description": TEXT,
        "yields": {"type": "string", "description": "number of servings"},
        "total_time": MINUTES,
        "prep_time": MINUTES,
        "cook_time": MINUTES,
        "category": TEXT,
        "cuisine": TEXT,
        "rating": {"type": "number"},
        "site_name": TEXT,
        "language": TEXT,
    },
    "product": {
        "price": {"type": "number"},
        "currency": TEXT,
        "sku": TEXT,
        "brand": TEXT,
        "mpn": TEXT,
        "gtin": TEXT,
        "availability": {"type": "string", "enum": ["InStock", "OutOfStock"]},
    },
    "book": {
        "title": TEXT,
        "author": TEXT,
        "isbn": TEXT,
        "publisher": TEXT,
        "publication_date": TEXT,
    },
}
"""The schema that is asked of a page, by kind."""

LABELS = {"steps": "instructions_list", "rating": "ratings", "isbn": "isbn_13"}
"""Labels that are called otherwise than the field."""


def label_of(page: Mapping[str, Any], field: str) -> Any:
    """The label of a field; `None` where there is none."""
    label = page["gold"].get(LABELS.get(field, field))
    if isinstance(label, list) and page["kind"] == "book":
        label = [text.lstrip(": ") for text in label]
    return label or None


def is_exact(value: Any, label: Any) -> bool:
    if isinstance(value, list):
        return [flat(text) for text in value] == [flat(text) for text in label]
    wanted = label if isinstance(label, list) else [label]
    return flat(str(value)) in [flat(str(one)) for one in wanted]


def is_right(field: str, value: Any, label: Any) -> bool:
    if isinstance(value, list):
        label = label if isinstance(label, list) else [label]
        one, other = words(" ".join(items(field, value))), words(" ".join(items(field, label)))
        return shared(one, other) >= LIST_SHARE
    same = SAME.get(field, same_words)
    wanted = label if isinstance(label, list) else [label]
    return any(same(str(value), str(one)) for one in wanted) or is_exact(value, label)


def items(field: str, told: Sequence[str]) -> Sequence[str]:
    """What of a list is an item: no headings, and steps without their numbers."""
    kept = [text for text in told if not _HEAD.fullmatch(text.strip())] or told
    return [_NUMBER.sub("", text) for text in kept] if field == "steps" else kept


def flat(text: str) -> str:
    return " ".join(text.split())


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def shared(one: Sequence[str], other: Sequence[str]) -> float:
    """The F1 of two bags of words."""
    both = (Counter(one) & Counter(other)).total()
    return 2 * both / (len(one) + len(other)) if one or other else 1.0


def same_words(value: str, label: str) -> bool:
    return words(value) == words(label)


def same_set(value: str, label: str) -> bool:
    """Lists within a text, in any order."""
    return sorted(words(value)) == sorted(words(label))


def same_number(value: str, label: str) -> bool:
    try:
        numbers = {float(label.strip()), number_of(label.strip())}
        return any(n is not None and abs(float(value) - n) < 0.05 for n in numbers)
    except ValueError:
        return False


def same_first_number(value: str, label: str) -> bool:
    one, other = re.search(r"\d+", value), re.search(r"\d+", label)
    return (one and one[0]) == (other and other[0]) if one and other else same_words(value, label)


def same_code(value: str, label: str) -> bool:
    return re.sub(r"\W", "", value).casefold() == re.sub(r"\W", "", label).casefold()


def same_isbn(value: str, label: str) -> bool:
    one, other = (re.sub(r"[\s-]", "", text) for text in (value, label))
    return one == other or (len(one) == 10 and other[3:12] == one[:9])


def same_currency(value: str, label: str) -> bool:
    one, other = currencies(value), currencies(label)
    return bool(one & other)


def currencies(text: str) -> set[str]:
    """The codes that a sign may stand for."""
    sign = text.strip()
    if sign in ("$", "US$"):
        return {code for code in CODES if code.endswith("D")} | {"ARS", "MXN", "CLP", "TWD"}
    found = MORE_SIGNS.get(sign) or SYMBOLS.get(sign) or SYMBOLS.get(sign.rstrip(".~")) or sign
    return set(found.split())


def same_date(value: str, label: str) -> bool:
    one, other = date_of(value), date_of(label)
    if one is None or other is None:
        return same_words(value, label)
    return one[: min(len(one), len(other), 10)] == other[: min(len(one), len(other), 10)]


def same_language(value: str, label: str) -> bool:
    return value[:2].lower() == label[:2].lower()


SAME: Mapping[str, Callable[[str, str], bool]] = {
    "category": same_set,
    "cuisine": same_set,
    "yields": same_first_number,
    "total_time": same_number,
    "prep_time": same_number,
    "cook_time": same_number,
    "rating": same_number,
    "price": same_number,
    "currency": same_currency,
    "sku": same_code,
    "mpn": same_code,
    "gtin": same_code,
    "isbn": same_isbn,
    "publication_date": same_date,
    "language": same_language,
}
