"""Which blocks of a page stand in its comment section, and which of these somebody has written.

Told by the names in the markup and not by what the blocks say, so that no language is preferred.
Reviews of a product are no comments here (they are told apart by `reviews_of`), and neither are the
posts of a thread, unless the page calls them so. Comments that a script is still to bring are not
there to be found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from webis_mcp.page.model import Block, Element, Kind, Page

_COMMENTS = re.compile(
    r"(?:user|post|blog|fb|wp)?"
    r"(?:comments?|commentaires?|comment[io]|comentarios?|comentarii|comentaris|kommentar(?:er?|en)?"
    r"|kommentit|kommentti|kommentarii|komentar(?:ze?|[eijy])?|reacties?|yorum(?:lar)?"
    r"|hozzaszolas(?:ok)?|binhluan|pinglun|评论|評論|コメント|댓글|комментари[ийея]|коментар[иі])"
    r"(?:list|area|section|body|content|text|block|box|wrap|wrapper|container|holder|tree|form)?"
    r"|replies|responses|respond|disqus|wpdiscuz|livefyre|intensedebate|spotim|hypercomments"
    r"|cackle|giscus|utterances|gitalk|valine|waline|twikoo|duoshuo|changyan|livere"
)
"""A word that says comments: in languages in which markup is often named, and the services that
put comments into the pages of others."""

_REVIEWS = re.compile(
    r"(?:user|customer|product|buyer)?"
    r"(?:reviews?|rezension(?:en)?|bewertung(?:en)?|avis|resenas?|reseñas?|opiniones|valoraciones"
    r"|avaliac(?:ao|oes)|avaliações|recension[ei]|recensioni|recenzj[ei]|recenze|opinie"
    r"|beoordeling(?:en)?|omdommen|anmeldelser|arvostelut|yorumlar|отзывы?|レビュー|评价|評價|리뷰)"
    r"(?:list|area|section|body|content|text|block|box|wrap|wrapper|container|holder)?"
    r"|yotpo|jdgm|okendo|loox|bazaarvoice|powerreviews|trustpilot|feefo|turnto"
)
"""The same for reviews, and the services that put them into shops."""

_FORM = re.compile(r".+form|respond")

_ONE = frozenset("comment commentbody commentcontent commenttext".split())
_OF_ONE = frozenset("comment body content text entry message item li div post inner".split())
"""Words of a name that says one comment, or its words: "li-comment-12", "comment-body"."""

_ELSEWHERE = frozenset(
    "recent latest newest top popular widget sidebar carousel count counter number num link links "
    "icon bubble badge toggle enabled disabled allowed no total".split()
)
"""Words that tell of comments which are not here: their number, a link, the latest of the site."""

_AROUND = frozenset(
    "form respond login signin logged notes notice rules policy guidelines disclaimer akismet "
    "subscribe subscription meta metadata info author vcard avatar byline username date time "
    "timestamp permalink actions action controls button buttons btn toolbar tools menu share "
    "sharing social vote votes voting like likes rating karma score report flag edit reply nav "
    "navigation pagination pager paging sort filter header footer title heading".split()
)
"""Words in names of what stands around a comment's own words: who, when, and what to press."""

_AROUND_TAGS = frozenset(["form", "button", "nav", "header", "footer", "fieldset", "label"])

_ONE_TAGS = frozenset(["li", "article", "dd", "td", "blockquote"])
"""Elements that hold one comment where they stand in a section, whatever they are called."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")

_NAME_READ = 100
"""Characters of a name that are read: it is remembered from page to page, and a stranger's may be
as long as he likes."""

_FIGURES = re.compile(r"\d+")

NEARLY_ALL = 0.9
"""Share of a page's text from which an element is no part of the page but the page."""

TITLE_SHARE = 0.3
"""Share of the page's title that a heading has to make up to be the page's, not the site's."""

SAID = 500
"""Characters of a part named after reviews from which it is what buyers say; less is what the shop
tells of it, how many there are and what they come to."""

LABEL = 40
"""Characters of what is all link, and then no comment: a name, a date, "Reply"."""

_NOT_WORDS = frozenset({Kind.FORM, Kind.IMAGE, Kind.HEADING, Kind.TERM})


@dataclass(frozen=True, slots=True)
class Comments:
    """The comment section of a page, by orders of blocks.

    Attributes:
        section: all that stands in it.
        written: what of that are the words of a comment.
    """

    section: frozenset[int] = frozenset()
    written: frozenset[int] = frozenset()


class _Place(Enum):
    """Where an element stands: in one comment, or with what is around its words."""

    OUTSIDE = auto()
    SECTION = auto()
    COMMENT = auto()
    AROUND = auto()


_OUTSIDE = _Place.OUTSIDE
"""Before Python 3.12 a member of an enum is looked up by a function: too slow for every element."""


class _Names(NamedTuple):
    """What the names of an element say: comments, one comment, what is around its words."""

    comments: bool
    one: bool
    around: bool


def comments_of(page: Page) -> Comments:
    """The comment section of a page; empty where its markup names none."""
    places = _places(page)
    section = [b for b in page.blocks if _place(b, places) is not _OUTSIDE]
    within = [b for b in section if _place(b, places) is _Place.COMMENT]
    times = Counter(_without_figures(block.text) for block in within)
    written = (b.order for b in within if _is_words(b, times[_without_figures(b.text)]))
    return Comments(frozenset(block.order for block in section), frozenset(written))


