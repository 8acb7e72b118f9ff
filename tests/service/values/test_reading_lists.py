"""Lists by exemplar: a reader says of two records what is what, and all have it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.shop import is_on_page
from webis_mcp import extract
from webis_mcp.engine import Answer, Cited, Question
from webis_mcp.errors import Busy
from webis_mcp.page.model import Extraction, Status
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.value import By, Value, leaves
from webis_mcp.service.values.compiling import plan_of
from webis_mcp.service.values.reading import read_missing

CREW = [(f"Ida Sund{'abcdefghij'[n % 10]}", str(1980 + n)) for n in range(30)]
LINES = (
    "<title>Borealis</title><h1>Borealis</h1><p>The ferry of the north has a crew of thirty, and"
    " all of them have been on board for years, as this list shows.</p><h2>On board</h2><ul>"
    + "".join(f"<li>{name} steers since {year}, gladly</li>" for name, year in CREW[:29])
    + "<li>Nobody knows who else</li></ul>"
)
CARDS = (
    "<title>Borealis</title><h1>Borealis</h1><p>The ferry of the north has a crew of thirty, and"
    " all of them have been on board for years, as these cards show.</p><h2>On board</h2><div>"
    + "".join(
        f"<div class=m><h3 class=w>{name}</h3><p class=q>In post: {year}</p>"
        f"<p class=r>Likes the sea.</p></div>"
        for name, year in CREW[:29]
    )
    + "<div class=m><h3 class=w>Bo Ek</h3><p class=r>Is new.</p></div></div>"
)
TABLE = (
    "<title>Borealis</title><h1>Borealis</h1><p>The ferry of the north has a crew of thirty, and"
    " all of them have been on board for years, as this table shows.</p><table>"
    + "".join(
        f"<tr><td>{year}</td><td>{name}</td><td>Deck {n % 3}</td></tr>"
        for n, (name, year) in enumerate(CREW[:29])
    )
    + "</table>"
)
ITEM = {"type": "object", "properties": {"helm": {"type": "string"}, "joined": {"type": "integer"}}}
SCHEMA = {"type": "object", "properties": {"sailors": {"type": "array", "items": ITEM}}}
KNOWN = {"/helm": r"Ida Sund\w", "/joined": r"\d{4}"}


class Knows:
    """Cites what matches of what it is shown."""

    name = "knows"
    room = 2_000

    def __init__(self, known: Mapping[str, str], says: str = "") -> None:
        self.known, self.says = known, says
        self.questions: list[Question] = []

    async def fill(self, question: Question) -> Answer:
        self.questions.append(question)
        cited: dict[str, Cited] = {}
        for wanted in question.wanted:
            for passage in question.passages:
                if found := re.search(self.known.get(wanted.pointer, "$^"), passage.text):
                    cited[wanted.pointer] = Cited(self.says or found[0], passage.block)
                    break
        return Answer(cited)


async def read(page: str, reader: Knows, schema: Mapping[str, Any] = SCHEMA) -> Extraction:
    plan = plan_of(None, dict(schema))
    assert plan is not None
    without = extract(page, json_schema=dict(schema))
    assert without.status is Status.NEEDS_READER
    return await read_missing(without, plan, reader)


def values(extraction: Extraction) -> dict[str, Value]:
    assert extraction.findings is not None
    return dict(leaves(extraction.findings.values))


@pytest.mark.parametrize("page", [LINES, CARDS, TABLE])
async def test_two_records_are_asked_about_and_all_have_their_values(page: str) -> None:
    reader = Knows(KNOWN)
    found = values(await read(page, reader))
    for number, (name, year) in enumerate(CREW[:29]):
        helm, joined = found[f"/sailors/{number}/helm"], found[f"/sailors/{number}/joined"]
        assert (helm.value, joined.value) == (name, int(year))
        assert helm.by is joined.by is By.MODEL
    assert len(reader.questions) == 2
    assert all(len(question.passages) < 6 for question in reader.questions)


@pytest.mark.parametrize("page", [LINES, CARDS, TABLE])
async def test_every_value_of_a_list_is_on_the_page(page: str) -> None:
    found = values(await read(page, Knows(KNOWN))).values()
    assert all(v.place is None or is_on_page(v.place, page, read_page(page)) for v in found)


async def test_what_a_record_does_not_have_is_null_with_a_reason() -> None:
    found = values(await read(CARDS, Knows(KNOWN)))
    last = found["/sailors/29/joined"]
    assert found["/sailors/29/helm"].value == "Bo Ek"
    assert (last.value, last.reason) == (
        None,
        "This record does not say it in the place where others do.",
    )


async def test_a_record_without_a_value_is_none_of_the_list() -> None:
    assert "/sailors/29/helm" not in values(await read(LINES, Knows(KNOWN)))


async def test_words_that_are_not_in_the_record_make_no_pattern() -> None:
    found = values(await read(CARDS, Knows(KNOWN, says="Jo Berg")))
    assert found["/sailors"].value is None


async def test_words_in_another_form_than_the_field_has_are_left_out() -> None:
    found = values(await read(CARDS, Knows({"/joined": "Likes the sea"})))
    assert found["/sailors"].value is None


async def test_a_list_of_texts_is_read_the_same_way() -> None:
    schema = {
        "type": "object",
        "properties": {"helms": {"type": "array", "items": {"type": "string"}}},
    }
    found = values(await read(CARDS, Knows({"/helms": r"Ida Sund\w"}), schema))
    assert [found[f"/helms/{n}"].value for n in range(29)] == [name for name, _ in CREW[:29]]


async def test_a_reader_that_fails_over_a_list_leaves_the_rest_and_a_warning() -> None:
    class Breaks(Knows):
        async def fill(self, question: Question) -> Answer:
            raise Busy("Too many wait.")

    extraction = await read(CARDS, Breaks(KNOWN))
    assert values(extraction)["/sailors"].value is None
    assert extraction.warnings[-1] == "The reader could not answer: Too many wait."
