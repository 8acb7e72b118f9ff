"""Stand-ins for whoever keeps a vLLM server, of a few lines each."""

from __future__ import annotations

import anyio

from webis_mcp.engine import Endpoint, EngineStatus
from webis_mcp.errors import EngineNotReady


class Ready:
    """Has a server, and says so."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

        self.reported: list[Endpoint] = []

    def status(self) -> EngineStatus:
        return EngineStatus("ready", model=self.endpoint.model)

    def want(self) -> None:
        pass

    def report_failure(self, endpoint: Endpoint) -> None:
        self.reported.append(endpoint)

    async def ensure_ready(self, *, within: float) -> Endpoint:
        return self.endpoint


class NotReady:
    """Has none now, for a reason that it tells."""

    def __init__(self, status: EngineStatus) -> None:
        self._status = status
        self.wanted = 0

    def status(self) -> EngineStatus:
        return self._status

    def want(self) -> None:
        self.wanted += 1

    def report_failure(self, endpoint: Endpoint) -> None:
        pass

    async def ensure_ready(self, *, within: float) -> Endpoint:
        raise EngineNotReady(f"vLLM is {self._status.words()}.", hint=self._status.remedy)


class Loading(NotReady):
    """Has one as soon as it is told to, and never says anything but that it is loading."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(EngineStatus("starting", "loading weights"))
        self.endpoint = endpoint
        self.loaded = anyio.Event()

    async def ensure_ready(self, *, within: float) -> Endpoint:
        await self.loaded.wait()
        return self.endpoint
