"""Trains the net: the same net as `webis_mcp.engine.net` evaluates, in torch, on one thread.

One thread and one order of pages, so that the same pages give the same weights, and neither square
roots of MKL's nor its products of a matrix and a vector: these depend on who made the processor,
whatever it is held to. A page teaches as much as any other; what counts is that its blocks are told
apart (cross-entropy, by the root of their length) and that the words kept are the words wanted (a
word F1 of probabilities).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.dataset import Example, weights_of
from webis_mcp.engine.features import Seen
from webis_mcp.engine.letters import Floats
from webis_mcp.engine.net import PAGE, SHAPE, Dense, Net, Norm, scaled, squashed
from webis_mcp.engine.words import BUCKETS, LEVELS_READ, Bags, Ints

WIDTH = 96
WORD_NUMBERS, NAME_NUMBERS = 24, 12
ROUNDS = 8
"""Times that every page is seen."""

PAGES_AT_ONCE = 8
SPEED = 2e-3
MOST_ROWS = 400
"""Of a longer page a window of so many blocks is seen, another one each time."""

CUT = 0.5
"""How often a run of blocks (a header, a tail, a middle) is left out of a page."""

DROPPED, DROPPED_NUMBERS, DROPPED_MEANINGS = 0.25, 0.25, 0.6
DROPPED_WORDS, DROPPED_NAMES, DROPPED_ON_PAGE = 0.4, 0.5, 0.3
"""Shares of what is forgotten while learning: of a layer's, a block's and an embedding's numbers;
of all words of a block, of a look's names wherever it stands, and of all words and all names of a
page: so that neither a site's own names nor what the pages of one source tell of are relied upon.
With less forgotten (words 0.1, names 0.15, pages 0) pages of a source that was left out come out
several thousandths worse, and those of known sources the same."""

GAP = max(reach for reach, _ in SHAPE)
"""Rows of zeros between pages, so that none sees another."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A page to learn from: what the net is given, what it should say, how much that counts."""

    numbers: Floats
    read: Bags
    names: Bags
    near: Ints
    containers: Ints
    labels: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float64]
    words: Floats

    def part(self, keep: npt.NDArray[np.bool_]) -> Lesson:
        """The same of some of its blocks."""
        weights = self.weights[keep]
        return Lesson(
            numbers=self.numbers[keep],
            read=Bags(self.read.flat[np.repeat(keep, self.read.counts)], self.read.counts[keep]),
            names=self.names,
            near=self.near[keep],
            containers=self.containers[keep],
            labels=self.labels[keep],
            weights=weights / max(float(weights.sum()), 1e-6),
            words=self.words[keep],
        )


def fit_net(examples: Sequence[Example], seen: Sequence[Seen], *, seed: int = 7) -> Net:
    """A net from labelled pages.

    Args:
        examples: the pages.
        seen: the same as seen without odds, which were learned on these very pages.
        seed: of all that is left to chance.
    """
    some = np.concatenate([one.matrix for one in seen[::3]])
    columns = np.flatnonzero(some.std(axis=0) > 0)
    numbers = squashed(some[:, columns])
    centre, spread = numbers.mean(axis=0), numbers.std(axis=0) + np.float32(1e-3)
    lessons = [
        _lesson(example, one, scaled(one.matrix[:, columns], centre, spread))
        for example, one in zip(examples, seen, strict=True)
    ]
    return _net_of(_train(lessons, seed), columns, centre, spread)


def _lesson(example: Example, seen: Seen, numbers: Floats) -> Lesson:
    levels = [level for _, level in SHAPE if level != PAGE]
    weights = weights_of(example)
    return Lesson(
        numbers=numbers,
        read=seen.read,
        names=seen.names,
        near=seen.near,
        containers=np.stack([seen.group(level) for level in levels], axis=1),
        labels=example.labels,
        weights=weights / weights.sum(),
        words=seen.words,
    )


# ------------------------------------------------------------ learning


def _train(lessons: Sequence[Lesson], seed: int) -> _Net:
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    chance = np.random.default_rng(seed)
    net = _Net(lessons[0].numbers.shape[1])
    tables = [net.words.weight, net.names.weight]
    others = [
        value
        for name, value in net.named_parameters()
        if name not in ("words.weight", "names.weight")
    ]
    groups = [
        {"params": others, "weight_decay": 1e-2},
        {"params": tables, "weight_decay": 1e-4},
    ]
    steps = torch.optim.AdamW(groups, lr=SPEED, fused=True)
    total = ROUNDS * math.ceil(len(lessons) / PAGES_AT_ONCE)
    net.train()
    for number, batch in enumerate(_batches(lessons, chance)):
        for group in steps.param_groups:
            group["lr"] = SPEED * _pace(number / total)
        loss = _loss(net(batch), batch)
        steps.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(others, 1.0)
        steps.step()
    return net.eval()


