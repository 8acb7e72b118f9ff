"""Where values may come from on one page, each source read when first asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from urllib.parse import urlsplit

from webis_mcp.page.model import Block, Page
from webis_mcp.page.tree import Node, Tree
from webis_mcp.page.value import Passage, Place
from webis_mcp.page.values.grounding import Ground
from webis_mcp.page.values.lexicon import fold
from webis_mcp.page.values.marked import read_things
from webis_mcp.page.values.pairs import Pair, read_pairs
from webis_mcp.page.values.places import Places, attribute, path_of
from webis_mcp.page.values.records import RecordSet, read_record_sets
from webis_mcp.page.values.things import Statement, Things
from webis_mcp.service.values.forms import Setting

MAX_SHOWN = 1_000_000
"""Characters of text in which values are looked for, content first: over ten times the longest page
that is no dump."""

MAX_BLOCKS = 6_000
"""Blocks in which values are looked for, content first; hardly a page has as many."""

MAX_BLOCK = 100_000
"""Characters of one block in which a value is found again."""

MAX_NAMED = 100
"""Elements of one class that are looked at: a class of more is no value's."""

_HOOKS = ("data-qa", "data-test", "data-automation", "data-cy")
"""Attributes by which a site's own tests find an element; their names are telling."""

MAX_LINKS = 3_000
"""Links that are looked at for a mail address or a telephone number."""


class Sources:
    """A page, and all that can be read from it.

    Args:
        likely: one label a block: whether it is content.
    """

    def __init__(self, page: Page, tree: Tree, likely: Sequence[bool]) -> None:
        self.page = page
        self.tree = tree
        self.likely = likely
        self.places = Places(page)

    @cached_property
    def setting(self) -> Setting:
        address = self.page.url or self.page.facts.canonical_url or ""
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            host = ""
        return Setting(address, host, self.page.facts.language or "")

    @cached_property
    def things(self) -> Things:
        return read_things(self.tree, self.places)

    @cached_property
    def pairs(self) -> list[Pair]:
        return read_pairs(self.page)

    @cached_property
    def record_sets(self) -> list[RecordSet]:
        return read_record_sets(self.page, self.tree, self.places)

    @cached_property
    def shown(self) -> list[Block]:
        """The blocks that a browser shows, content first."""
        blocks = [block for block in self.page.blocks if block.text and not block.hidden]
        blocks.sort(key=lambda block: not self.likely[block.order])
        blocks = blocks[:MAX_BLOCKS]
        starts = accumulate((len(block.text) for block in blocks), initial=0)
        return [block for block, start in zip(blocks, starts, strict=False) if start < MAX_SHOWN]

    @cached_property
    def ground(self) -> Ground:
        """The same, to find words in."""
        passages = (Passage(b.order, self.page.xpath(b), b.text[:MAX_BLOCK]) for b in self.shown)
        return Ground(list(passages))

    @cached_property
    def named(self) -> Mapping[str, Sequence[Node]]:
        """The elements by each class, `itemprop`, id and name for tests that they bear, folded."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.tree.root.iter():
            attrs = node.attrs
            for name in (
                *attrs.get("itemprop", "").split()[:2],
                *attrs.get("class", "").split()[:8],
                *attrs.get("id", "").split()[:1],
                *(value for key, value in attrs.items() if key.startswith(_HOOKS)),
            ):
                nodes = found[fold(name)]
                if len(nodes) < MAX_NAMED:
                    nodes.append(node)
        return found

    @cached_property
    def struck(self) -> Mapping[int, str]:
        """What is struck through, by the block that it stands in: it was so and is no longer."""
        found: dict[int, str] = {}
        for tag in ("s", "del", "strike"):
            for node in self.tree.named.get(tag, ())[:MAX_NAMED]:
                for said in self.places.shown(node):
                    if (order := said.place.block) is not None:
                        found[order] = f"{found.get(order, '')}\n{said.text}"
        return found

    @cached_property
    def contact_links(self) -> list[Statement]:
        """What links for mail and telephone dial."""
        found: list[Statement] = []
        for node in self.tree.named.get("a", ())[:MAX_LINKS]:
            if node.attrs.get("href", "").lower().startswith(("mailto:", "tel:", "callto:")):
                told = attribute(node, "href")
                if told is not None:
                    found.append(told)
        return found

    def head_statements(self) -> Iterator[Statement]:
        """What the root and the head say outside of `meta`: language, title."""
        for node in self.tree.named.get("html", ())[:1]:
            for name in ("lang", "xml:lang"):
                if (told := attribute(node, name)) is not None:
                    yield told
        for node in self.tree.named.get("title", ())[:1]:
            text = node.text()
            if text.strip():
                yield Statement(" ".join(text.split()), Place(text, path_of(node)))
