"""What a robots.txt allows us, by RFC 9309. Pure: it is fetched elsewhere.

Written here because a file of 500 KiB comes from a stranger: only the rules for us are kept, and
every step is linear in what was sent. (protego 0.7 keeps every rule for every agent: 60 KB took it
eight seconds and 290 MB.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

PRODUCT = "webis-mcp"
"""The name by which a robots.txt can address us."""
MAX_ROBOTS_BYTES = 500 * 1024
"""What RFC 9309 has a program read at least; the rest is ignored."""

TOKEN = re.compile(r"[a-z_-]+|\*", re.IGNORECASE)
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that allows or disallows the paths of a pattern."""

    allow: bool
    pattern: str

    def matches(self, path: str) -> bool:
        """Whether the pattern fits the path's beginning: `*` is anything, a last `$` the end."""
        if not self.pattern:  # "Disallow:" closes nothing
            return False
        anchored = self.pattern.endswith("$")
        whole = self.pattern[:-1] if anchored else self.pattern + "*"
        if "*" not in whole:
            return path == whole
        first, *middle, last = whole.split("*")
        at, end = len(first), len(path) - len(last)
        for part in middle:
            found = path.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return at <= end and path.startswith(first) and path.endswith(last)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for us, in the file's order."""

    rules: tuple[Rule, ...] = ()

    def allow(self, path: str) -> bool:
        """Whether we may fetch a path (with its query): the longest rule that fits decides.

        Where rules of one length disagree, allow wins; where none fits, all is allowed.
        """
        path = _normal(path)
        fitting = [(len(rule.pattern), rule.allow) for rule in self.rules if rule.matches(path)]
        return max(fitting, default=(0, True))[1]

    def size(self) -> int:
        """About how much memory they take."""
        return 200 + sum(200 + len(rule.pattern) for rule in self.rules)


def parse_robots(text: str) -> Rules:
    """The rules of the groups that name us or, where none does, of those for everybody."""
    named: list[Rule] = []
    general: list[Rule] = []
    is_named = False
    for agents, rules in _groups(_lines(text)):
        if PRODUCT in agents:
            is_named = True
            named += rules
        elif "*" in agents:
            general += rules
    return Rules(tuple(named if is_named else general))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _groups(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[set[str], list[Rule]]]:
    """A group is one or more user agents with the rules below them."""
    agents: set[str] = set()
    rules: list[Rule] = []
    for key, value in lines:
        if key == "user-agent":
            if rules:
                yield agents, rules
                agents, rules = set(), []
            token = TOKEN.match(value)
            agents.add(token[0].lower() if token else "")
        elif key in ("allow", "disallow") and agents:
            rules.append(Rule(key == "allow", _normal(value)))
    yield agents, rules


def _normal(path: str) -> str:
    """One spelling of a path: what need not be escaped is not, all else is, in capitals."""
    return ESCAPE.sub(_unescaped, quote(path, safe="/%*$?&=+:@!,;'()~[]|{}^"))


def _unescaped(escape: re.Match[str]) -> str:
    char = chr(int(escape[1], 16))
    return char if UNRESERVED.fullmatch(char) else escape[0].upper()
