"""What a block tells of itself."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.support.html import documents
from webis_mcp.page.model import Link
from webis_mcp.page.reading.reader import read_page

LINKS = {
    "<a href=u>one</a>": [("one", "u")],
    "<a href=u>one <b>two</b> three</a>": [("one two three", "u")],
    "<a href=u><img src=a.png> one</a>": [("one", "u")],
    "<a href=u><img src=a.png></a> one": [],
    "<a href=u>one</a> and <a href=u>two</a>": [("one", "u"), ("two", "u")],
    "<a href=u>one</a><a href=v>two</a>": [("one", "u"), ("two", "v")],
    "<a href=u><i> </i>one</a>": [("one", "u")],
}


@pytest.mark.parametrize("html", LINKS)
def test_links_are_told_with_their_words(html: str) -> None:
    (block,) = read_page(f"<p>{html}</p>").blocks
    assert block.links == tuple(Link(*link) for link in LINKS[html])


@given(documents())
def test_every_block_of_every_page_can_be_asked(html: str) -> None:
    for block in read_page(html).blocks:
        assert all(link.text for link in block.links)
        assert 0 <= block.link_share <= 1
