"""Tokens a page, into a model and out of it, beside raw HTML and a MinerU-style prompt; and what a
perfect model's labels come to on the way through view, prompt, answer and merge.

    python -m benchmarks.tokens ../shared/bench --tokenizer qwen.tiktoken

The tokenizer is a file of ranks as Qwen publishes it (the package `dashscope` on PyPI holds one as
`dashscope/resources/qwen.tiktoken`; needs `tiktoken`). Without it, tokens are our own estimate. The
labels of a perfect model are the blocks that the gold text is made of (`training/alignment.py`).
"""

from __future__ import annotations

import argparse
import base64
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.ground import records
from training.alignment import tokens, word_f1
from training.dataset import Example, read_examples
from webis_mcp.engine import Verdicts, embedded
from webis_mcp.engine.vllm.elements import Elements
from webis_mcp.engine.vllm.fusion import follow, fuse, worth
from webis_mcp.engine.vllm.intervals import write_intervals
from webis_mcp.engine.vllm.judge import MOST_TOKENS
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.parts import Part, part
from webis_mcp.engine.vllm.prompt import code_of, parse_answer, render_prompt
from webis_mcp.engine.vllm.tokens import estimate
from webis_mcp.engine.vllm.view import Look, View
from webis_mcp.page.model import Page
from webis_mcp.page.writing.writer import Writing, write_text
from webis_mcp.service.deciding import decide

Count = Callable[[str], int]

TEMPLATE = 10
"""Tokens that a chat template puts around two messages (Qwen's)."""

_PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Qwen's tokenizer cuts a text before it looks for ranks."""


@dataclass(slots=True)
class Column:
    """What one way of asking comes to, page by page."""

    read: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


def counter_of(path: Path | None) -> Count:
    """Counts tokens by a file of ranks, or estimates them."""
    if path is None:
        return estimate
    import tiktoken

    lines = (line.split() for line in path.read_bytes().splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    encoding = tiktoken.Encoding("qwen", pat_str=_PIECES, mergeable_ranks=ranks, special_tokens={})
    return lambda text: len(encoding.encode(text, disallowed_special=()))


def labels_of(example: Example) -> dict[int, bool]:
    """What a perfect model would say of each block, by its order."""
    orders = (block.order for block in example.page.blocks if block.text)
    return {order: bool(label) for order, label in zip(orders, example.labels, strict=True)}


def ask(view: View, labels: dict[int, bool], count: Count, column: Column) -> dict[int, float]:
    """What a perfect model says, having been asked and having answered in words."""
    says: dict[int, float] = {}
    read = written = 0
    parts = part(view, MOST_TOKENS)
    for one in parts:
        question = render_prompt(one, code_of(one, b"benchmark"), "regex")
        answer = write_intervals(
            number for number, order in enumerate(one.orders, start=1) if labels[order]
        )
        read += TEMPLATE + sum(count(message["content"]) for message in question.messages)
        written += 1 + count(answer)
        says |= {order: float(label) for order, label in parse_answer(answer, question).items()}
    column.read.append(read)
    column.written.append(written)
    column.requests.append(len(parts))
    return says


def oracle_of(page: Page, labels: dict[int, bool], verdicts: Verdicts) -> Verdicts:
    """The labels themselves, where a model may say something: of all blocks but hidden ones."""
    content = (
        float(labels[block.order]) if block.text and not block.hidden else p
        for block, p in zip(page.blocks, verdicts.content, strict=True)
    )
    return Verdicts("oracle", tuple(content), 1.0)


def mineru(page: Page, content: Sequence[float], count: Count, column: Column) -> None:
    """The same page as simplified HTML with a label an element, all in one prompt."""
    view = look_at(page, content, Look("elements", whole=True))
    question = Elements(Part(view.title, view.address, view.rows))
    answer = "{" + ",".join(f'"{n}": "other"' for n in range(1, len(view.rows) + 1)) + "}"
    column.read.append(TEMPLATE + count(question.messages[0]["content"]))
    column.written.append(1 + count(answer))
    column.requests.append(1)


def f1_of(example: Example, verdicts: Verdicts) -> float:
    """Word F1 of what is kept on the verdicts."""
    text = write_text(example.page, decide(example.page, verdicts).keep, Writing())
    return word_f1(tokens(text), tokens(example.gold))


def measure(example: Example, html: str, count: Count, columns: dict[str, Column]) -> None:
    """One page, all ways."""
    page, labels = example.page, labels_of(example)
    verdicts = embedded.judge(page)
    columns["raw HTML"].read.append(count(html))
    mineru(page, verdicts.content, count, columns["MinerU-style"])
    whole = look_at(page, verdicts.content, Look(whole=True))
    says = ask(whole, labels, count, columns["all blocks"])
    columns["all blocks"].scores.append(f1_of(example, follow(verdicts, says)))
    columns["oracle"].scores.append(f1_of(example, oracle_of(page, labels, verdicts)))
    doubt = look_at(page, verdicts.content, Look())
    said = ask(doubt, labels, count, columns["cascade"])
    fused = fuse(verdicts, said, worth(doubt, said))
    columns["cascade"].scores.append(f1_of(example, fused))
    columns["embedded"].scores.append(f1_of(example, verdicts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--tokenizer", type=Path, help="a file of ranks; without it: estimates")
    chosen = parser.parse_args()
    count = counter_of(chosen.tokenizer)
    data = chosen.bench / "dev.jsonl.zst"
    examples = {example.id: example for example in read_examples(data, limit=chosen.pages)}
    names = ("raw HTML", "MinerU-style", "all blocks", "cascade", "oracle", "embedded")
    columns = {name: Column() for name in names}
    for record in records(data):
        if record["id"] in examples:
            measure(examples[record["id"]], record["html"], count, columns)
    tell(columns, len(examples), "Qwen's tokens" if chosen.tokenizer else "estimated tokens")


def tell(columns: dict[str, Column], pages: int, unit: str) -> None:
    """Print the table."""
    print(f"{pages} pages, {unit}\n")
    print("| | in p50 | mean | p95 | out p50 | mean | p95 | requests | word F1 |")
    print("|---|" + "---:|" * 8)
    for name, column in columns.items():
        cells = [*_spread(column.read), *_spread(column.written)]
        cells.append(f"{statistics.fmean(column.requests):.2f}" if column.requests else "")
        cells.append(f"{statistics.fmean(column.scores):.4f}" if column.scores else "")
        print(f"| {name} | " + " | ".join(cells) + " |")


def _spread(values: Sequence[int]) -> list[str]:
    if not values:
        return [""] * 3
    high = sorted(values)[int(0.95 * (len(values) - 1))]
    middle, mean = statistics.median(values), statistics.fmean(values)
    return [f"{value:,.0f}" for value in (middle, mean, high)]


if __name__ == "__main__":
    main()
