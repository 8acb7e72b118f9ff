"""Engines of a fake vLLM, each in a folder of its own, and what is left of them."""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil

from tests.support.fake_vllm import VERSION
from webis_mcp import system
from webis_mcp.engine.process.host import order_of
from webis_mcp.engine.process.runtime import TAG, Order, Places
from webis_mcp.settings import EngineSettings, HubSettings, Settings

FAKE = Path(__file__).with_name("fake_vllm.py")

PATIENCE = 60.0
"""Seconds that anything may take here; nothing should come near it."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that can be had, and its folder."""

    settings: EngineSettings
    hub: HubSettings

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Engine:
        """The engine of such settings."""
        settings = Settings.from_environ(environ)
        return cls(settings.engine, settings.hub)

    @property
    def order(self) -> Order:
        return order_of(self.settings, self.hub)

    @property
    def places(self) -> Places:
        assert self.settings.runtime_folder
        return Places(Path(self.settings.runtime_folder), self.order.name())

    def processes(self) -> list[psutil.Process]:
        """What lives of the engine, but for its keeper."""
        return [process for process in psutil.process_iter() if self._is_its(process)]

    def named(self, words: str) -> psutil.Process:
        """The one process of the engine with these words in its command line."""
        return next(p for p in self.processes() if words in " ".join(p.cmdline()))

    def keeper(self) -> psutil.Process:
        """The process that keeps it: the guardian's parent."""
        found = self.named("guardian.py").parent()
        assert found is not None
        return found

    async def gone(self) -> None:
        """Until nothing is left of it, its keeper included."""
        await until(lambda: self._is_unlocked() and not self.processes())

    def _is_its(self, process: psutil.Process) -> bool:
        try:
            tag = process.environ().get(TAG, "")
        except (psutil.Error, OSError):
            return False
        return tag.startswith(self.order.name())

    def _is_unlocked(self) -> bool:
        held = system.lock(self.places.lock)
        if held is not None:
            system.unlock(held)
        return held is not None


def engine(folder: Path, *faults: str, **environ: str) -> Engine:
    """An engine whose vLLM is the fake, with such faults; it ends as soon as nobody uses it."""
    command = folder / "bin/vllm"
    command.parent.mkdir(exist_ok=True)
    package = f"lib/python3/site-packages/vllm-{VERSION}.dist-info"  # so it is not run to be asked
    (folder / package).mkdir(parents=True, exist_ok=True)
    words = shlex.join([sys.executable, "-I", str(FAKE)])
    command.write_text(f'#!/bin/sh\nexec {words} "$@" {shlex.join(faults)}\n')
    command.chmod(0o755)
    given = {
        "WEBIS_VLLM_COMMAND": str(command),
        "WEBIS_RUNTIME_FOLDER": str(folder),
        "WEBIS_ENGINE_IDLE_SECONDS": "0",
        "MODEL_PATH": "tiny",
    }
    return Engine.of(given | environ)


def using(its: Engine) -> list[str]:
    """The command of a program that uses an engine, and says `ready` when it can."""
    program = (
        "import anyio, sys\n"
        "from webis_mcp.engine.process.host import open_engine\n"
        "from webis_mcp.settings import EngineSettings\n"
        "async def main():\n"
        "    settings = EngineSettings.model_validate_json(sys.argv[1])\n"
        "    async with open_engine(settings) as host:\n"
        "        await host.ensure_ready(within=1200)\n"
        "        sys.stdout.write('ready'); sys.stdout.flush()\n"
        "        await anyio.sleep_forever()\n"
        "anyio.run(main)\n"
    )
    return [sys.executable, "-c", program, its.settings.model_dump_json(by_alias=True)]


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what only a look can tell."""
    with anyio.fail_after(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing tells
            await anyio.sleep(0.02)


def free_port() -> int:
    """A port of loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
