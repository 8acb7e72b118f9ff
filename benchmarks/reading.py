"""What it costs to hold a model to the page's own words, and what a small model finds with it.

    python -m benchmarks.reading ../shared/bench --tokenizer MODEL/tokenizer.json
    python -m benchmarks.reading ../shared/bench --ask http://127.0.0.1:8000

The first asks no model. On labelled pages without their data for machines (`benchmarks/values.py`)
it puts the question that a reader would be asked first, and tells tokens of that question beside
those of the raw HTML, and what the grammar takes: to be compiled, and as a mask before each token
of an answer. It needs `llguidance`, the library of vLLM for it; without a tokenizer, tokens are
bytes.

The second asks a server the small questions of `benchmarks/questions.py`, each with the grammar of
slices and with the schema alone. `right`: the value is the answer; `around it`: it holds the answer
and more; `on the page`: of the words that the model said, before any are refused.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio

from benchmarks.gold import ASKED
from benchmarks.questions import PAGES, QUESTIONS, Asked
from benchmarks.values import STATES, labelled
from webis_mcp import extract
from webis_mcp.engine import Answer, Endpoint, Question, Wanted
from webis_mcp.engine.process.probe import open_client, probe
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.reader import ROOM, ModelReader, render_question
from webis_mcp.engine.vllm.slices import PIECE, shown, slices_form
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.value import Passage, leaves
from webis_mcp.page.values.grounding import Ground
from webis_mcp.service.values.chunks import chunked
from webis_mcp.service.values.forms import Setting
from webis_mcp.service.values.plan import Field
from webis_mcp.service.values.reading import Reading

SECONDS = 600.0
"""Longest time for one question: on a CPU, with others at work."""


@dataclass(slots=True)
class Costs:
    """What the questions about pages come to, one figure a page."""

    raw: list[int] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    form: list[int] = field(default_factory=list)
    compile_ms: list[float] = field(default_factory=list)
    mask_ms: list[float] = field(default_factory=list)


def first_questions(path: Path, most: int) -> Iterator[tuple[str, Question]]:
    """Pages as a reader without data for machines sees them, and what it is asked first."""
    found = 0
    for page in labelled(path):
        html = STATES["bare"](str(page["html"]))
        schema = {"type": "object", "properties": ASKED[page["kind"]]}
        findings = extract(html, url=page.get("url"), json_schema=schema).findings
        if findings is None or not findings.passages:
            continue
        wanted = tuple(Wanted(pointer, "string") for pointer in findings.missing)
        yield html, Question(wanted, chunked(findings.passages, ROOM)[0])
        found += 1
        if found == most:
            return


def costs_of(pages: Iterator[tuple[str, Question]], tokenizer: Path | None) -> Costs:
    from llguidance import LLMatcher, LLTokenizer, grammar_from

    model = LLTokenizer(tokenizer.read_text() if tokenizer else "byte")
    costs = Costs()
    for html, question in pages:
        blocks = [(passage.block, shown(passage.text)) for passage in question.passages]
        form = slices_form([wanted.pointer for wanted in question.wanted], blocks)
        started = time.process_time()
        matcher = LLMatcher(model, grammar_from("grammar", form))
        costs.compile_ms.append((time.process_time() - started) * 1000)
        answer = model.tokenize_str(_some_answer(question, blocks))
        started = time.process_time()
        for token in answer:
            matcher.compute_bitmask()
            if not matcher.consume_token(token):
                raise SystemExit(f"A slice was refused: {matcher.get_error()}")
        costs.mask_ms.append((time.process_time() - started) * 1000 / len(answer))
        costs.raw.append(len(model.tokenize_str(html)))
        costs.read.append(len(model.tokenize_str(render_question(question))))
        costs.form.append(len(form))
    return costs


def _some_answer(question: Question, blocks: Sequence[tuple[int, str]]) -> str:
    """Some words of a block for every field, in the form that is asked for."""
    number, words = max(blocks, key=lambda block: len(block[1]))
    text = "".join(PIECE.findall(words)[:9])
    said = (f'"{w.pointer}":{{"block":{number},"text":"{text}"}}' for w in question.wanted)
    return f"{{{','.join(said)}}}"


def tell_costs(costs: Costs) -> None:
    print(f"{len(costs.raw)} pages\n\n| | p50 | p95 | mean |\n|---|---:|---:|---:|")
    rows: dict[str, Sequence[float]] = {
        "raw HTML, tokens": costs.raw,
        "the question, tokens": costs.read,
        "saved, share": [1 - q / max(1, r) for q, r in zip(costs.read, costs.raw, strict=True)],
        "grammar, characters": costs.form,
        "grammar compiled, CPU ms": costs.compile_ms,
        "mask before a token, CPU ms": costs.mask_ms,
    }
    for name, found in rows.items():
        figures = statistics.median(found), sorted(found)[int(0.95 * len(found))]
        cells = (
            f"{x:,.0f}" if x >= 100 else f"{x:.3f}" for x in (*figures, statistics.fmean(found))
        )
        print(f"| {name} | {' | '.join(cells)} |")


# ------------------------------------------------------------------ a model's answers


class Listening(ModelReader):
    """A reader that keeps what was said, before any of it is refused."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, anyio.current_time() + SECONDS)
        self.said: list[str] = []

    async def fill(self, question: Question) -> Answer:
        answer = await super().fill(question)
        self.said += [cited.text for cited in answer.cited.values()]
        return answer


