"""JSON-LD with places, however badly it is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.page.values.linked import Json, Text, lines_of, parse, plain, read_script
from webis_mcp.page.values.things import Statement, Thing, Things

XPATH = "/html[1]/head[1]/script[1]"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    texts | st.integers(0, 9999),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def as_python(value: Json) -> object:
    if isinstance(value, Text):
        return plain(value) if value.quoted else int(value.raw)
    if isinstance(value, dict):
        return {name: as_python(inner) for name, inner in value.items()}
    return [as_python(inner) for inner in value]


@given(st.dictionaries(texts, values, max_size=4), st.booleans())
def test_what_is_json_is_read_as_json(value: object, escaped: bool) -> None:
    script = json.dumps(value, ensure_ascii=escaped)
    assert [as_python(one) for one in parse(script)] == [value]


@given(st.text(alphabet='{}[]",:\\ a1\n', max_size=60))
def test_what_is_not_json_never_fails(script: str) -> None:
    for thing in Things(list(read_script(script, XPATH))).all():
        for said in thing.said.values():
            for one in said:
                if isinstance(one, Statement):
                    assert one.place.quote in script


def said(script: str, path: str) -> list[str]:
    things = Things(list(read_script(script, XPATH)))
    found = things.follow(things.top[0], path)
    return [one.text for one in found if isinstance(one, Statement)]


def test_the_quote_is_the_scripts_own_and_the_text_is_decoded() -> None:
    script = r'{"@type":"Product","name":"Caf\u00e9 &amp; <b>more<\/b>"}'
    thing = next(read_script(script, XPATH))
    statement = thing.said["name"][0]
    assert isinstance(statement, Statement)
    assert statement.text == "Café & more"
    assert statement.place.quote == r"Caf\u00e9 &amp; <b>more<\/b>"
    assert statement.place.quote in script


def test_mistakes_that_pages_make_cost_nothing() -> None:
    assert said('{"name":"a "quoted" word","sku":"1",}', "name") == ['a "quoted" word']
    assert said('{"name":"x",,"sku":"1"]', "sku") == ["1"]
    assert said('<!-- {"name":"x"} -->', "name") == ["x"]
    assert said('{"name":"never closed', "name") == ["never closed"]


def test_a_path_goes_through_lists_and_graphs() -> None:
    script = '{"@graph":[{"@type":"Product","offers":[{"price":1.5},{"price":"2"}]}]}'
    assert said(script, "offers.price") == ["1.5", "2"]


def test_a_thing_that_is_only_named_is_found_by_its_address() -> None:
    script = '[{"@id":"#a","author":{"@id":"#b"}},{"@id":"#b","@type":"Person","name":"Ada"}]'
    top = list(read_script(script, XPATH))
    things = Things(top, {thing.id: thing for thing in top})
    author = things.follow(top[0], "author")[0]
    assert isinstance(author, Thing)
    assert [one.text for one in things.texts(author)] == ["Ada"]


def test_a_text_of_several_lines_is_parted_with_its_quotes() -> None:
    script = r'{"recipeInstructions":"Mix.\nBake <b>well</b>.<br>Eat."}'
    statement = next(read_script(script, XPATH)).said["recipeInstructions"][0]
    assert isinstance(statement, Statement)
    lines = lines_of(statement)
    assert [line.text for line in lines] == ["Mix.", "Bake well.", "Eat."]
    assert all(line.place.quote in script for line in lines)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1. Mix.2. Bake. 3) Eat.", ["Mix.", "Bake.", "Eat."]),
        ("Mix at 1. 2. or 3. speed", ["Mix at 1. 2. or 3. speed"]),
        ("1. Mix 2. Bake", ["1. Mix 2. Bake"]),
        ("1. Take 2 eggs. 2. Add 3.5 cups. 4. of May. 3. Stir.", None),
    ],
)
def test_a_text_that_numbers_its_parts_is_parted(text: str, parts: list[str] | None) -> None:
    statement = next(read_script(json.dumps({"a": text}), XPATH)).said["a"][0]
    assert isinstance(statement, Statement)
    told = [line.text for line in lines_of(statement)]
    assert told == (parts or ["Take 2 eggs.", "Add 3.5 cups. 4. of May.", "Stir."])


def test_a_list_of_texts_has_one_quote_from_first_to_last() -> None:
    script = '{"recipeCategory":["Dinner", "Soup"]}'
    joined = next(read_script(script, XPATH)).joined["recipeCategory"]
    assert joined.text == "Dinner, Soup"
    assert joined.place.quote == 'Dinner", "Soup'
