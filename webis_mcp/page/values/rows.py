"""The items among the blocks of a section: list items, rows of a table, like elements, lines.

An item may be told in several blocks, an amount and then a name: its quote has a line for each, as
the page's text has. What a list is of, and where it begins and ends, is not known here.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, takewhile

from webis_mcp.page.model import Block, Kind, Page
from webis_mcp.page.value import Place
from webis_mcp.page.values.lexicon import fold
from webis_mcp.page.values.things import Statement

ALL_LINK = 0.9
"""Share of an item's letters in links from which on it is nothing but a link."""

MAX_HEAD = 60
"""Characters of a line that heads items and is none."""

MAX_ITEM = 2_000
"""Characters of an item of several blocks; more is a section."""

MAX_PARTS = 12
"""Blocks that one item is told in."""

EARLY = 4
"""Blocks of a section among which its first item stands."""

LATE = 20
"""Blocks of a section before its first list item, from which on those are what is listed."""

WIDEST = 8
"""Blocks after an item's first without another item, until the list is over."""

LONG = 80
"""Characters of a paragraph that says all alone what a list would."""

FEW_LETTERS = 15
"""Letters of the shortest list that is one: "egg, salt, milk"."""

FEW_LINES = 3
"""Lines from which on a paragraph is a list with breaks."""

_LETTER = re.compile(r"[^\W\d_]")
_DIGITS = re.compile(r"\d+")
_COUNTED = re.compile(r"\W*(?:[^\W\d_]{1,12}\W*)?(\d{1,3})\W*")
_NO_WORDS = (Kind.IMAGE, Kind.CAPTION, Kind.FORM)

Row = Sequence[Block]


def says(text: str) -> bool:
    """Whether a text is more than a number or a sign."""
    return len(text) > 2 and bool(_LETTER.search(text))


def heads(text: str) -> bool:
    """Whether a line within a list is the heading of the items after it: "For the dough:"."""
    return len(text) <= MAX_HEAD and text.rstrip().endswith((":", "\uff1a"))


def is_number(text: str) -> bool:
    """Whether a text only counts: "1", "Step 2"."""
    return _COUNTED.fullmatch(text) is not None


def items_among(page: Page, blocks: Sequence[Block]) -> list[Statement]:
    """The items that blocks tell, in the best of the ways in which pages tell them."""
    shown = [block for block in blocks if block.text and not block.hidden]
    rows = _of_list(page, shown)
    if rows and shown.index(rows[0][0]) > LATE:
        rows = []
    if len(rows) < 2 and (table := next((b for b in shown[:EARLY] if _is_table(b)), None)):
        return distinct(lines(page, table))
    if len(rows) < 2:
        rows = _alike(page, [block for block in shown if block.kind not in _NO_WORDS])
    if sum(block.link_share > ALL_LINK for row in rows for block in row[:1]) * 2 > len(rows):
        return []  # what leads elsewhere is a menu
    return distinct(_said(page, rows))


def _said(page: Page, rows: Sequence[Row]) -> list[Statement]:
    """One item a row; where rows are paragraphs of many lines, one a line."""
    broken = list(takewhile(lambda row: _is_broken(row[0]), rows))
    if broken:
        return [said for row in broken for block in row for said in lines(page, block)]
    found = [statement(page, row) for row in _uncounted(rows)]
    return [said for said in found if says(said.text) and len(said.text) <= MAX_ITEM]


def distinct(items: Sequence[Statement]) -> list[Statement]:
    """The items without headings; each once, where the page has the list for two widths."""
    said = [one for one in items if not heads(one.text)] or list(items)
    if all(_counts(one.text, at + 1) for at, one in enumerate(said)):
        return []  # "Step 1", "Step 2": what they count stands elsewhere
    once = {fold(one.text): one for one in reversed(said)}
    if len(said) > 3 and len(once) * 2 <= len(said):
        return list(reversed(once.values()))
    return said


def statement(page: Page, row: Row) -> Statement:
    """What stands in blocks that follow one another, with its place: that of the first."""
    quote = "\n".join(block.text for block in row)
    place = Place(quote, page.xpath(row[0]), row[0].order)
    return Statement(" ".join(quote.split()), place, True)


def lines(page: Page, block: Block) -> list[Statement]:
    """What a block says line by line."""
    xpath = page.xpath(block)
    return [
        Statement(" ".join(line.split()), Place(line.strip(), xpath, block.order), True)
        for line in block.text.split("\n")
        if says(line.strip())
    ]


def joined(page: Page, blocks: Iterable[Block]) -> Row:
    """The first blocks with words that nothing else stands between on the page."""
    row: list[Block] = []
    for block in blocks:
        if len(row) == MAX_PARTS or (row and _says_between(page, row[-1], block)):
            break
        row.append(block)
    return row


