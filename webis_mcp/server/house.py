"""Everything that lives as long as a way in is open, opened in one place and in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webis_mcp.engine.process.host import EngineHost, open_engine
from webis_mcp.server.diagnosing import Diagnose, diagnose_for
from webis_mcp.service.extraction import Extractor, open_extractor
from webis_mcp.settings import Settings

if TYPE_CHECKING:
    from webis_mcp.service.diagnosis.model import HandedIn, KeysSeen


@dataclass(frozen=True, slots=True)
class House:
    """What the ways in are handed.

    Attributes:
        engine: keeps a language model's server, or says why there is none.
    """

    extractor: Extractor
    diagnose: Diagnose
    engine: EngineHost
    starts_engine: bool

    def warm(self) -> None:
        """Starts behind the scenes what the first call would wait for."""
        self.extractor.warm()
        if self.starts_engine:
            self.engine.want()


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
            from webis_mcp.service.diagnosis.model import HandedIn

            return HandedIn(keys=keys() if keys else None)

        yield House(extractor, diagnose_for(settings, known), engine, choice == "vllm")
