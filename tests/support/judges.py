"""Engines to be held to the contract: each takes a page and gives verdicts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import httpx2

from tests.support.model_server import Model, endpoint_of, serving
from webis_mcp.engine import Capabilities, Endpoint, Verdicts, embedded
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.judge import Judge, Judged, Profile
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.page.model import Page

Engine = Callable[[Page], Awaitable[Verdicts]]


@asynccontextmanager
async def judges(
    profile: Profile = "generic", *, at_once: int = 16
) -> AsyncIterator[tuple[Judge, Counts]]:
    """Who asks servers, and what it has counted."""
    counts = Counts()
    async with httpx2.AsyncClient(trust_env=False, timeout=None) as http:
        yield Judge(http, Budget(at_once), counts, profile), counts


async def judge_page(
    judge: Judge, endpoint: Endpoint, page: Page, *, whole: bool = True, seconds: float = 30
) -> Judged:
    """What a server makes of a page."""
    verdicts = embedded.judge(page)
    view = look_at(page, verdicts.content, judge.look(whole=whole))
    if not view.asked:
        return Judged(verdicts, (), ())
    return await judge.judge(endpoint, view, verdicts, anyio.current_time() + seconds)


@asynccontextmanager
async def at(endpoint: Endpoint, *, seconds: float = 30) -> AsyncIterator[Engine]:
    """The engine that a server is."""
    async with judges() as (judge, _):

        async def engine(page: Page) -> Verdicts:
            return (await judge_page(judge, endpoint, page, seconds=seconds)).verdicts

        yield engine


@asynccontextmanager
async def over(model: Model, can: Capabilities) -> AsyncIterator[Engine]:
    """The engine that a model on loopback is."""
    with serving(model) as server:
        async with at(endpoint_of(server, can)) as engine:
            yield engine


@asynccontextmanager
async def in_a_thread() -> AsyncIterator[Engine]:
    """The embedded engine."""

    async def engine(page: Page) -> Verdicts:
        return await anyio.to_thread.run_sync(embedded.judge, page)

    yield engine
