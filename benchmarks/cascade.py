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
from pathlib import Path

from benchmarks.tokens import f1_of, labels_of
from training.dataset import Example, read_examples
from webis_mcp.engine import embedded
from webis_mcp.engine.vllm.fusion import LEAST, fuse, worth
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.view import Look, View

WRONG = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)


def say(view: View, labels: dict[int, bool], wrong: float, dice: random.Random) -> dict[int, float]:
    """What a model says that is wrong about such a share of the lines."""
    says: dict[int, float] = {}
    for row in view.rows:
        errs = dice.random() < wrong
        says |= {order: float(labels[order] != errs) for order in row.blocks}
    return says


def score(example: Example, wrong: float) -> tuple[float, bool]:
    """Word F1 of the cascade with such a model on a page, and whether it was believed."""
    verdicts = embedded.judge(example.page)
    view = look_at(example.page, verdicts.content, Look())
    dice = random.Random(f"{example.id} {wrong}")
    says = say(view, labels_of(example), wrong, dice)
    trust = worth(view, says)
    fused = fuse(verdicts, says, trust) if trust >= LEAST else verdicts
    return f1_of(example, fused), trust >= LEAST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the measuring ground: dev.jsonl.zst")
    parser.add_argument("--pages", type=int, default=300)
    chosen = parser.parse_args()
    examples = read_examples(chosen.bench / "dev.jsonl.zst", limit=chosen.pages)
    alone = statistics.fmean(f1_of(e, embedded.judge(e.page)) for e in examples)
    print(f"{len(examples)} pages; the embedded engine alone: word F1 {alone:.4f}\n")
    print("| lines that the model has wrong | word F1 of the cascade | believed on |")
    print("|---:|---:|---:|")
    for wrong in WRONG:
        scores = [score(example, wrong) for example in examples]
        believed = statistics.fmean(believed for _, believed in scores)
        print(f"| {wrong:.0%} | {statistics.fmean(f for f, _ in scores):.4f} | {believed:.0%} |")


if __name__ == "__main__":
    main()
