"""A line that jobs call (`jobs.keep_in_touch`): tells when a process lives and when it is gone."""

from __future__ import annotations

import socket

import anyio

PATIENCE = 30.0
"""Seconds after which whoever waits here has waited in vain."""


class Line:
    """Listens on a port of loopback."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._calls: list[socket.socket] = []

    async def called(self, times: int = 1) -> None:
        """Waits until that many more processes have called."""
        with anyio.fail_after(PATIENCE):
            for _ in range(times):
                await anyio.wait_readable(self._listener)
                self._calls.append(self._listener.accept()[0])

    async def hung_up(self) -> None:
        """Waits until every process that has called is gone."""
        with anyio.fail_after(PATIENCE):
            for call in self._calls:
                while await self._hears(call):
                    pass

    def close(self) -> None:
        for open_socket in (*self._calls, self._listener):
            open_socket.close()

    async def _hears(self, call: socket.socket) -> bytes:
        await anyio.wait_readable(call)
        try:
            return call.recv(100)
        except ConnectionResetError:  # how Windows tells that the other process was killed
            return b""
