"""What a page says for machines: things with properties, each statement with its place.

JSON-LD, microdata and RDFa say the same in three ways; here they become one. Who is right where
they differ is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from webis_mcp.page.value import Place

MAX_THINGS = 1_000
"""Things of a page that are looked at; a listing has some hundreds, its offers among them."""

NAMES = ("name", "headline", "title", "text", "@value")
"""By which property a thing stands for itself, where a text is wanted."""


class Statement(NamedTuple):
    """A text that a page says, and where; `visible` where a reader sees it."""

    text: str
    place: Place
    visible: bool = False


Said: TypeAlias = "Statement | Thing"


@dataclass(slots=True, eq=False)
class Thing:
    """A thing that a page speaks of: its schema types, and what is said of it by property.

    `joined` has the properties that are lists of texts, each as one; `shown` is what a reader sees
    of the element that the thing was told on.
    """

    types: tuple[str, ...] = ()
    said: dict[str, list[Said]] = field(default_factory=dict)
    joined: dict[str, Statement] = field(default_factory=dict)
    source: str = ""
    id: str = ""
    shown: Sequence[Statement] = ()

    def say(self, name: str, said: Said) -> None:
        self.said.setdefault(name, []).append(said)


@dataclass(frozen=True, slots=True)
class Things:
    """All things of a page.

    Attributes:
        top: those that are no part of another, in document order, the best source first.
        by_id: things by their address within the page's data.
        meta: what `meta` elements say, by name in lower case.
    """

    top: Sequence[Thing] = ()
    by_id: Mapping[str, Thing] = field(default_factory=dict)
    meta: Mapping[str, Sequence[Statement]] = field(default_factory=dict)

    def all(self) -> Iterator[Thing]:
        """Every thing, parts after their whole."""
        seen: set[int] = set()
        queue = list(reversed(self.top))
        while queue and len(seen) < MAX_THINGS:
            thing = queue.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            yield thing
            parts = [s for said in thing.said.values() for s in said if isinstance(s, Thing)]
            queue.extend(reversed(parts))

    def follow(self, thing: Thing, path: str) -> list[Said]:
        """What is said along a path of properties such as `offers.price`."""
        at: list[Said] = [thing]
        for step in path.split("."):
            at = [said for one in at if isinstance(one, Thing) for said in self._of(one, step)]
        return at

    def _of(self, thing: Thing, name: str) -> list[Said]:
        whole = self.by_id.get(thing.id, thing) if thing.id else thing
        return thing.said.get(name) or whole.said.get(name, [])

    def texts(self, said: Said) -> list[Statement]:
        """The statements that stand for something said: a thing's name, or it itself."""
        if isinstance(said, Statement):
            return [said]
        for name in NAMES:
            found = [s for s in self._of(said, name) if isinstance(s, Statement)]
            if found:
                return found[:1]
        return []


def short_type(name: str) -> str:
    """A schema type without the address of the schema."""
    return name.strip().rstrip("/").rpartition("/")[2].rpartition("#")[2].rpartition(":")[2]
