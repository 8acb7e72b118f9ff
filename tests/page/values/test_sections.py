"""Lists as pages tell them: amounts apart, lines, headings among items, names in other words."""

from __future__ import annotations

import pytest

from tests.support.shop import is_on_page
from webis_mcp import extract
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.value import Value, leaves
from webis_mcp.page.values.lexicon import CONCEPTS
from webis_mcp.page.values.sections import is_named

STORY = "<p>" + "It was a warm evening and everyone sat in the kitchen to talk. " * 4 + "</p>"
LIST = {"type": "array", "items": {"type": "string"}}
STEPS = (
    "Stir the flour into the milk until no lumps are left in it.",
    "Bake the cake at 180 degrees until it is brown on top.",
)


def told(body: str, name: str = "ingredients") -> list[object]:
    html = f"<title>Cake</title><body><main><h1>Cake</h1>{STORY}{body}{STORY}</main></body>"
    schema = {"type": "object", "properties": {name: LIST}}
    findings = extract(html, json_schema=schema).findings
    assert findings is not None
    found = [leaf for _, leaf in leaves(findings.values) if leaf.value is not None]
    page = read_page(html)
    assert all(leaf.place and is_on_page(leaf.place, html, page) for leaf in found)
    return [leaf.value for leaf in found]


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Ingredients</h2><ul><li>2 cups milk</li><li>3 eggs</li></ul>",
        "<h2>Ingredients</h2><ul><li><div>2 cups</div><div>milk</div></li>"
        "<li><div>3</div><div>eggs</div></li></ul>",
        "<h2>Ingredients</h2><div><div><div class='n'>2 cups</div><div class='w'>milk</div></div>"
        "<div><div class='n'>3</div><div class='w'>eggs</div></div></div>",
        "<h2>Ingredients for 4 people</h2><ul><li>2 cups milk</li><li>3 eggs</li></ul>",
        "<p>Recipe ingredients:</p><ul><li>2 cups milk</li><li>3 eggs</li></ul>",
        "<h2>Ingredients</h2><ul><li>For the dough:</li><li>2 cups milk</li><li>3 eggs</li></ul>",
        "<h2>Ingredients</h2><table><tr><td>2 cups<td>milk</tr><tr><td>3<td>eggs</tr></table>",
        "<h2>Ingredients</h2><ul><li>2 cups milk<li>3 eggs</ul><ul><li>2 cups milk<li>3 eggs</ul>",
        "<ul><li>2 cups <b class='ingredient'>milk</b><li>3 <b class='ingredient'>eggs</b>"
        "<li>1 <b class='ingredient'>pan</b></ul>",
    ],
)
def test_ingredients_are_told_with_their_amounts_however_they_are_set(html: str) -> None:
    assert told(html)[:2] == ["2 cups milk", "3 eggs"]


def test_a_list_far_below_is_not_the_one_of_the_heading() -> None:
    row = "<div><div class='n'>{0} cups</div><div class='w'>milk {0}</div></div>"
    rows = "".join(row.format(n) for n in range(2, 14))
    far = "<ul><li>Cooking time: 60 minutes</li><li>Baking time: 20 minutes</li></ul>"
    assert told(f"<h2>Ingredients</h2>{rows}{far}")[:2] == ["2 cups milk 2", "3 cups milk 3"]


def test_headings_within_a_list_are_not_its_items() -> None:
    row = "<div><div class='n'>{0} cups</div><div class='w'>milk {0}</div></div>"
    part = "<div class='part'><h4>Part {}</h4>{}</div>"
    parts = [part.format(n, "".join(row.format(10 * n + at) for at in range(3))) for n in (1, 2)]
    items = told(f"<h2>Ingredients</h2>{''.join(parts)}")
    assert items == [f"{n} cups milk {n}" for n in (10, 11, 12, 20, 21, 22)]


def test_a_list_within_a_list_of_the_same_name_is_told_once() -> None:
    inner = "<ul class=ingredients><li>Ingredients: flour, salt</li></ul>"
    outer = f"<ul class=ingredients><li>1 crust{inner}</li><li>2 eggs</li><li>1 cup milk</li></ul>"
    assert told(outer) == ["1 crust", "flour, salt", "2 eggs", "1 cup milk"]


DATA = '<script type="application/ld+json">{{"@type":"Recipe","recipeIngredient":{}}}</script>'


@pytest.mark.parametrize(
    ("data", "items"),
    [
        ('["milk","eggs","salt"]', ["2 cups milk", "3 eggs", "1 g salt"]),
        ('["2.0 cups milk","3,0 eggs","1.0 g salt"]', ["2 cups milk", "3 eggs", "1 g salt"]),
        ('["2 cups of milk","3 eggs","1 g salt"]', ["2 cups of milk", "3 eggs", "1 g salt"]),
    ],
)
def test_a_list_is_quoted_as_it_is_shown_where_that_is_the_fuller_one(
    data: str, items: list[str]
) -> None:
    shown = "".join(f"<li class=ingredient>{x}</li>" for x in ("2 cups milk", "3 eggs", "1 g salt"))
    assert told(f"{DATA.format(data)}<ul>{shown}</ul>") == items


