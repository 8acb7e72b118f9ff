"""Text that stands only in a page's structured data is read from there, and it is said."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from webis_mcp.page.model import Page
from webis_mcp.page.reading.reader import read_document, read_page

STORY = (
    "The ferry sailed again on Monday, and the harbour filled with people who had come to see it."
)
MORE = (
    "It had been laid up for nine years, after an inspection found rust in every second plate of "
    "its hull. Tickets cost less than two coins, while children travel free."
)


def linked(entity: Mapping[str, object]) -> str:
    source = json.dumps(entity).replace("</", "<\\/")
    return f"<script type='application/ld+json'>{source}</script>"


def page(entity: Mapping[str, object], body: str) -> Page:
    return read_page(f"<html><head>{linked(entity)}</head><body>{body}</body></html>")


def texts(of: Page) -> list[str]:
    return [block.text for block in of.blocks]


ARTICLE: dict[str, object] = {"@type": "NewsArticle", "articleBody": f"{STORY}\n\n{MORE}"}


def test_an_article_that_stands_only_in_its_structured_data_is_read_from_there() -> None:
    shell = page(ARTICLE, "<div id=root></div><footer>Terms</footer>")
    assert texts(shell) == ["Terms", STORY, MORE]
    assert any("structured data" in warning for warning in shell.warnings)


@pytest.mark.parametrize("kind", ["Product", "JobPosting", "Event", "Course"])
def test_what_is_described_is_read_by_its_description(kind: str) -> None:
    shell = page({"@type": kind, "description": f"{STORY} {MORE}"}, "<div id=root></div>")
    assert texts(shell) == [f"{STORY} {MORE}"]


def test_a_description_of_anything_else_is_none_of_its_text() -> None:
    shell = page({"@type": "Organization", "description": f"{STORY} {MORE}"}, "<p>Terms</p>")
    assert texts(shell) == ["Terms"]


def test_where_it_was_read_is_told() -> None:
    shell = page(ARTICLE, "<div id=root></div>")
    assert shell.xpath(shell.blocks[0]) == "/html[1]/head[1]/script[1]/p[1]"


def test_an_article_that_the_page_shows_is_read_as_shown() -> None:
    shown = page(ARTICLE, f"<p>{STORY}</p><p>{MORE}</p>")
    assert texts(shown) == [STORY, MORE]
    assert shown.warnings == ()


def test_an_article_whose_start_is_shown_is_read_as_shown() -> None:
    long = ARTICLE | {"articleBody": f"{STORY} {MORE * 9}"}
    assert texts(page(long, f"<p>{STORY}</p>")) == [STORY]


def test_an_article_that_the_markup_hides_is_read_as_hidden() -> None:
    hidden = page(ARTICLE, f"<p>menu</p><p hidden>{STORY}</p><p hidden>{MORE}</p>")
    assert texts(hidden) == ["menu", STORY, MORE]
    assert hidden.blocks[1].hidden


def test_a_page_with_a_text_of_its_own_keeps_to_it() -> None:
    other = "Quite another text, of some length, which has nothing to do with ferries. " * 3
    assert texts(page(ARTICLE, f"<p>{other}</p>")) == [other.strip()]


def test_markup_in_the_text_is_markup() -> None:
    entity = ARTICLE | {"articleBody": f"<h2>Ferry</h2><p>{STORY}</p><p>{MORE}</p>"}
    shell = page(entity, "")
    assert texts(shell) == ["Ferry", STORY, MORE]
    assert shell.blocks[0].level == 2


def test_markup_that_was_escaped_is_markup() -> None:
    entity = ARTICLE | {"articleBody": f"&lt;p&gt;{STORY}&lt;/p&gt;&lt;p&gt;{MORE}&lt;/p&gt;"}
    assert texts(page(entity, "")) == [STORY, MORE]


def test_a_description_is_a_text_of_a_product_but_a_teaser_of_an_article() -> None:
    words = {"description": f"{STORY} {MORE}"}
    assert texts(page({"@type": "Product"} | words, "")) == [f"{STORY} {MORE}"]
    assert texts(page({"@type": "NewsArticle"} | words, "")) == []


@pytest.mark.parametrize("body", ["", "Read more.", None, 7, ["a"], {"@value": STORY}])
def test_what_is_no_text_is_not_read(body: object) -> None:
    assert texts(page({"@type": "NewsArticle", "articleBody": body}, "<p>a</p>")) == ["a"]


def test_a_script_in_the_text_stays_a_script() -> None:
    entity = ARTICLE | {"articleBody": f"<p>{STORY}</p><script>steal()</script><p>{MORE}</p>"}
    assert texts(page(entity, "")) == [STORY, MORE]


GUIDE = {
    "@type": "HowTo",
    "name": "Caulking",
    "description": STORY,
    "tool": [{"@type": "HowToTool", "name": "Mallet"}],
    "step": [
        {
            "@type": "HowToSection",
            "name": "Before",
            "itemListElement": [{"@type": "HowToStep", "name": MORE, "text": MORE}],
        },
        {"@type": "HowToStep", "text": "Drive the oakum in.", "image": "https://a.test/oakum"},
    ],
}
QUESTIONS = {
    "@type": "FAQPage",
    "mainEntity": [
        {"@type": "Question", "name": "When?", "acceptedAnswer": {"text": f"<p>{STORY}</p>"}},
        {"@type": "Question", "name": "Why not?", "acceptedAnswer": {"text": f"<p>{MORE}</p>"}},
    ],
}
RECIPE = {
    "@type": ["Recipe"],
    "name": "Ship's biscuit",
    "recipeIngredient": ["1 kg of flour", "Salt"],
    "recipeInstructions": [f"{STORY} {MORE}", "Bake."],
}


@pytest.mark.parametrize(
    ("entity", "wanted"),
    [
        (GUIDE, ["Caulking", STORY, "Mallet", "Before", MORE, "Drive the oakum in."]),
        (QUESTIONS, ["When?", STORY, "Why not?", MORE]),
        (RECIPE, ["Ship's biscuit", "1 kg of flour", "Salt", f"{STORY} {MORE}", "Bake."]),
    ],
)
def test_a_guide_and_its_like_are_read_part_by_part(
    entity: Mapping[str, object], wanted: list[str]
) -> None:
    shell = page(entity, "<p>Log in</p>")
    assert texts(shell) == ["Log in", *wanted]
    assert shell.told == len(wanted)
    assert any("structured data" in warning for warning in shell.warnings)


def test_what_is_told_to_machines_stays_there() -> None:
    html = f"<html><head>{linked(RECIPE)}</head><body><p>Log in</p></body></html>"
    told, tree = read_document(html)
    assert told.told == 5
    assert json.loads(tree.named["script"][0].text()) == RECIPE


def test_a_recipe_that_the_page_shows_is_read_as_shown() -> None:
    shown = f"{STORY} {MORE}"
    assert texts(page(RECIPE, f"<h1>Biscuit</h1><p>{shown}</p>")) == ["Biscuit", shown]


def test_a_part_that_comes_twice_is_read_twice() -> None:
    twice = RECIPE | {"recipeIngredient": ["Salt", "1 kg of flour", "Salt"]}
    assert texts(page(twice, ""))[1:4] == ["Salt", "1 kg of flour", "Salt"]


def test_a_few_words_in_the_data_do_not_hide_a_guide() -> None:
    both = {"@graph": [{"@type": "Comment", "text": "Nice."}, GUIDE]}
    assert texts(page(both, "<p>Log in</p>"))[1:3] == ["Caulking", STORY]


@pytest.mark.parametrize(("deep", "is_read"), [(2, True), (9, False), (400, False)])
def test_parts_within_parts_end(deep: int, is_read: bool) -> None:
    entity: dict[str, object] = {"text": f"{STORY} {MORE}"}
    for _ in range(deep):
        entity = {"step": [entity]}
    shell = page({"@type": "HowTo"} | entity, "<p>a</p>")
    assert texts(shell) == (["a", f"{STORY} {MORE}"] if is_read else ["a"])
