"""The whole job goes over a page a fixed number of times, whatever the page repeats.

What is quadratic takes minutes here, so that a reader's time runs out: these pages found a style
sheet of open comments and a heading of sixty thousand signs.
"""

from __future__ import annotations

import pytest

from webis_mcp.service.pipeline import extract_page

LENGTH = 60_000
SIGNS = (
    *"&#\"'`!*_-=.,:;/|\\(){}[]<>~©“’中é\u0301\u00a0\u200d😀",
    *(
        "# ",
        "- ",
        "1. ",
        "&a",
        "&#",
        "a b ",
        "by ",
        "2024-",
        "x@",
        "[x](",
        "![",
        "</",
        "<!--",
        "*a",
    ),
)
PLACES = {
    "text": "<p>{}</p>",
    "heading": "<h1>{}</h1>",
    "title": "<title>{}</title><p>text</p>",
    "cell": "<table><tr><th>a<th>b<tr><td>{}<td>c</table>",
    "item": "<ul><li>{}</ul>",
    "code": "<pre>{}</pre>",
    "link": "<p><a href='{}'>text</a></p>",
    "style": "<p style='{}' class='{}'>text</p>",
    "sheet": "<style>{}</style><p>text</p>",
    "data": "<script type='application/ld+json'>{}</script><p>text</p>",
    "byline": "<h1>x</h1><div class=byline>{}</div>",
    "description": "<meta name=description content='{}'><p>text</p>",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_page_that_repeats_one_sign_is_read_in_one_pass(place: str) -> None:
    for sign in SIGNS:
        page = PLACES[place].replace("{}", sign * (LENGTH // len(sign)))
        assert extract_page(page, url="https://example.org/").engine == "embedded"
