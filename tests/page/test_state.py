"""A shell's text is read from the state that it hands to its script, and it is said."""

from __future__ import annotations

import html
import json

import pytest

from webis_mcp.page.model import Page
from webis_mcp.page.reading.reader import read_page

STORY = (
    "The ferry sailed again on Monday, and the harbour filled with people who had come to see it."
)
MORE = "It had been laid up for nine years, after rust was found in every second plate of its hull."
LAST = "Tickets cost less than two coins; children travel free, and dogs pay half of that."


def page(state: object, body: str = "<div id=root></div>", script: str = "") -> Page:
    source = json.dumps(state).replace("</", "<\\/")
    opening = script or "<script id=__NEXT_DATA__ type=application/json>"
    return read_page(f"<html><body>{body}{opening}{source}</script></body></html>")


def texts(of: Page) -> list[str]:
    return [block.text for block in of.blocks]


PARAGRAPHS = {"props": {"story": {"parts": [{"text": STORY}, {"text": MORE}, {"text": LAST}]}}}


def test_strings_under_the_same_keys_are_read_in_order() -> None:
    shell = page(PARAGRAPHS)
    assert texts(shell) == [STORY, MORE, LAST]
    assert any("state of its script" in warning for warning in shell.warnings)


def test_one_string_of_markup_is_read_as_markup() -> None:
    shell = page({"post": {"title": "x", "html": f"<h2>Ferry</h2><p>{STORY}</p><p>{MORE} {LAST}"}})
    assert texts(shell) == ["Ferry", STORY, f"{MORE} {LAST}"]


@pytest.mark.parametrize("name", ["__INITIAL_STATE__", "__PRELOADED_STATE__", "__APOLLO_STATE__"])
def test_a_state_may_be_assigned_by_a_script(name: str) -> None:
    assert texts(page(PARAGRAPHS, script=f"<script>window.{name} = ")) == [STORY, MORE, LAST]


@pytest.mark.parametrize("name", ["data-page", "data-react-props", "data-props"])
def test_a_state_may_be_an_attribute_of_what_the_script_is_to_fill(name: str) -> None:
    state = html.escape(json.dumps(PARAGRAPHS))
    shell = read_page(f"<body><nav>Menu</nav><div id=app {name}='{state}'><i>Loading</i></div>")
    assert texts(shell) == ["Menu", "Loading", STORY, MORE, LAST]
    assert shell.told == 3
    assert shell.xpath(shell.blocks[-1]) == "/html[1]/body[1]/div[1]/p[3]"
    assert any("state of its script" in warning for warning in shell.warnings)


def test_a_long_state_in_an_attribute_is_read_to_its_end() -> None:
    state = html.escape(json.dumps({"listing": "x" * 100_000} | PARAGRAPHS))
    assert texts(read_page(f"<div data-page='{state}'></div>")) == [STORY, MORE, LAST]


def test_a_state_may_be_a_script_of_a_class_that_is_known() -> None:
    script = "<script type=application/json class='js-react-on-rails-component x'>"
    assert texts(page(PARAGRAPHS, script=script)) == [STORY, MORE, LAST]


def test_some_words_around_a_long_text_are_no_text_of_the_page() -> None:
    notice = "Your browser is out of date. Get another one to see this page as it is meant. " * 4
    state = {"body": [f"{STORY} {number}." for number in range(60)]}
    assert len(texts(page(state, f"<p>{notice}</p>"))) == 61
    assert len(texts(page({"body": state["body"][:20]}, f"<p>{notice}</p>"))) == 1


@pytest.mark.parametrize("value", ["", "{", "[1]", "7", "&#34;a&#34;", "[" * 100_000])
def test_what_is_no_state_in_an_attribute_is_not_read(value: str) -> None:
    assert texts(read_page(f"<p data-page='{value}'>a</p>")) == ["a"]


def test_a_state_under_another_name_is_not_read() -> None:
    assert texts(page(PARAGRAPHS, script="<script>window.tracker = ")) == []
    assert texts(page(PARAGRAPHS, script="<script id=ads type=application/json>")) == []


def test_a_page_that_shows_text_keeps_to_it() -> None:
    shown = f"{LAST} " * 3
    assert texts(page({"body": [STORY, MORE, STORY + MORE]}, f"<p>{shown}</p>")) == [shown.strip()]


def test_translations_are_no_text() -> None:
    words = {f"message{number}": f"{STORY} {number}." for number in range(30)}
    assert texts(page({"i18n": words})) == []


def test_code_and_addresses_are_no_text() -> None:
    css = ".a{color:#fff;margin:0 1px 2px 3px}.b{top:0;left:100%;z-index:9}" * 9
    assert texts(page({"css": css, "url": "https://a.test/?q=1&b=2." * 30})) == []


def test_addresses_are_no_text_however_many_letters_they_have() -> None:
    address = "https://shop.test/harbour-ferries-and-their-tickets-for-children-"
    assert texts(page({"links": [f"{address}{letter}" for letter in "abcdefgh"]})) == []


def test_data_within_data_is_no_text() -> None:
    inner = json.dumps({"Title": "Ferries", "Description": f"{STORY} {MORE} {LAST}"})
    assert texts(page({"source": inner, "list": f"[{inner}]"})) == []


def test_a_text_that_waits_to_be_shown_is_read_before_the_state_is() -> None:
    waiting = f"<h1>Ferries</h1><span style='visibility:hidden'><p>{LAST * 4}</p></span>"
    read = page({"body": [STORY, MORE, STORY + MORE]}, waiting)
    assert texts(read) == ["Ferries", (LAST * 4).strip()]
    assert not any(block.hidden for block in read.blocks)
    assert len(read.warnings) == 1


@pytest.mark.parametrize("source", ["", "{", '{"a": ', "undefined", "[" * 100_000])
def test_what_is_no_json_is_not_read(source: str) -> None:
    html = f"<p>a</p><script id=__NEXT_DATA__>{source}</script>"
    assert [block.text for block in read_page(html).blocks] == ["a"]