def reviews_of(page: Page) -> frozenset[int]:
    """What buyers say of the one thing that a page says it sells, by orders of blocks; elsewhere
    reviews may be what the page is about."""
    if page.facts.page_kind != "product":
        return frozenset()
    sizes, whole = _sizes(page), _whole(page)
    inside: list[bool] = []
    for index, element in enumerate(page.elements):
        is_within = element.parent >= 0 and inside[element.parent]
        if not is_within and sizes[index] >= SAID and index not in whole:
            is_within = any(_says_reviews(name[:_NAME_READ]) for name in element.marks.split())
        inside.append(is_within)
    return frozenset(b.order for b in page.blocks if b.element >= 0 and inside[b.element])


@lru_cache(maxsize=8192)
def _says_reviews(name: str) -> bool:
    words = _words(name)
    return words.isdisjoint(_ELSEWHERE) and any(map(_REVIEWS.fullmatch, words))


def _place(block: Block, places: Sequence[_Place]) -> _Place:
    return places[block.element] if block.element >= 0 else _OUTSIDE


def _is_words(block: Block, times: int) -> bool:
    """Whether a block in a comment is what somebody wrote: no label, and nothing to press.

    A label stands in every comment, be it with another figure ("Reply 2", a date). Short words
    that two people wrote are then taken for one, too.
    """
    if not block.text or block.kind in _NOT_WORDS:
        return False
    return len(block.text) > LABEL or (times == 1 and block.link_share < 1)


def _places(page: Page) -> list[_Place]:
    """For each element where it stands."""
    marks = {element.marks for element in page.elements}
    names = set(" ".join(marks).split())
    if not any(map(_is_comments, _words(" ".join(names)))):  # most pages: all names at once
        return [_OUTSIDE] * len(page.elements)
    said = {own: _names(own) for own in marks}
    whole = _whole(page)
    places: list[_Place] = []
    for index, element in enumerate(page.elements):
        name = said[element.marks]
        outer = places[element.parent] if element.parent >= 0 else _OUTSIDE
        if outer is not _OUTSIDE:
            places.append(_place_within(outer, element, name))
        elif name.comments and index not in whole:
            places.append(_place_of_outermost(element, name))
        else:
            places.append(_OUTSIDE)
    return places


def _place_of_outermost(element: Element, name: _Names) -> _Place:
    if name.around or element.tag in ("form", "button"):
        return _Place.AROUND
    return _Place.COMMENT if name.one else _Place.SECTION


def _place_within(outer: _Place, element: Element, name: _Names) -> _Place:
    if name.one:
        return _Place.COMMENT
    if outer is _Place.AROUND or name.around or element.tag in _AROUND_TAGS:
        return _Place.AROUND
    return _Place.COMMENT if element.tag in _ONE_TAGS else outer


def _names(marks: str) -> _Names:
    """What class, id, role and itemprop of an element say."""
    comments = one = here = around = False
    for name in marks.split():
        said = _said_by(name[:_NAME_READ])
        comments = comments or said.comments
        one = one or said.one
        here = here or (said.comments and not said.around)
        around = around or said.around
    return _Names(comments, one, around and not here)


@lru_cache(maxsize=8192)
def _said_by(name: str) -> _Names:
    """What one name says; pages are made of the same few, in ever new company."""
    words = _words(name)
    named = any(map(_is_comments, words))
    if named and not words.isdisjoint(_ELSEWHERE):
        return _Names(comments=False, one=False, around=True)
    if not words.isdisjoint(_AROUND) or (named and any(map(_FORM.fullmatch, words))):
        return _Names(comments=named, one=False, around=True)
    one = named and words <= _OF_ONE | _ONE and not words.isdisjoint(_ONE)
    return _Names(comments=named, one=one, around=False)


def _words(names: str) -> set[str]:
    return {word.lower() for word in set(_WORD.findall(names))}


@lru_cache(maxsize=4096)
def _is_comments(word: str) -> bool:
    return _COMMENTS.fullmatch(word) is not None


def _whole(page: Page) -> set[int]:
    """The elements that hold the page's title or nearly all of its text: no part of it."""
    sizes = _sizes(page)
    least = NEARLY_ALL * sum(len(block.text) for block in page.blocks)
    found = {index for index, size in enumerate(sizes) if size >= least}
    for heading in _titles(page):
        found.update(page.ancestors(heading.element))
    return found


def _sizes(page: Page) -> list[int]:
    """For each element the characters that stand in it."""
    sizes = [0] * len(page.elements)
    for block in page.blocks:
        if block.element >= 0:
            sizes[block.element] += len(block.text)
    for index in range(len(sizes) - 1, -1, -1):
        parent = page.elements[index].parent
        if parent >= 0:
            sizes[parent] += sizes[index]
    return sizes


def _titles(page: Page) -> Iterator[Block]:
    """The headings that name the page: those of which its title is made, and the first of all."""
    title = _folded(page.facts.title or "")
    headings = [block for block in page.blocks if block.kind is Kind.HEADING and not block.hidden]
    yield from [heading for heading in headings if heading.level == 1][:1]
    for heading in headings:
        words = _folded(heading.text)
        if words in title and len(words) >= TITLE_SHARE * len(title) > 0:
            yield heading


def _without_figures(text: str) -> str:
    return _FIGURES.sub("", text)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
