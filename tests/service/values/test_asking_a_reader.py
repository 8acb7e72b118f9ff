"""What an engine that reads may add: nothing that is not on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.support.shop import SHOP, is_on_page
from webis_mcp import extract
from webis_mcp.engine import Answer, Cited, Question
from webis_mcp.engine.vllm.tokens import estimate
from webis_mcp.errors import Busy, EngineError
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


class Knows(Reads):
    """Cites the first passage that it is shown with a word; fails where it is told to."""

    def __init__(self, pointer: str, words: str, fails: str = "\0") -> None:
        super().__init__()
        self.pointer, self.words, self.fails = pointer, re.compile(words), fails

    async def fill(self, question: Question) -> Answer:
        self.questions.append(question)
        if any(self.fails in passage.text for passage in question.passages):
            raise Busy("Too many wait.")
        for passage in question.passages:
            if found := self.words.search(passage.text):
                return Answer({self.pointer: Cited(found[0], passage.block)})
        return Answer({})


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


LONG = (
    "<title>Voyages</title><h1>Voyages</h1><h2>Log</h2>"
    + "".join(f"<p>The vessel{' sailed on' * 40}, voyage {n}.</p>" for n in range(40))
    + f"<h2>End</h2><p>The vessel{' sailed on' * 60} and was called Aurora.</p>"
)


async def read_long(reader: Reads) -> Extraction:
    nickname = {"type": "string", "description": "of the vessel"}
    schema = {"type": "object", "properties": {"nickname": nickname}}
    plan = plan_of(None, schema)
    assert plan is not None
    return await read_missing(extract(LONG, json_schema=schema), plan, reader)


async def test_what_the_likeliest_blocks_leave_open_is_asked_in_further_chunks() -> None:
    reader = Knows("/nickname", "(?<=was called )Aurora")
    leaf = values(await read_long(reader))["/nickname"]
    assert (leaf.value, leaf.by) == ("Aurora", By.MODEL)
    assert len(reader.questions) > 1
    for question in reader.questions:
        assert question.title == "Voyages"
        assert sum(estimate(passage.text) for passage in question.passages) <= reader.room
        assert all(passage.under.startswith("Voyages") for passage in question.passages)
        blocks = [passage.block for passage in question.passages]
        assert blocks == sorted(blocks)
    shown = [(p.block, p.text) for question in reader.questions for p in question.passages]
    assert len(shown) == len(set(shown))


async def test_what_the_likeliest_blocks_say_is_not_asked_again() -> None:
    reader = Knows("/nickname", "voyage")
    assert values(await read_long(reader))["/nickname"].value == "voyage"
    assert len(reader.questions) == 1


async def test_chunks_that_differ_are_ambiguous_with_all_places_the_first_on_the_page_first() -> (
    None
):
    class Numbers(Knows):
        async def fill(self, question: Question) -> Answer:
            first = not self.questions
            answer = await super().fill(question)
            return Answer({}) if first else answer

    leaf = values(await read_long(Numbers("/nickname", "voyage [0-9]+")))["/nickname"]
    assert leaf.match is Match.AMBIGUOUS
    assert leaf.place is not None
    assert leaf.rivals
    blocks = [leaf.place.block or 0, *(rival.place.block or 0 for rival in leaf.rivals)]
    assert blocks == sorted(set(blocks))
    assert "parts of the page say it differently" in leaf.reason


async def test_a_chunk_that_fails_leaves_what_the_others_say_and_a_warning() -> None:
    first = Knows("/nickname", "no such word")
    await read_long(first)
    (lost, *_), *_ = [[p.text for p in q.passages] for q in first.questions[1:]]
    reader = Knows("/nickname", "(?<=called )Aurora", fails=lost)
    extraction = await read_long(reader)
    assert extraction.warnings[-1] == "The reader did not read all likely blocks: Too many wait."
    assert len(reader.questions) == len(first.questions)


async def test_a_reader_that_is_busy_leaves_the_answer_with_a_warning() -> None:
    extraction = await read_long(Knows("/nickname", "Aurora", fails="vessel"))
    assert values(extraction)["/nickname"].value is None
    assert extraction.warnings[-1] == "The reader could not answer: Too many wait."


async def test_where_nothing_is_missing_nobody_is_asked() -> None:
    reader = Reads()
    assert values(await ask(reader, brand=STRING))["/brand"].value == "Nordlys"
    assert reader.questions == []