def test_lines_of_a_paragraph_are_items() -> None:
    assert told("<h2>Ingredients</h2><p>2 cups milk<br>3 eggs<br>salt</p>") == [
        "2 cups milk",
        "3 eggs",
        "salt",
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Cooking Instructions</h2><p>{0}</p><p>{1}</p><h2>Comments</h2><p>Nice.</p>",
        "<h2>Method</h2><div><div>1</div><p>{0}</p></div><div><div>2</div><p>{1}</p></div>",
        "<h2>Method</h2><div><h6>Step 1</h6></div><ol><li>{0}</li><li>{1}</li></ol>",
        "<h2>What we cook</h2><ol><li>{0}</li><li>{1}</li></ol>",
    ],
)
def test_steps_are_told_without_their_numbers(html: str) -> None:
    assert told(html.format(*STEPS), "steps") == list(STEPS)


def test_one_long_paragraph_is_a_list_of_one() -> None:
    text = " ".join(STEPS)
    after = "<div>Posted in Cakes</div><h2>Comments</h2>"
    assert told(f"<p>Instructions:</p><p>{text}</p>{after}", "steps") == [text]


def test_a_list_that_the_data_knows_without_amounts_is_quoted_from_the_page() -> None:
    data = '{"@type":"Recipe","recipeIngredient":["milk","eggs","salt"]}'
    script = f'<script type="application/ld+json">{data}</script>'
    shown = "<h2>Ingredients</h2><ul><li>2 cups milk<li>3 eggs<li>1 pinch salt</ul>"
    assert told(script + shown) == ["2 cups milk", "3 eggs", "1 pinch salt"]
    assert told(script) == ["milk", "eggs", "salt"]


def test_data_that_says_next_to_nothing_yields_to_what_is_shown() -> None:
    data = '{"@type":"Recipe","recipeInstructions":"See below"}'
    script = f'<script type="application/ld+json">{data}</script>'
    items = "".join(f"<li>{step}</li>" for step in (*STEPS, "Let it cool and serve it cold."))
    assert len(told(f"{script}<h2>Method</h2><ol>{items}</ol>", "steps")) == 3


def test_a_finer_list_is_preferred_to_a_box_of_several_things() -> None:
    shown = "<h3>Ingredients</h3><ul><li>2 cups milk<li>3 eggs</ul>"
    method = f"<h3>Method</h3><ul><li>{STEPS[0]}<li>{STEPS[1]}</ul>"
    assert told(f"<div class='box-ingredients'>{shown}{method}</div>") == ["2 cups milk", "3 eggs"]


def test_an_item_of_several_blocks_has_a_line_for_each_in_its_quote() -> None:
    html = f"<h1>Cake</h1>{STORY}<h2>Ingredients</h2><ul>" + (
        "<li><p>2 cups</p><p>milk</p></li><li><p>3</p><p>eggs</p></li></ul>"
    )
    findings = extract(
        html, json_schema={"type": "object", "properties": {"ingredients": LIST}}
    ).findings
    assert findings is not None
    first = next(leaf for _, leaf in leaves(findings.values))
    assert isinstance(first, Value)
    assert first.place is not None
    assert first.place.quote == "2 cups\nmilk"


@pytest.mark.parametrize(
    ("heading", "is_it"),
    [
        ("Ingredients", True),
        ("Ingredients:", True),
        ("Ingredients (serves 4)", True),
        ("Zutaten für 4 Portionen", True),
        ("Ingredients for the sauce", True),
        ("Cake Ingredients and more", False),
        ("Ingredients we avoid", False),
        ("The story of our ingredients", False),
    ],
)
def test_a_heading_names_a_list_also_with_what_it_is_for(heading: str, is_it: bool) -> None:
    assert is_named(heading, frozenset(CONCEPTS["ingredients"].labels)) is is_it


def test_items_that_end_with_a_number_are_items() -> None:
    assert told("<h2>Ingredients</h2><ul><li>Eggs 2<li>Pans 4</ul>") == ["Eggs 2", "Pans 4"]


def test_names_of_lists_may_stand_together_as_tabs() -> None:
    tabs = "<div><span>Ingredients</span></div><div><span>Method</span></div>"
    first = "<div><ul><li>2 cups milk<li>3 eggs<li>1 pinch salt</ul></div>"
    second = f"<div><ol><li>{STEPS[0]}<li>{STEPS[1]}</ol></div>"
    heading = "<h3>Ingredients</h3>"
    assert told(f"{tabs}{heading}{first}{second}", "steps") == list(STEPS)
