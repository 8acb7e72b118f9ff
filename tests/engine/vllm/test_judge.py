"""What a model makes of a page, and what comes of one that does not do as it is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest

from tests.support.golden import golden_slugs, read_golden
from tests.support.judges import judge_page, judges
from tests.support.model_server import FULL, Model, Said, endpoint_of, serving
from tests.support.models import lines_of, perfect
from webis_mcp.engine import Verdicts, embedded
from webis_mcp.engine.vllm.judge import MOST_PARTS, Judged, Profile
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.view import is_sure
from webis_mcp.errors import AnswerUnreadable, EngineError, EngineNotReady
from webis_mcp.page.model import Page
from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.deciding import decide

READS = replace(FULL, logprobs=True, regex=False)


def story(paragraphs: int) -> Page:
    """A page with a menu, a story about ferries, and short remarks that nobody can place."""
    told = "".join(
        f"<p>The ferry sailed trip {trip}, and many people came to see it in the harbour.</p>"
        f"<div>Trip {trip}: ferry</div><div>More</div>"
        for trip in range(paragraphs)
    )
    menu = "".join(f"<li><a href=/{at}>Section {at}</a>" for at in range(9))
    return read_page(f"<body><ul>{menu}</ul><main><h1>Ferry</h1>{told}</main>")


def about_ferries(words: str) -> bool:
    return "ferry" in words.lower()


async def ask(model: Model, page: Page, *, whole: bool = True, window: int = 16_384) -> Judged:
    can = replace(FULL, max_model_len=window)
    with serving(model) as server:
        async with judges() as (judge, _):
            return await judge_page(judge, endpoint_of(server, can), page, whole=whole)


class InTurn:
    """Says one thing after the other, then the last one for ever."""

    def __init__(self, *says: str | Said | Callable[[str], str]) -> None:
        self.says = list(says)
        self.heard: list[str] = []

    def __call__(self, prompt: str) -> str | Said:
        self.heard.append(prompt)
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        return said(prompt) if callable(said) else said


async def test_only_blocks_in_doubt_are_moved() -> None:
    page = story(8)
    before = embedded.judge(page).content
    judged = await ask(perfect(about_ferries), page, whole=False)
    for block, old, new in zip(page.blocks, before, judged.verdicts.content, strict=True):
        if is_sure(old) is not None:
            assert new == old
        else:
            assert (new > old) == about_ferries(block.text)


async def test_the_answer_says_what_it_took() -> None:
    judged = await ask(perfect(about_ferries), story(8), whole=False)
    assert judged.verdicts.engine == "vllm: tiny"
    assert re.fullmatch(r"vllm: \d+ blocks asked, \d+ tokens in, \d+ out", judged.path[0])
    assert judged.warnings == ()


async def test_an_answer_of_another_form_is_asked_for_once_more() -> None:
    model = InTurn("These are the content lines: 1 to 4", perfect(about_ferries))
    judged = await ask(model, story(3))
    assert judged.warnings == ()
    assert len(model.heard) == 2
    assert "Only the answer, in that form:" in model.heard[1]


async def test_lines_that_were_not_offered_are_asked_for_once_more() -> None:
    model = InTurn("1-9999", perfect(about_ferries))
    judged = await ask(model, story(3))
    assert judged.warnings == ()
    assert len(model.heard) == 2


async def test_a_model_that_never_answers_the_question_is_an_error() -> None:
    model = InTurn("As a language model, I like ferries.")
    with pytest.raises(AnswerUnreadable):
        await ask(model, story(3))
    assert len(model.heard) == 2


async def test_an_answer_that_is_cut_is_gone_on_with() -> None:
    page = story(6)
    whole = perfect(about_ferries)

    def cut(prompt: str) -> Said:
        return Said(whole(prompt)[:-3], cut=True)

    says: list[Model] = [cut, whole]
    model: Model = lambda prompt: says.pop(0)(prompt)  # noqa: E731
    judged = await ask(model, page)
    assert says == []
    labels = [p > 0.5 for p in judged.verdicts.content]
    assert labels == [about_ferries(block.text) for block in page.blocks]


async def test_what_stays_without_an_answer_keeps_the_embedded_verdict_and_says_so() -> None:
    page = story(6)
    judged = await ask(lambda _: Said("10-12 1", cut=True), page)
    before = embedded.judge(page).content
    assert judged.verdicts.content[30:] == before[30:]
    assert re.match(r"The model answered for \d+ of \d+ blocks", judged.warnings[0])


async def test_a_page_that_does_not_fit_is_asked_about_in_parts() -> None:
    page = story(60)
    with serving(perfect(about_ferries)) as server:
        async with judges() as (judge, counts):
            can = replace(FULL, max_model_len=1024)
            judged = await judge_page(judge, endpoint_of(server, can), page)
    assert counts.requests > 4
    labels = [p > 0.5 for p in judged.verdicts.content]
    assert labels == [about_ferries(block.text) for block in page.blocks]


async def test_a_part_that_the_server_finds_too_long_is_halved() -> None:
    knows = perfect(about_ferries)

    def narrow(prompt: str) -> str | Said:
        if len(list(lines_of(prompt))) > 40:
            return Said("This model's maximum context length is 2 tokens.", status=400)
        return knows(prompt)

    page = story(40)
    judged = await ask(narrow, page)
    assert judged.warnings == ()
    labels = [p > 0.5 for p in judged.verdicts.content]
    assert labels == [about_ferries(block.text) for block in page.blocks]


async def test_labels_are_read_in_halves_where_the_view_is_too_long() -> None:
    def narrow(prompt: str) -> Said:
        if len(list(lines_of(prompt))) > 9:
            return Said("This model's maximum context length is 2 tokens.", status=400)
        return Said(perfect(about_ferries)(prompt))

    page = story(6)
    with serving(narrow) as server:
        async with judges() as (judge, _):
            judged = await judge_page(judge, endpoint_of(server, READS), page)
    assert judged.warnings == ()
    labels = [p > 0.5 for p in judged.verdicts.content]
    assert labels == [about_ferries(block.text) for block in page.blocks]


async def test_a_page_without_end_keeps_a_model_busy_for_so_long_only() -> None:
    page = read_page("<body>" + "".join(f"<p>The ferry of day {day}.</p>" for day in range(3_000)))
    with serving(perfect(about_ferries)) as server:
        async with judges() as (judge, counts):
            can = replace(FULL, max_model_len=1024)
            judged = await judge_page(judge, endpoint_of(server, can), page)
    assert counts.requests <= 2 * MOST_PARTS
    assert re.match(r"The model answered for \d+ of 3000 blocks", judged.warnings[0])


async def test_a_part_that_fails_leaves_the_others() -> None:
    knows = perfect(about_ferries)

    def moody(prompt: str) -> str | Said:
        return Said("no", status=400) if "trip 1," in prompt else knows(prompt)

    judged = await ask(moody, story(60), window=1024)
    assert "for the others the embedded engine's verdict stands" in judged.warnings[0]


async def test_a_model_that_contradicts_what_is_sure_is_not_believed() -> None:
    page = story(8)
    wrong = perfect(lambda words: not about_ferries(words))
    judged = await ask(wrong, page, whole=False)
    assert judged.verdicts.content == embedded.judge(page).content
    assert judged.verdicts.engine == "embedded"
    assert "contradicts what is sure" in judged.warnings[0]


async def test_labels_are_read_where_nothing_holds_an_answer_to_its_form() -> None:
    def model(prompt: str) -> Said:
        yes = perfect(about_ferries)(prompt) == "yes"
        return Said("?", likely={" Yes": 0.8, "no": 0.2} if yes else {"NO": 0.7, "maybe": 0.3})

    page = story(3)
    with serving(model) as server:
        async with judges() as (judge, counts):
            judged = await judge_page(judge, endpoint_of(server, READS), page)
    assert [p > 0.5 for p in judged.verdicts.content] == [
        about_ferries(block.text) for block in page.blocks
    ]
    assert all(body["max_tokens"] == 1 for body in server.asked)
    assert counts.requests == len(server.asked)


async def test_a_few_blocks_in_doubt_are_read_not_decoded() -> None:
    page = story(3)
    sure = [0.99 if about_ferries(block.text) else 0.01 for block in page.blocks]
    sure[-2] = 0.3  # "Trip 2: ferry"
    verdicts = Verdicts("embedded", tuple(sure), 0.5)
    with serving(perfect(about_ferries)) as server:
        async with judges() as (judge, _):
            can = replace(FULL, logprobs=True)
            view = look_at(page, verdicts.content, judge.look(whole=False))
            deadline = anyio.current_time() + 30
            judged = await judge.judge(endpoint_of(server, can), view, verdicts, deadline)
    assert {body["max_tokens"] for body in server.asked} == {1}
    moved = [at for at, p in enumerate(judged.verdicts.content) if p != verdicts.content[at]]
    assert moved == [len(sure) - 2]
    assert judged.verdicts.content[-2] > 0.3


def as_digit(prompt: str) -> Said:
    return Said("1", likely={"1": 0.9, "0": 0.1} if about_ferries(prompt) else {"0": 1.0})


def as_json(prompt: str) -> str:
    found = re.findall(r'<\w+[^>]* _item_id="(\d+)">(.*?)</\w+>', prompt)
    pairs = (f'"{number}": "{"main" if about_ferries(w) else "other"}"' for number, w in found)
    return "{" + ",".join(pairs) + "}"


@pytest.mark.parametrize(
    ("profile", "model"), [("webis-1.5b", as_digit), ("mineru-html-v1.0", as_json)]
)
async def test_older_models_are_asked_in_their_own_way(profile: Profile, model: Model) -> None:
    page = story(20)
    with serving(model) as server:
        async with judges(profile) as (judge, counts):
            judged = await judge_page(judge, endpoint_of(server), page)
    assert counts.requests == 1
    assert [p > 0.5 for p in judged.verdicts.content] == [
        about_ferries(block.text) for block in page.blocks
    ]


def only_some(prompt: str) -> Said:
    whole = as_json(prompt)
    return Said(whole[: len(whole) // 2], cut=True)


@pytest.mark.parametrize(
    "answer",
    ["", "[]", '{"1": "main"}', '{"2": "main"}', '{"1": "perhaps"}', '{"1": []}', "{" * 5000],
)
async def test_elements_that_are_labelled_wrongly_are_unreadable(answer: str) -> None:
    with serving(lambda _: answer) as server:
        async with judges("mineru-html-v1.0") as (judge, _):
            with pytest.raises(AnswerUnreadable):
                await judge_page(judge, endpoint_of(server), story(2))


async def test_labels_of_elements_that_are_cut_are_gone_on_with() -> None:
    page = story(4)
    says: list[Model] = [only_some, as_json]
    with serving(lambda prompt: says.pop(0)(prompt)) as server:
        async with judges("mineru-html-v1.0") as (judge, counts):
            judged = await judge_page(judge, endpoint_of(server), page)
    assert counts.repairs == 1
    assert [p > 0.5 for p in judged.verdicts.content] == [
        about_ferries(block.text) for block in page.blocks
    ]


async def test_the_whole_of_a_page_is_given_up_when_its_time_is_over() -> None:
    with serving(perfect(about_ferries)) as server:
        server.hold.clear()
        async with judges() as (judge, _):
            with pytest.raises(EngineNotReady, match="did not answer within"):
                await judge_page(judge, endpoint_of(server), story(60), seconds=0.3)
            assert await anyio.to_thread.run_sync(server.wait_for, 0)


async def test_a_window_that_is_too_small_for_a_line_is_told() -> None:
    with pytest.raises(EngineError, match="window"):
        await ask(perfect(about_ferries), story(2), window=200)


@pytest.mark.parametrize("slug", golden_slugs())
async def test_with_a_perfect_model_nothing_is_lost_on_the_way(slug: str) -> None:
    """Labels in the answer's slots come out as the labels of the page, whatever they are."""
    page = read_golden(slug).read()
    content = embedded.judge(page).content
    seen = [block.order for block in page.blocks if block.text and not block.hidden]
    wanted = {order: (order * 7919) % 3 == 0 for order in seen}  # any labels will do

    with serving(lambda prompt: in_order(prompt, [wanted[order] for order in seen])) as server:
        async with judges() as (judge, _):
            judged = await judge_page(judge, endpoint_of(server), page)
    told = tuple(float(wanted.get(at, content[at])) for at in range(len(content)))
    there = decide(page, judged.verdicts)
    here = decide(page, Verdicts("oracle", told, 1.0))
    assert {o: there.keep[o] for o in seen} == {o: here.keep[o] for o in seen}


def in_order(prompt: str, labels: list[bool]) -> str:
    numbers = [at for at, label in enumerate(labels, start=1) if label]
    return json.dumps({"content": [[number, number] for number in numbers]})