def _pace(done: float) -> float:
    """Slow at first, then ever slower."""
    return min(1.0, done / 0.08 + 0.02) * (0.5 + 0.5 * math.cos(math.pi * done))


def _batches(lessons: Sequence[Lesson], chance: np.random.Generator) -> Iterator[_Batch]:
    for _ in range(ROUNDS):
        order = chance.permutation(len(lessons))
        for start in range(0, len(order), PAGES_AT_ONCE):
            picked = order[start : start + PAGES_AT_ONCE]
            yield _Batch.of([_varied(lessons[index], chance) for index in picked])


def _varied(lesson: Lesson, chance: np.random.Generator) -> Lesson:
    """The page, or a part of it."""
    if len(lesson.labels) > MOST_ROWS:
        lesson = lesson.part(_window(lesson.labels, chance))
    if len(lesson.labels) < 12 or chance.random() >= CUT:
        return lesson
    keep = _without_a_run(len(lesson.labels), chance)
    left = (lesson.labels & keep).sum()
    return lesson.part(keep) if left >= 0.3 * lesson.labels.sum() else lesson


def _window(labels: npt.NDArray[np.bool_], chance: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Neighbouring blocks, content among them more often than not."""
    content = np.flatnonzero(labels)
    some = content if len(content) and chance.random() < 0.8 else np.arange(len(labels))
    start = int(chance.choice(some)) - int(chance.integers(0, MOST_ROWS))
    start = min(max(start, 0), len(labels) - MOST_ROWS)
    keep = np.zeros(len(labels), dtype=np.bool_)
    keep[start : start + MOST_ROWS] = True
    return keep


def _without_a_run(rows: int, chance: np.random.Generator) -> npt.NDArray[np.bool_]:
    length = int(rows * chance.uniform(0.05, 0.4))
    start = int(chance.integers(0, rows - length))
    if chance.random() < 0.4:
        start = int(chance.choice([0, rows - length]))
    keep = np.ones(rows, dtype=np.bool_)
    keep[start : start + length] = False
    return keep


@dataclass(frozen=True, slots=True)
class _Batch:
    """Pages one after the other, as tensors.

    Attributes:
        numbers, labels, weights, words: of all rows.
        read, names: hash buckets, and where each bag begins.
        near: looks of the elements above each row.
        containers: a number for each container of each level, and how many there are.
        page: which page a row is of; the last of `sizes` is how many there are.
        place: where a row stands among all rows and the gaps between pages.
    """

    numbers: Tensor
    labels: Tensor
    weights: Tensor
    words: Tensor
    read: tuple[Tensor, Tensor]
    names: tuple[Tensor, Tensor]
    near: Tensor
    containers: Tensor
    page: Tensor
    sizes: tuple[int, ...]
    place: Tensor

    @classmethod
    def of(cls, lessons: Sequence[Lesson]) -> _Batch:
        rows = np.array([len(lesson.labels) for lesson in lessons])
        page = np.repeat(np.arange(len(lessons)), rows)
        looks = np.array([len(lesson.names.counts) for lesson in lessons])
        near = np.concatenate([lesson.near for lesson in lessons])
        containers, sizes = _numbered(np.concatenate([one.containers for one in lessons]), page)
        return cls(
            numbers=_tensor(np.concatenate([lesson.numbers for lesson in lessons])),
            labels=_tensor(np.concatenate([one.labels for one in lessons]).astype(np.float32)),
            weights=_tensor(np.concatenate([one.weights for one in lessons]).astype(np.float32)),
            words=_tensor(np.concatenate([lesson.words for lesson in lessons])),
            read=_joined([lesson.read for lesson in lessons]),
            names=_joined([lesson.names for lesson in lessons]),
            near=_tensor(near + np.repeat(np.cumsum(looks) - looks, rows)[:, None]),
            containers=_tensor(containers),
            page=_tensor(page),
            sizes=(*sizes, len(lessons)),
            place=_tensor(np.arange(len(page)) + (page + 1) * GAP),
        )


def _tensor(values: npt.NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))


def _joined(bags: Sequence[Bags]) -> tuple[Tensor, Tensor]:
    counts = np.concatenate([bag.counts for bag in bags])
    starts = np.cumsum(counts) - counts
    return _tensor(np.concatenate([bag.flat for bag in bags])), _tensor(starts)


def _numbered(containers: Ints, page: Ints) -> tuple[Ints, list[int]]:
    """Each container of each page and level by a number of its own, from 0 in each level."""
    own = containers + 2 + page[:, None] * (containers.max() + 3)
    found = [np.unique(own[:, level], return_inverse=True) for level in range(own.shape[1])]
    return np.stack([number for _, number in found], axis=1), [len(known) for known, _ in found]


def _loss(log_odds: Tensor, batch: _Batch) -> Tensor:
    """Cross-entropy, and one minus the word F1 of probabilities; the mean over the pages."""
    pages = batch.sizes[-1]
    apart = functional.binary_cross_entropy_with_logits(log_odds, batch.labels, reduction="none")

    def each(values: Tensor) -> Tensor:
        return torch.zeros(pages).index_add(0, batch.page, values)

    kept = torch.sigmoid(log_odds) * batch.words
    right, wanted = each(kept * batch.labels), each(batch.words * batch.labels)
    f1 = (2 * right + 1) / (each(kept) + wanted + 1)
    return (apart * batch.weights).sum() / pages + (1 - f1).mean()


# ------------------------------------------------------------ the net, in torch


class _Layer(nn.Module):
    def __init__(self, reach: int, level: int) -> None:
        super().__init__()
        self.reach, self.level = reach, level
        self.norm = nn.LayerNorm(WIDTH)
        self.mix = nn.Linear(4 * WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, rows: Tensor, batch: _Batch) -> Tensor:
        own = self.norm(rows)
        spaced = torch.zeros(int(batch.place[-1]) + 1 + GAP, WIDTH)
        spaced = spaced.index_copy(0, batch.place, own)
        before, after = spaced[batch.place - self.reach], spaced[batch.place + self.reach]
        container = batch.page if self.level == PAGE else batch.containers[:, self.level]
        mean = _means(own, container, batch.sizes[self.level])
        mixed = functional.relu(self.mix(torch.cat([own, before, after, mean], 1)))
        return rows + torch.as_tensor(self.out(self.drop(mixed)))


class _Net(nn.Module):
    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(BUCKETS, WORD_NUMBERS, mode="mean")
        self.names = nn.EmbeddingBag(BUCKETS, NAME_NUMBERS, mode="mean")
        for table in (self.words, self.names):
            nn.init.normal_(table.weight, std=0.1)
        self.entry = nn.Linear(numbers + WORD_NUMBERS + LEVELS_READ * NAME_NUMBERS, WIDTH)
        levels = [level for _, level in SHAPE if level != PAGE]
        self.layers = nn.ModuleList(
            _Layer(reach, level if level == PAGE else levels.index(level)) for reach, level in SHAPE
        )
        self.last = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, 1)
        self.drop = nn.Dropout(DROPPED_NUMBERS)
        self.forget = nn.Dropout(DROPPED_MEANINGS)

    def forward(self, batch: _Batch) -> Tensor:
        words = self._some(self.words(*batch.read), DROPPED_WORDS)
        names = self._some(self.names(*batch.names), DROPPED_NAMES)[batch.near].flatten(1)
        pages = torch.ones(batch.sizes[-1], 1)
        words = words * self._some(pages, DROPPED_ON_PAGE)[batch.page]
        names = names * self._some(pages, DROPPED_ON_PAGE)[batch.page]
        alone = [self.drop(batch.numbers), self.forget(words), self.forget(names)]
        rows = functional.relu(self.entry(torch.cat(alone, 1)))
        for layer in self.layers:
            rows = layer(rows, batch)
        return (functional.relu(self.last(rows)) * self.head.weight[0]).sum(1) + self.head.bias

    def _some(self, rows: Tensor, share: float) -> Tensor:
        """While learning, some rows are forgotten whole."""
        return rows * (torch.rand(len(rows), 1) > share) if self.training else rows


def _means(rows: Tensor, container: Tensor, containers: int) -> Tensor:
    sums = torch.zeros(containers, rows.shape[1]).index_add(0, container, rows)
    sizes = torch.zeros(containers).index_add(0, container, torch.ones(len(container)))
    return (sums / sizes[:, None])[container]


def _net_of(trained: _Net, columns: Ints, centre: Floats, spread: Floats) -> Net:
    """The trained net as arrays."""

    def dense(part: nn.Linear) -> Dense:
        return Dense(_array(part.weight).T.copy(), _array(part.bias))

    def norm(part: nn.LayerNorm) -> Norm:
        return Norm(_array(part.weight), _array(part.bias))

    layers = [layer for layer in trained.layers if isinstance(layer, _Layer)]
    return Net(
        words=_array(trained.words.weight),
        names=_array(trained.names.weight),
        columns=columns,
        centre=centre,
        spread=spread,
        entry=dense(trained.entry),
        norms=[norm(layer.norm) for layer in layers],
        mixes=[dense(layer.mix) for layer in layers],
        outs=[dense(layer.out) for layer in layers],
        last=norm(trained.last),
        head=dense(trained.head),
    )


def _array(values: Tensor) -> Floats:
    own: Floats = values.detach().numpy().astype(np.float32)
    return own