@dataclass(slots=True)
class Score:
    """What a model found."""

    right: int = 0
    around: int = 0
    wrong: int = 0
    missed: int = 0
    nulls_right: int = 0
    said: int = 0
    there: int = 0
    failed: int = 0
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)


async def ask(client: Client, asked: Asked, score: Score) -> None:
    page = read_page(PAGES[asked.page])
    passages = tuple(Passage(b.order, page.xpath(b), b.text) for b in page.blocks)
    reader = Listening(client)
    fields = {f"/{asked.name}": Field(asked.name, hint=asked.hint)}
    question = Question((), (), title=page.facts.title or "")
    reading = Reading(reader, fields, Setting("", "", "en"), question)
    started = time.perf_counter()
    await reading.read([passages])
    score.seconds += time.perf_counter() - started
    (value,) = (leaf for _, leaf in leaves(reading.values()))
    ground = Ground(passages)
    score.said += len(reader.said)
    score.there += sum(bool(ground.find(words)) for words in reader.said)
    score.failed += bool(reading.failures)
    if value.value is None:
        score.nulls_right += not asked.answer
        score.missed += bool(asked.answer)
        return
    said, answer = str(value.value).strip(" .,").casefold(), asked.answer.casefold()
    score.right += said == answer
    score.around += said != answer and bool(answer) and answer in said
    score.wrong += not answer or answer not in said


async def ask_all(url: str, key: str, questions: Sequence[Asked]) -> None:
    async with open_client(url, key) as http:
        endpoint = await probe(http)
        print(f"{Path(endpoint.model).name}, {len(questions)} questions")
        print(
            "\n| | right | null, rightly | around it | wrong | missed | failed | on the page",
            end="",
        )
        print(" | in | out | s |\n|---|" + "---:|" * 10, flush=True)
        for name, slices in (("slices", True), ("schema", False)):
            can = replace(endpoint.capabilities, slices=slices and endpoint.capabilities.slices)
            await tell_score(name, replace(endpoint, capabilities=can), questions)


async def tell_score(name: str, endpoint: Endpoint, questions: Sequence[Asked]) -> None:
    score = Score()
    async with open_client(endpoint.url, endpoint.key) as http:
        http.timeout = None
        client = Client(http, endpoint, Budget(1), score.counts)
        for asked in questions:
            await ask(client, asked, score)
    there = f"{score.there} of {score.said}"
    found = (score.right, score.nulls_right, score.around, score.wrong, score.missed, score.failed)
    tokens = (score.counts.tokens_in, score.counts.tokens_out)
    cells = [*map(str, found), there, *(f"{n:,}" for n in tokens), f"{score.seconds:.0f}"]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: structured-dev.jsonl.zst")
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--tokenizer", type=Path, help="a model's tokenizer.json")
    parser.add_argument("--ask", metavar="URL", help="a server, without /v1")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    parser.add_argument("--key", default="", help="what it wants as a key")
    chosen = parser.parse_args()
    if chosen.ask:
        anyio.run(ask_all, chosen.ask, chosen.key, QUESTIONS[: chosen.questions])
    else:
        pages = first_questions(chosen.bench / "structured-dev.jsonl.zst", chosen.pages)
        tell_costs(costs_of(pages, chosen.tokenizer))


if __name__ == "__main__":
    main()
