"""What a model's doubt is worth beside the embedded engine's: the weight that fits labelled pages.

    python -m benchmarks.weighing ../shared/bench [URL] --pages 25 --language en

The model is asked for the label of every block in doubt; its margin is the log-odds of yes against
no. The weight is what a logistic regression gives that margin beside the embedded log-odds, on the
pages of other folds, so each page is judged with a weight it had no part in. AUC: how often a block
that is content has more than one that is not; 0.5 is chance. The embedded engine's weights were
trained on these pages, so it is better here than on others.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import httpx2
import numpy as np
import numpy.typing as npt

from benchmarks.serving import add_url, open_model
from benchmarks.tokens import f1_of, labels_of
from training.dataset import Example, read_examples
from webis_mcp.engine import Capabilities, Verdicts, embedded
from webis_mcp.engine.vllm.asking import Asking
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.fusion import fuse, worth
from webis_mcp.engine.vllm.judge import room
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.parts import part
from webis_mcp.engine.vllm.prompt import code_of
from webis_mcp.engine.vllm.reads import read_lines
from webis_mcp.engine.vllm.view import Look, View, is_sure

CAN = Capabilities("vllm", choice=True, logprobs=True)

FOLDS = 5

NUDGE = 1e-6
"""Keeps a fit finite where a margin tells all, and the log-odds of a certainty."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Read:
    """A page of which a model has read the labels in doubt."""

    example: Example
    verdicts: Verdicts
    view: View
    says: dict[int, float]
    labels: dict[int, bool]

    @property
    def doubtful(self) -> list[int]:
        """The blocks in doubt of which the model says something."""
        return [at for at in self.says if is_sure(self.verdicts.content[at]) is None]

    def rows(self) -> Floats:
        """A row a block in doubt: the embedded log-odds, the margin, one."""
        content = self.verdicts.content
        told = [[log_odds(content[at]), log_odds(self.says[at]), 1.0] for at in self.doubtful]
        return np.array(told, dtype=np.float64).reshape(-1, 3)

    def truth(self) -> Floats:
        return np.array([self.labels[at] for at in self.doubtful], dtype=np.float64)


async def read_labels(client: Client, view: View) -> dict[int, float]:
    """The model's probability of content for each block that is asked about, by its order."""
    asking = Asking(client, anyio.current_time() + 3_600)
    for one in part(view, room(client.endpoint.capabilities)):
        if any(map(view.asks, one.rows)):
            await read_lines(asking, view, one, code_of(one, b"benchmark"))
    return asking.heard.says


def auc(scores: Floats, truth: Floats) -> float:
    """How often one of the true has a higher score than one of the others; ties count half."""
    yes, no = scores[truth > 0.5], scores[truth <= 0.5]
    if not len(yes) or not len(no):
        return math.nan
    above = (yes[:, None] > no).sum() + 0.5 * (yes[:, None] == no).sum()
    return float(above / (len(yes) * len(no)))


def fit(rows: Floats, truth: Floats) -> Floats:
    """What a margin, and nothing, add to the embedded log-odds, which stand as they are."""
    added = np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-(rows[:, 0] + rows[:, 1:] @ added)))
        slope = rows[:, 1:].T @ (truth - chance) - NUDGE * added
        bend = (rows[:, 1:] * (chance * (1 - chance))[:, None]).T @ rows[:, 1:]
        added += np.linalg.solve(bend + NUDGE * np.eye(2), slope)
    return added


def log_odds(probability: float) -> float:
    p = min(max(probability, NUDGE), 1 - NUDGE)
    return math.log(p / (1 - p))


def weighed(page: Read, added: Floats) -> Verdicts:
    """The page's verdicts, a margin counting for what was fitted."""
    content = list(page.verdicts.content)
    rows = page.rows()
    for at, sum_ in zip(page.doubtful, rows[:, 0] + rows[:, 1:] @ added, strict=True):
        content[at] = 1 / (1 + math.exp(-sum_))
    return replace(page.verdicts, content=tuple(content))


def shipped(page: Read) -> Verdicts:
    """The page's verdicts as the cascade makes them: weighed by what is sure of this page."""
    found = worth(page.view, page.says)
    return fuse(page.verdicts, page.says, found) if found.is_believed else page.verdicts


def report(pages: Sequence[Read]) -> None:
    """Print what the labels are worth, and what the cascade makes of them."""
    rows = np.concatenate([page.rows() for page in pages])
    truth = np.concatenate([page.truth() for page in pages])
    fold_of = [page.example.fold(FOLDS) for page in pages]
    fits = [
        fit(
            np.concatenate([p.rows() for p, own in zip(pages, fold_of, strict=True) if own != at]),
            np.concatenate([p.truth() for p, own in zip(pages, fold_of, strict=True) if own != at]),
        )
        for at in range(FOLDS)
    ]
    weight, bias = fit(rows, truth)
    print(f"{len(truth)} blocks in doubt, {truth.mean():.0%} of them content")
    print(
        f"AUC: embedded {auc(rows[:, 0], truth):.3f}, margin {auc(rows[:, 1], truth):.3f}, ", end=""
    )
    print(f"both {auc(rows[:, 0] + weight * rows[:, 1], truth):.3f}")
    spread = f"{min(f[0] for f in fits):.3f} to {max(f[0] for f in fits):.3f} over {FOLDS} folds"
    print(f"weight of the margin {weight:.3f} ({spread}), and {bias:+.2f}\n")
    ways = {
        "the embedded engine alone": [page.verdicts for page in pages],
        "the cascade as it is": [shipped(page) for page in pages],
        "the cascade with that weight": [
            weighed(page, fits[own]) for page, own in zip(pages, fold_of, strict=True)
        ],
    }
    print("| | word F1 |\n|---|---:|")
    for name, verdicts in ways.items():
        pairs = zip(pages, verdicts, strict=True)
        print(f"| {name} | {statistics.fmean(f1_of(p.example, v) for p, v in pairs):.4f} |")
    believed = sum(worth(page.view, page.says).is_believed for page in pages)
    print(f"\nThe model is believed on {believed} of {len(pages)} pages.")


async def measure(url: str | None, examples: Sequence[Example]) -> None:
    """Have every page's labels read, and print what they come to."""
    pages = list[Read]()
    counts = Counts()
    async with open_model(url) as found, httpx2.AsyncClient(trust_env=False, timeout=None) as http:
        can = replace(CAN, max_model_len=found.capabilities.max_model_len)
        client = Client(http, replace(found, capabilities=can), Budget(16), counts)
        for example in examples:
            verdicts = embedded.judge(example.page)
            view = look_at(example.page, verdicts.content, Look())
            says = await read_labels(client, view)
            pages.append(Read(example, verdicts, view, says, labels_of(example)))
    read = (
        f"{counts.tokens_in / len(pages):,.0f} tokens in, {counts.requests / len(pages):.0f} labels"
    )
    print(f"{len(pages)} pages; a page: {read}")
    report(pages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst")
    add_url(parser)
    parser.add_argument("--pages", type=int, default=25)
    parser.add_argument("--language", help="of the pages; unset, all")
    parser.add_argument("--longest", type=int, default=150, help="blocks of a page, at most")
    chosen = parser.parse_args()
    found = read_examples(chosen.bench / "dev.jsonl.zst", limit=4 * chosen.pages)
    wanted = [
        example
        for example in found
        if len(example.texts) <= chosen.longest and chosen.language in (None, example.language)
    ]
    anyio.run(measure, chosen.url, wanted[: chosen.pages])


if __name__ == "__main__":
    main()
