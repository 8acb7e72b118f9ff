"""Labels read off the next token's probabilities: nothing is decoded, doubt stays doubt."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import anyio

from webis_mcp.engine.vllm.asking import CONTROLS, Asking
from webis_mcp.engine.vllm.parts import Part, halves
from webis_mcp.engine.vllm.prompt import NO, YES, render_read
from webis_mcp.engine.vllm.view import Row, View
from webis_mcp.engine.vllm.wire import Completion, Messages, PromptTooLong
from webis_mcp.errors import Busy, EngineError


class Read(NamedTuple):
    """One question: about which blocks, and its messages."""

    blocks: tuple[int, ...]
    messages: Messages


MOST_READS = 2_000
"""Lines of a page, or of a part, that are read; the others keep the embedded verdict."""


def rows_to_read(view: View, rows: Sequence[Row]) -> list[int]:
    """Which lines to read, by index: those asked about, and some whose label is known."""
    if view.whole:
        return list(range(min(len(rows), MOST_READS)))
    asked = [at for at, row in enumerate(rows) if row.sure is None]
    sure = [at for at, row in enumerate(rows) if row.sure is not None]
    step = max(1, len(sure) // CONTROLS)
    return sorted(asked[:MOST_READS] + sure[::step][:CONTROLS])


async def read_lines(asking: Asking, view: View, part: Part, code: str) -> None:
    """Reads a label for each block of a part; the first read warms the prefix of the others.

    The first one also shows whether the part fits the window: its halves are read where not.
    """
    first, *others = _questions(view, part, code)
    try:
        await _read(asking, first)
    except PromptTooLong as failure:
        parts = [half for half in halves(part) if any(map(view.asks, half.rows))]
        if len(part.rows) < 2:
            asking.heard.failures.append(failure)
            return
        async with anyio.create_task_group() as group:
            for half in parts:
                group.start_soon(read_lines, asking, view, half, code)
    except (EngineError, Busy) as failure:
        asking.heard.failures.append(failure)
    else:
        async with anyio.create_task_group() as group:
            for question in others:
                group.start_soon(_try_read, asking, question)


def _questions(view: View, part: Part, code: str) -> Iterator[Read]:
    """What is in doubt is asked block by block; of what is known, the line will do."""
    for at in rows_to_read(view, part.rows):
        row = part.rows[at]
        if view.asks(row):
            for index, order in enumerate(row.blocks):
                yield Read((order,), render_read(part, code, at, index))
        else:
            yield Read(row.blocks, render_read(part, code, at))


async def _try_read(asking: Asking, question: Read) -> None:
    try:
        await _read(asking, question)
    except (EngineError, Busy) as failure:
        asking.heard.failures.append(failure)


async def _read(asking: Asking, question: Read) -> None:
    async with asking.turns:
        answer = await asking.client.read_label(question.messages, (YES, NO), asking.deadline)
    asking.heard.add(answer)
    said = chance_of(answer, YES, NO)
    if said is not None:
        asking.heard.says.update(dict.fromkeys(question.blocks, said))


def chance_of(answer: Completion, yes: str, no: str) -> float | None:
    """How likely one label is against the other; `None` where the model says neither.

    Tokenizers spell a label in several ways: with a space before it, with a capital.
    """
    for_it, against = (_mass(answer.likely, label) for label in (yes, no))
    if for_it or against:
        return for_it / (for_it + against)
    said = answer.text.strip().lower()[:1]
    return float(said == yes[0]) if said in (yes[0], no[0]) else None


def _mass(likely: Mapping[str, float], label: str) -> float:
    return sum(math.exp(p) for token, p in likely.items() if token.strip(" Ġ▁").lower() == label)
