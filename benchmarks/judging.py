"""Pages a second and quality with a real server, beside one request a block as the predecessor did.

    python -m benchmarks.judging ../shared/bench [URL] --pages 30

Without a URL vLLM is started as the server would start it, and ended: on a machine with a GPU this
is the one command. Pages are read and judged by the embedded engine beforehand; what is timed is
the asking. Several pages are asked about at once, as a server does. The predecessor asked for one
block after the other (10 tokens each); that is timed for some blocks of all pages, and told for
all. With a model made of random weights only the speed means anything.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import httpx2

from benchmarks.serving import add_url, open_model
from benchmarks.tokens import f1_of
from training.dataset import Example, read_examples
from webis_mcp.engine import Capabilities, Endpoint, Verdicts, embedded
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.judge import Judge, Profile
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.nodes import ASK
from webis_mcp.engine.vllm.view import Look
from webis_mcp.errors import Busy, EngineError

AT_ONCE = 8
"""Pages asked about at once."""

WAYS: dict[str, tuple[Profile, bool, Capabilities]] = {
    "cascade, intervals": ("generic", False, Capabilities("vllm", regex=True)),
    "cascade, label reads": ("generic", False, Capabilities("vllm", choice=True, logprobs=True)),
    "all blocks, intervals": ("generic", True, Capabilities("vllm", regex=True)),
    "webis-1.5b, one request a page": ("webis-1.5b", True, Capabilities("vllm", choice=True)),
}


@dataclass(slots=True)
class Result:
    """What a way came to."""

    pages: int = 0
    seconds: float = 0.0
    scores: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    failed: int = 0
    unbelieved: int = 0
    counts: Counts = field(default_factory=Counts)


async def ask_all(
    http: httpx2.AsyncClient,
    endpoint: Endpoint,
    way: tuple[Profile, bool, Capabilities],
    pages: Sequence[tuple[Example, Verdicts]],
) -> Result:
    """Every page asked about in one way, several at once."""
    profile, whole, can = way
    can = replace(can, max_model_len=endpoint.capabilities.max_model_len)
    server = replace(endpoint, capabilities=can)
    result = Result(pages=len(pages))
    judge = Judge(http, Budget(64), result.counts, profile)
    turns = anyio.Semaphore(AT_ONCE)
    final = [verdicts for _, verdicts in pages]
    views = [look_at(e.page, verdicts.content, judge.look(whole=whole)) for e, verdicts in pages]

    async def one(at: int) -> None:
        async with turns:
            began = anyio.current_time()
            try:
                judged = await judge.judge(server, views[at], final[at], began + 3_600)
                final[at] = judged.verdicts
                result.waits.append(anyio.current_time() - began)
            except (EngineError, Busy):
                result.failed += 1

    started = time.perf_counter()
    asked = [at for at, view in enumerate(views) if view.asked]
    async with anyio.create_task_group() as group:
        for at in asked:
            group.start_soon(one, at)
    result.seconds = time.perf_counter() - started
    result.unbelieved = len(asked) - result.failed - sum(v.engine != embedded.NAME for v in final)
    result.scores = [
        f1_of(example, verdicts) for (example, _), verdicts in zip(pages, final, strict=True)
    ]
    return result


async def one_by_one(
    http: httpx2.AsyncClient,
    endpoint: Endpoint,
    pages: Sequence[tuple[Example, Verdicts]],
    requests: int,
) -> Result:
    """One request a block, one after the other: of all blocks so many, and the time for all."""
    look = Look("nodes", whole=True)
    rows = [row for e, verdicts in pages for row in look_at(e.page, verdicts.content, look).rows]
    sample = rows[:: max(1, len(rows) // requests)]
    share = len(sample) / len(rows)
    result = Result(pages=len(pages))
    started = time.perf_counter()
    for row in sample:
        body = {
            "model": endpoint.model,
            "prompt": ASK.format(features=row.text),
            "max_tokens": 10,
            "temperature": 0.1,
        }
        headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        answer = await http.post(f"{endpoint.url}/v1/completions", json=body, headers=headers)
        usage = answer.raise_for_status().json()["usage"]
        result.counts.tokens_in += round(usage["prompt_tokens"] / share)
        result.counts.tokens_out += round(usage["completion_tokens"] / share)
    result.seconds = (time.perf_counter() - started) / share
    result.counts.requests = len(rows)
    return result


async def measure(url: str | None, pages: list[tuple[Example, Verdicts]], serial: int) -> None:
    """Ask in all ways, and print the table."""
    async with (
        open_model(url) as endpoint,
        httpx2.AsyncClient(trust_env=False, timeout=None) as http,
    ):
        alone = statistics.fmean(f1_of(example, verdicts) for example, verdicts in pages)
        print(f"{len(pages)} pages, {AT_ONCE} at once; embedded alone: word F1 {alone:.4f}\n")
        print(
            "| | pages/s | ratio | s p50 | p95 | requests | in | out | F1 | unbelieved | failed |"
        )
        print("|---|" + "---:|" * 10)
        slow = await told("one request a block", one_by_one(http, endpoint, pages, serial), None)
        for name, way in WAYS.items():
            await told(name, ask_all(http, endpoint, way, pages), slow)


async def told(name: str, asking: Awaitable[Result], slow: float | None) -> float:
    """Print a line of the table; returns pages a second."""
    result = await asking
    speed, counts, pages = result.pages / result.seconds, result.counts, result.pages
    cells = [
        f"{speed:.3f}",
        f"{speed / (slow or speed):.1f}",
        *(f"{part_of(result.waits, part):.2f}" if result.waits else "" for part in (0.5, 0.95)),
        *(f"{n / pages:,.1f}" for n in (counts.requests, counts.tokens_in, counts.tokens_out)),
        f"{statistics.fmean(result.scores):.4f}" if result.scores else "",
        str(result.unbelieved),
        str(result.failed),
    ]
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    return speed


def part_of(waits: Sequence[float], part: float) -> float:
    """The wait that such a part of the pages does not exceed."""
    return sorted(waits)[min(len(waits) - 1, int(part * len(waits)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst")
    add_url(parser)
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--serial", type=int, default=200, help="blocks to ask about one by one")
    chosen = parser.parse_args()
    examples = read_examples(chosen.bench / "dev.jsonl.zst", limit=chosen.pages)
    pages = [(example, embedded.judge(example.page)) for example in examples]
    anyio.run(measure, chosen.url, pages, chosen.serial)


if __name__ == "__main__":
    main()
