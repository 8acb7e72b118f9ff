"""A small real model on a real vLLM: `scripts/vllm` serves SmolLM2-135M-Instruct and runs this.

Random weights show that questions and answers have the right form; these show that there is sense
in them, with a tokenizer and a chat template that people use. The model is far too small for the
work: asked as we ask, it sorts blocks no better than chance (`docs/measurements.md`). Shown what is
meant by examples, it does better, and that is what is held to here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import AsyncIterator
from itertools import product
from statistics import fmean
from typing import Any

import anyio
import httpx2
import pytest

from tests.support.command import WEBIS_MCP
from tests.support.golden import read_golden
from tests.support.judges import judge_page, judges
from tests.support.real import endpoint_at
from training.alignment import align
from webis_mcp import system
from webis_mcp.engine import Capabilities
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.looking import HEAD, TAIL, mark_of
from webis_mcp.engine.vllm.reads import chance_of
from webis_mcp.engine.vllm.scrub import scrubbed
from webis_mcp.engine.vllm.wire import Messages
from webis_mcp.page.model import Block

URL, KEY = os.environ.get("WEBIS_TEST_SMALL_URL", ""), os.environ.get("WEBIS_TEST_SMALL_KEY", "")

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not URL, reason="WEBIS_TEST_SMALL_URL names no server"),
]

PATIENCE = 500

READS = Capabilities(server="vllm", choice=True, logprobs=True)

CONTENT, NOISE = "content", "noise"

TASK = (
    "You sort the lines of a web page into content and noise. Content is the text that the page is"
    " there to say. Noise is menus, buttons, adverts, links to other pages, the foot of the page."
)

EXAMPLES = (
    (
        "p The council voted on Tuesday to close the bridge for repairs until next spring, after"
        " engineers found cracks in two of its pillars.",
        CONTENT,
    ),
    ("li@ Home | News | Sport | Contact", NOISE),
    ("h1 Bridge to stay closed until spring", CONTENT),
    ("p We use cookies to improve your experience. Accept all", NOISE),
    ("li@ Most read: five tips for better sleep", NOISE),
    ("p “Nobody wants to wait,” said the mayor, “but safety comes first.”", CONTENT),
    ("o © 2024 All rights reserved. Privacy policy", NOISE),
    ("o By Anna Smith, 12 March", CONTENT),
)

FLOOR = 0.58
"""How often a line of the content has to be ranked above one that is not; 0.67 was measured, and
chance is 0.5. The two pages have 110 lines."""


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(trust_env=False, timeout=None) as http:
        yield Client(http, await endpoint_at(URL, KEY, READS), Budget(8), Counts())


def test_the_whole_way_from_a_page_to_its_content() -> None:
    """As a user has it: the command finds out what the server can do, and asks about all blocks."""
    golden = read_golden("nested-tables")
    words = ["--engine", "vllm", "--json", "--format", "text", "--no-tables"]
    settings = {"WEBIS_VLLM_URL": URL, "WEBIS_VLLM_KEY": KEY, "WEBIS_VLLM_TIMEOUT_SECONDS": "400"}
    done = subprocess.run(
        [WEBIS_MCP, "extract", str(golden.folder / "source.html"), *words],
        env=system.whole_environment() | settings,
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["engine"].startswith("vllm: ")
    assert not any("answered for" in warning for warning in told["warnings"])
    there = {block.text for block in golden.read().blocks}
    assert set(filter(None, told["content"].split("\n\n"))) <= there  # word for word


async def test_every_block_gets_a_label_that_is_read_and_none_is_written(client: Client) -> None:
    page = read_golden("nested-tables").read()
    async with judges() as (judge, counts):
        judged = await judge_page(judge, client.endpoint, page, seconds=PATIENCE)
    assert judged.warnings == () or "contradicts" in judged.warnings[0]
    assert counts.tokens_out == counts.requests  # a token each, that it is asked for its odds


async def test_labels_that_are_read_rank_content_above_noise(client: Client) -> None:
    found = [await ranked(client, slug) for slug in ("news-article", "documentation")]
    print(f"  content above noise: {', '.join(f'{part:.3f}' for part in found)}")
    assert fmean(found) > FLOOR


async def ranked(client: Client, slug: str) -> float:
    """How often a block of a page's content has a higher chance than one that is none."""
    golden = read_golden(slug)
    blocks = [block for block in golden.read().blocks if block.text and not block.hidden]
    labels = align([block.text for block in blocks], golden.expected.read_text("utf-8"))
    chances = [0.0] * len(blocks)

    async def read(at: int) -> None:
        deadline = anyio.current_time() + PATIENCE
        answer = await client.read_label(asked_about(blocks[at]), (CONTENT, NOISE), deadline)
        said = chance_of(answer, CONTENT, NOISE)
        assert said is not None
        chances[at] = said

    await read(0)  # the others have their beginning from this one
    async with anyio.create_task_group() as group:
        for at in range(1, len(blocks)):
            group.start_soon(read, at)
    yes = [chance for chance, label in zip(chances, labels, strict=True) if label]
    no = [chance for chance, label in zip(chances, labels, strict=True) if not label]
    return fmean(float(one > other) + (one == other) / 2 for one, other in product(yes, no))


def asked_about(block: Block) -> Messages:
    """A chat in which examples come before the block."""
    line = f"{mark_of(block)} {scrubbed(block.text, HEAD, TAIL)}"
    turns = [("system", TASK)]
    for example, label in EXAMPLES:
        turns += [("user", f"{example}\nContent or noise?"), ("assistant", label)]
    turns += [("user", f"{line}\nContent or noise?")]
    return [{"role": role, "content": words} for role, words in turns]
