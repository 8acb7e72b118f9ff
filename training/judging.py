"""Selectors of several sets of pages, each in a process of its own; and what they say of the pages
that they were not trained on."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from training.dataset import Example
from training.fit import fit_forests
from training.net import fit_net
from webis_mcp.engine.embedded import Blend, Selector, spread, summary
from webis_mcp.engine.features import Seen
from webis_mcp.engine.forest import sigmoid
from webis_mcp.engine.letters import Floats
from webis_mcp.engine.words import BUCKETS, Odds

PROCESSES = 2
"""Each on one thread: what is learned does not depend on how many there are."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to learn from and what to judge: indices of examples.

    Attributes:
        name: for the log.
        taught, judged: the pages.
        whole: whether the selector itself is wanted.
    """

    name: str
    taught: tuple[int, ...]
    judged: tuple[int, ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A page as judged by a selector that was not trained on its site.

    Attributes:
        index: of the example.
        seen: as the engine saw it, of the matrix only the first row.
        forest, net: log-odds of content by the two judges.
    """

    index: int
    seen: Seen
    forest: Floats
    net: Floats

    def probabilities(self, blend: Blend) -> Floats:
        """Both together."""
        return sigmoid(blend(self.forest, self.net))

    def everyone(self, blend: Blend, blocks: int) -> tuple[float, ...]:
        """A probability for every block of the page."""
        return tuple(map(float, spread(self.probabilities(blend), self.seen, blocks)))

    def summary(self, blend: Blend) -> Floats:
        """What the guess of the verdicts' quality rests on."""
        return summary(self.seen, self.probabilities(blend))


_known: list[Sequence[Example]] = []
"""The examples, in a child: it has them from its parent by being forked, not by copying."""


def run(examples: Sequence[Example], tasks: Sequence[Task]) -> Iterable[Result]:
    """What comes of each task, in order."""
    _known[:] = [examples]
    context = multiprocessing.get_context("fork")
    with context.Pool(PROCESSES, maxtasksperchild=1) as pool:
        yield from pool.imap(_do, tasks, chunksize=1)


Result = tuple[list[Judged], Selector | None]


def _do(task: Task) -> Result:
    start = time.monotonic()
    (examples,) = _known
    selector = fit([examples[index] for index in task.taught])
    judged = [_judge(selector, index, examples[index]) for index in task.judged]
    print(f"{task.name}: {time.monotonic() - start:.0f} s", flush=True)
    return judged, selector if task.whole else None


def fit(examples: Sequence[Example]) -> Selector:
    """A selector from labelled pages (not yet calibrated)."""
    odds, first, second = fit_forests(examples)
    none = Odds(words=_zeros(), names=_zeros())
    net = fit_net(examples, [example.seen(none) for example in examples])
    return Selector(odds=odds, first=first, second=second, net=net)


def _zeros() -> Floats:
    return np.zeros(BUCKETS, dtype=np.float32)


def _judge(selector: Selector, index: int, example: Example) -> Judged:
    seen = example.seen(selector.odds)
    forest, net = selector.both(seen)
    return Judged(index, replace(seen, matrix=seen.matrix[:1]), forest, net)


def fit_blend(judged: Sequence[Judged], labels: Sequence[npt.NDArray[np.bool_]]) -> Blend:
    """The blend that is right as often as it says (logistic regression, by Newton's steps)."""
    columns = np.stack(
        [
            np.concatenate([one.forest for one in judged]),
            np.concatenate([one.net for one in judged]),
            np.ones(sum(len(one.net) for one in judged)),
        ],
        axis=1,
    ).astype(np.float64)
    wanted = np.concatenate(labels).astype(np.float64)
    line = np.array([0.3, 0.3, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-columns @ line))
        bend = columns.T @ (columns * (p * (1 - p))[:, None])
        step = np.linalg.solve(bend, columns.T @ (p - wanted))
        line = line - step / max(1.0, float(np.linalg.norm(step)))  # so that it cannot run away
    return Blend(*map(float, line))
