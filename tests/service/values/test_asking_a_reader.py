"""What an engine that reads may add: nothing that is not on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.shop import SHOP, is_on_page
from webis_mcp import extract
from webis_mcp.engine import Answer, Cited, Question
from webis_mcp.errors import EngineError
from webis_mcp.page.model import Extraction, Status
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.value import By, Match, Value, leaves
from webis_mcp.service.values.compiling import plan_of
from webis_mcp.service.values.reading import NOT_READ, NOT_THERE, read_missing

STRING = {"type": "string"}


class Reads:
    """Answers with what it was told to, one answer after the other, and keeps the questions."""

    name = "reads"
    room = 2_000

    def __init__(self, *answers: Mapping[str, Cited]) -> None:
        self.answers = list(answers)
        self.questions: list[Question] = []

    async def fill(self, question: Question) -> Answer:
        self.questions.append(question)
        return Answer(self.answers.pop(0))


class Breaks(Reads):
    async def fill(self, question: Question) -> Answer:
        raise EngineError("The server went away.")


async def ask(reader: Reads, **properties: Any) -> Extraction:
    schema = {"type": "object", "properties": properties}
    plan = plan_of("what it is made of", schema)
    assert plan is not None
    return await read_missing(extract(SHOP, json_schema=schema), plan, reader)


def values(extraction: Extraction) -> dict[str, Value]:
    assert extraction.findings is not None
    return dict(leaves(extraction.findings.values))


async def test_words_that_are_on_the_page_become_a_value_with_their_place() -> None:
    reader = Reads({"/shade": Cited("LINEN", 1)})
    extraction = await ask(reader, shade=STRING, brand=STRING)
    leaf = values(extraction)["/shade"]
    assert (leaf.value, leaf.match, leaf.by) == ("linen", Match.EXACT, By.MODEL)
    assert leaf.place is not None
    assert is_on_page(leaf.place, SHOP, read_page(SHOP))
    assert extraction.status is Status.CONTENT
    assert extraction.path == ("embedded", "reads")
    (question,) = reader.questions
    assert [wanted.pointer for wanted in question.wanted] == ["/shade"]
    assert question.instruction == "what it is made of"


async def test_made_up_words_are_asked_again_once_and_then_null() -> None:
    reader = Reads({"/shade": Cited("silk", 1)}, {"/shade": Cited("satin")})
    extraction = await ask(reader, shade=STRING)
    leaf = values(extraction)["/shade"]
    assert (leaf.value, leaf.reason) == (None, NOT_THERE)
    assert reader.questions[1].refused == {"/shade": "silk"}
    assert extraction.status is Status.NEEDS_READER


async def test_a_second_answer_that_is_there_is_taken() -> None:
    reader = Reads({"/shade": Cited("silk", 1)}, {"/shade": Cited("linen")})
    assert values(await ask(reader, shade=STRING))["/shade"].value == "linen"


async def test_a_number_is_taken_only_in_the_form_that_is_asked() -> None:
    nothing = {"/number": Cited("linen", 1)}
    reader = Reads(nothing, nothing)
    assert values(await ask(reader, number={"type": "number"}))["/number"].value is None


async def test_nothing_read_is_null_with_a_reason_and_not_asked_again() -> None:
    reader = Reads({})
    leaf = values(await ask(reader, shade=STRING))["/shade"]
    assert (leaf.value, leaf.reason) == (None, NOT_READ)
    assert len(reader.questions) == 1


async def test_a_reader_that_fails_leaves_the_answer_with_a_warning() -> None:
    extraction = await ask(Breaks(), shade=STRING, brand=STRING)
    assert values(extraction)["/brand"].value == "Nordlys"
    assert extraction.status is Status.NEEDS_READER
    assert extraction.warnings[-1] == "The reader could not answer: The server went away."


async def test_where_nothing_is_missing_nobody_is_asked() -> None:
    reader = Reads()
    assert values(await ask(reader, brand=STRING))["/brand"].value == "Nordlys"
    assert reader.questions == []