def _says_between(page: Page, one: Block, other: Block) -> bool:
    return any(b.text and not b.hidden for b in page.blocks[one.order + 1 : other.order])


# ------------------------------------------------------------------ which blocks are one item


def _of_list(page: Page, shown: Sequence[Block]) -> list[Row]:
    """List items, each with all its blocks."""
    listed = [at for at, block in enumerate(shown) if block.kind is Kind.LIST_ITEM]
    items = [shown[at] for at in _near(listed)]
    lists: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for _, blocks in groupby(items, lambda block: _around(page, block, "li")):
        row = joined(page, blocks)
        lists[_look_of_list(page, row[0])].append(row)
    best = (rows for rows in lists.values() if len(rows) > 1 and _letters(rows) >= FEW_LETTERS)
    return next(best, [])


def _look_of_list(page: Page, block: Block) -> tuple[str, ...]:
    """How the outermost list around an item is set: a list in parts has parts of one look."""
    lists = [e for e in page.ancestors(block.element) if page.elements[e].tag in ("ol", "ul")]
    outer = page.elements[lists[-1]] if lists else None
    return (outer.tag, _DIGITS.sub("", outer.marks)) if outer else ()


def _letters(rows: Sequence[Row]) -> int:
    return sum(len(block.text) for row in rows for block in row)


def _around(page: Page, block: Block, tag: str) -> int:
    """The nearest element of a tag that a block stands in, or else its own."""
    return next((e for e in page.ancestors(block.element) if page.elements[e].tag == tag), -1)


def _is_table(block: Block) -> bool:
    return block.kind is Kind.TABLE and len(block.rows) > 1


def _alike(page: Page, shown: Sequence[Block]) -> list[Row]:
    """Elements of one look, each with what stands in it; one long paragraph is a list of one."""
    looks = [_look(page, block) for block in shown]
    counts = Counter(looks)
    early = [at for at, one in enumerate(looks[:EARLY]) if counts[one] > 1]
    items = [at for at in early if not shown[at].level]
    if early and items and counts[looks[early[0]]] * 2 <= counts[looks[items[0]]]:
        early = items  # the headings are of parts of the list
    look = looks[early[0]] if early else None
    if look is None:
        return [[block] for block in shown[:1] if len(block.text) >= LONG or _is_broken(block)]
    firsts = list(_near([at for at, one in enumerate(looks) if one == look]))
    regular = {one for one, count in counts.items() if count > 1 and count * 2 >= len(firsts)}
    return list(_rows(page, shown, firsts, [one in regular for one in looks]))


def _is_broken(block: Block) -> bool:
    return block.text.count("\n") + 1 >= FEW_LINES


def _look(page: Page, block: Block) -> tuple[str, ...]:
    """How a block is set: its element with its class, and what that stands in."""
    if block.element < 0:
        return ()
    around = [page.elements[index] for index in page.ancestors(block.element)][:4]
    return (_DIGITS.sub("", around[0].marks), *(element.tag for element in around))


def _near(places: Sequence[int]) -> Iterator[int]:
    """The places up to the first wide gap."""
    before = places[0] if places else 0
    for at in places:
        if at - before > WIDEST:
            return
        before = at
        yield at


def _rows(
    page: Page, shown: Sequence[Block], firsts: Sequence[int], regular: Sequence[bool]
) -> Iterator[Row]:
    """What stands from the first block of each item to that of the next: in the item's own
    element, or beside it where most items have the like."""
    around = [frozenset(page.ancestors(shown[at].element)) for at in firsts]
    shared = frozenset.intersection(*around)
    near = Counter(index for one in around for index in one)
    for at, end, above in zip(firsts, [*firsts[1:], len(shown)], around, strict=True):
        own = {index for index in above if near[index] == 1}
        is_flat = own <= {shown[at].element}
        row = [shown[at]]
        for block, is_regular in zip(shown[at + 1 : end], regular[at + 1 : end], strict=True):
            inside = frozenset(page.ancestors(block.element))
            if block.level or not shared <= inside:
                break
            if not (is_regular if is_flat else own & inside):
                break
            row.append(block)
        yield joined(page, row)


def _uncounted(rows: Sequence[Row]) -> list[Row]:
    """Rows without the number that each begins with: "1", "Step 2"."""
    if len(rows) > 1 and all(_is_number(row, at + 1) for at, row in enumerate(rows)):
        return [row[1:] for row in rows]
    return list(rows)


def _is_number(row: Row, number: int) -> bool:
    return len(row) > 1 and _counts(row[0].text, number)


def _counts(text: str, number: int) -> bool:
    counted = _COUNTED.fullmatch(text)
    return counted is not None and int(counted[1]) == number
