"""Everything that lives as long as a way in is open, opened in one place and in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webis_mcp.engine import EngineStatus
from webis_mcp.engine.process.host import open_engine
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.server.diagnosing import Diagnose, diagnose_for
from webis_mcp.service.extraction import Extractor, open_extractor
from webis_mcp.service.generating import ByEngine, Generator
from webis_mcp.settings import Settings

if TYPE_CHECKING:
    from webis_mcp.service.diagnosis.model import HandedIn, KeysSeen


@dataclass(frozen=True, slots=True)
class House:
    """What the ways in are handed.

    Attributes:
        generator: completes prompts with the engine's model.
        engine: how the engine is that has a model.
        warm: starts behind the scenes what the first call would wait for.
        counts: what judging by a model has come to.
    """

    extractor: Extractor
    diagnose: Diagnose
    generator: Generator
    engine: Callable[[], EngineStatus]
    warm: Callable[[], None]
    counts: Counts


@asynccontextmanager
async def open_house(
    settings: Settings, keys: Callable[[], KeysSeen] | None = None
) -> AsyncIterator[House]:
    """The service, for as long as the context lasts.

    Args:
        keys: how the key file stands, where there is one to look at.
    """
    choice = settings.engine.engine
    async with (
        open_engine(settings.engine, settings.hub) as engine,
        open_extractor(settings, host=None if choice == "embedded" else engine) as extractor,
    ):

        def known() -> HandedIn:
            from webis_mcp.server.known import known_to

            return known_to(engine.status(), extractor.judging.counts, keys() if keys else None)

        def warm() -> None:
            extractor.warm()
            if choice == "vllm":
                engine.want()

        judging = extractor.judging
        yield House(
            extractor=extractor,
            diagnose=diagnose_for(settings, known),
            generator=ByEngine(judging.client_now, settings.judging.timeout_seconds),
            engine=engine.status,
            warm=warm,
            counts=judging.counts,
        )
