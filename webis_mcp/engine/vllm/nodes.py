"""The profile `webis-1.5b`: the predecessor's model, which knows one block at a time.

It answered 1 (content) or 0 (noise) to one request a block. Here all blocks go in one, and instead
of a digit its two probabilities are read. The question's wording is ours.
"""

from __future__ import annotations

import anyio

from webis_mcp.engine.vllm.asking import Asking
from webis_mcp.engine.vllm.reads import chance_of, rows_to_read
from webis_mcp.engine.vllm.view import Row, View
from webis_mcp.errors import Busy, EngineError

CONTENT, NOISE = "1", "0"

BATCH = 256
"""Prompts in one request: vLLM runs so many sequences at once by default."""

ASK = """\
Features of a text node of a web page are given. Is the node noise or main content? Answer with \
one digit: 0 for noise, 1 for main content.
{features}
Answer: """


async def ask_nodes(asking: Asking, view: View) -> None:
    """Asks about every line of the view, in as few requests as there are batches."""
    rows = [view.rows[at] for at in rows_to_read(view, view.rows)]
    async with anyio.create_task_group() as group:
        for at in range(0, len(rows), BATCH):
            group.start_soon(_ask_batch, asking, rows[at : at + BATCH])


async def _ask_batch(asking: Asking, rows: list[Row]) -> None:
    prompts = [ASK.format(features=row.text) for row in rows]
    try:
        answers = await asking.client.read_labels(prompts, (CONTENT, NOISE), asking.deadline)
    except (EngineError, Busy) as failure:
        asking.heard.failures.append(failure)
        return
    for row, answer in zip(rows, answers, strict=True):
        asking.heard.add(answer)
        said = chance_of(answer, CONTENT, NOISE)
        if said is not None:
            asking.heard.says.update(dict.fromkeys(row.blocks, said))
