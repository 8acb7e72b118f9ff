"""What the cascade makes of models that are wrong now and then: it should never pay to be without.

    python -m benchmarks.cascade ../shared/bench --pages 300

A model is played by the labels of the gold text, of which it tells a share wrongly, line by line,
about what is sure as about what is in doubt. The embedded engine's weights were trained on these
pages, so it is better here than on others, and the gain is smaller.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tokens import f1_of, labels_of
from training.dataset import Example, read_examples
from webis_mcp.engine import Verdicts, embedded
from webis_mcp.engine.vllm.fusion import fuse, worth
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.view import Look, View

ALWAYS = {"content": 1.0, "noise": 0.0}
"""Models that say one thing of everything."""

WRONG = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Judged:
    """A page as the embedded engine judges it, and as it is labelled."""

    example: Example
    verdicts: Verdicts
    view: View
    labels: dict[int, bool]


Says = Callable[[View, dict[int, bool]], dict[int, float]]
"""What a model says of a view, given the right labels."""


def erring(wrong: float) -> Says:
    """A model that is wrong about such a share of the lines."""

    def says(view: View, labels: dict[int, bool]) -> dict[int, float]:
        dice = random.Random(f"{wrong} {view.address} {len(view.rows)}")
        found: dict[int, float] = {}
        for row in view.rows:
            errs = dice.random() < wrong
            found |= {order: float(labels[order] != errs) for order in row.blocks}
        return found

    return says


def always(said: float) -> Says:
    """A model that says the same of everything."""
    return lambda view, _: {order: said for row in view.rows for order in row.blocks}


def score(judged: Judged, says: Says) -> tuple[float, bool]:
    """Word F1 of the cascade with such a model on a page, and whether it was believed."""
    said = says(judged.view, judged.labels)
    found = worth(judged.view, said)
    fused = fuse(judged.verdicts, said, found) if found.is_believed else judged.verdicts
    return f1_of(judged.example, fused), found.is_believed


def judge(example: Example) -> Judged:
    verdicts = embedded.judge(example.page)
    view = look_at(example.page, verdicts.content, Look())
    return Judged(example, verdicts, view, labels_of(example))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst")
    parser.add_argument("--pages", type=int, default=300)
    chosen = parser.parse_args()
    examples = read_examples(chosen.bench / "dev.jsonl.zst", limit=chosen.pages)
    pages = [judge(example) for example in examples]
    alone = statistics.fmean(f1_of(page.example, page.verdicts) for page in pages)
    print(f"{len(pages)} pages; the embedded engine alone: word F1 {alone:.4f}\n")
    print("| a model that | word F1 of the cascade | believed on |")
    print("|---|---:|---:|")
    models = {f"has {wrong:.0%} of the lines wrong": erring(wrong) for wrong in WRONG}
    models |= {f"calls everything {word}": always(said) for word, said in ALWAYS.items()}
    for name, says in models.items():
        scores = [score(page, says) for page in pages]
        believed = statistics.fmean(believed for _, believed in scores)
        print(f"| {name} | {statistics.fmean(f for f, _ in scores):.4f} | {believed:.0%} |")


if __name__ == "__main__":
    main()
