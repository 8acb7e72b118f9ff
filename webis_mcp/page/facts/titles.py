"""The title of a page, told from its site's name: a choice among what the page offers, no more."""

from __future__ import annotations

import re
from collections.abc import Sequence

MIN_LIKENESS = 0.25
"""Share of words that a heading and the head's title must have in common to be the same thing said
twice (0.2 to 0.3 are best on the labelled titles; above 0.5 it costs two points)."""

MAX_TITLE = 300
"""A heading longer than this is a paragraph in disguise."""

_SEPARATOR = re.compile(
    r"(\s+[|/\\\-\u2013\u2014\u2015:»«·•\u2039\u203a~]+\s+|\s*[|»·•]\s*|(?<=[^\x00-\x7f])[_-](?=[^\x00-\x7f]))"
)
_PART = re.compile(r"\s+[|/\-\u2013\u2014:»«·•]+\s+|\s*[|»·•]\s*|:\s")
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
_ANCHOR = re.compile(r"\s*[¶#§🔗]+$")
_NOT_LETTERS = re.compile(r"[\W_]+")


def choose_title(headings: Sequence[str], named: Sequence[str], site: Site) -> str | None:
    """The title among a page's main headings and what its head calls it, best trusted first.

    The heading is what a reader sees, so it wins where the head bears it out; a heading that the
    head does not know is a banner or a slogan.
    """
    headings = [cleaned(heading) for heading in headings]
    names = [name for name in (cut_site(cleaned(name), site) for name in named) if name]
    headings = [h for h in headings if 0 < len(h) <= MAX_TITLE and not site.is_named(h)]
    # A last part of the title that is also a heading is the site's banner: "Intro - Ada's Blog".
    tails = {_key(_SEPARATOR.split(cleaned(name))[-1]) for name in named if _SEPARATOR.search(name)}
    headings = [heading for heading in headings if _key(heading) not in tails] or headings
    return (
        _same(headings, names)
        or _within(headings, names)
        or _alike(headings, names)
        or next(iter(names), None)
        or next(iter(headings), None)
    )


class Site:
    """What a site is called, to tell its name from a title or an author."""

    def __init__(self, names: Sequence[str], host: str) -> None:
        self._names = {_key(name) for name in names} - {""}
        self._words = [frozenset(words_of(name)) for name in names]
        labels = host.lower().removeprefix("www.").split(".")
        self._host = _key("".join(labels))
        self._domain = max((_key(label) for label in labels[:-1]), key=len, default="")

    def is_called(self, text: str) -> bool:
        """Whether a text is what the site calls itself, or its address."""
        return _key(text) in self._names or (bool(self._host) and _key(text) == self._host)

    def is_named(self, text: str) -> bool:
        """Whether a text is the site's name or close to it: its address, or most of its words."""
        key = _key(text)
        if not key or self.is_called(text) or key == self._domain:
            return True
        if any(_likeness(frozenset(words_of(text)), name) >= 0.5 for name in self._words):
            return True
        if len(key) > 3 and key in self._host:
            return True
        return len(self._domain) > 3 and self._domain in key and len(key) < 2 * len(self._domain)


def cut_site(title: str, site: Site) -> str:
    """A title without the site's name at its end or start."""
    parts = _SEPARATOR.split(title)
    while len(parts) > 2 and site.is_named(parts[-1]):
        parts = parts[:-2]
    while len(parts) > 2 and site.is_named(parts[0]):
        parts = parts[2:]
    return "".join(parts).strip()


def cleaned(text: str) -> str:
    """A heading without the sign of a link to itself."""
    return _ANCHOR.sub("", text).strip()


def words_of(text: str) -> list[str]:
    """The words of a text, small; every Chinese or Japanese character is one."""
    return _WORD.findall(text.casefold())


def _key(text: str) -> str:
    return _NOT_LETTERS.sub("", text.casefold())


def _same(headings: Sequence[str], names: Sequence[str]) -> str | None:
    """The first heading that the head gives word for word."""
    known = [words_of(name) for name in names]
    return next((heading for heading in headings if words_of(heading) in known), None)


def _within(headings: Sequence[str], names: Sequence[str]) -> str | None:
    """A name that stands whole within a heading, which has a label or a button beside it."""
    longer = [f" {' '.join(words_of(heading))} " for heading in headings]
    for name in names:
        parts = words_of(name)
        if len(parts) > 1 and any(f" {' '.join(parts)} " in heading for heading in longer):
            return name
    return None


def _alike(headings: Sequence[str], names: Sequence[str]) -> str | None:
    """The heading most like a name or a part of one."""
    parts = [frozenset(words_of(part)) for name in names for part in (name, *_PART.split(name))]
    best, chosen = 0.0, None
    for heading in headings:
        said = frozenset(words_of(heading))
        likeness = max((_likeness(said, part) for part in parts), default=0.0)
        if likeness > best:
            best, chosen = likeness, heading
    return chosen if best >= MIN_LIKENESS else None


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of words that two texts have in common."""
    return len(one & other) / len(one | other) if one and other else 0.0
