"""The model that a benchmark asks: at a URL that is given, else of a vLLM started as ours is.

What is started follows the settings of the environment (`MODEL_PATH`, `GPU_MEMORY_UTILIZATION`, …);
without any, the model is chosen by the memory that is free on the GPU.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from webis_mcp.engine import Endpoint
from webis_mcp.engine.process.host import open_engine
from webis_mcp.settings import Settings

LOAD_SECONDS = 3_600.0
"""Longest wait for a model, its download included."""


@asynccontextmanager
async def open_model(url: str | None) -> AsyncIterator[Endpoint]:
    """Where the model can be asked; what was started for it ends with the context."""
    environ = {"WEBIS_START_TIMEOUT_SECONDS": f"{LOAD_SECONDS:g}", "WEBIS_ENGINE_IDLE_SECONDS": "0"}
    environ |= {name: value for name, value in os.environ.items() if "WEBIS_TEST" not in name}
    if url:
        environ["WEBIS_VLLM_URL"] = url
    settings = Settings.from_environ(environ)
    began = time.monotonic()
    async with open_engine(settings.engine, settings.hub) as host:
        endpoint = await host.ensure_ready(within=LOAD_SECONDS)
        status = host.status()
        notes = "".join(f" {note}" for note in status.notes)
        print(f"model {status.model}, ready after {time.monotonic() - began:.0f} s.{notes}\n")
        yield endpoint


def add_url(parser: argparse.ArgumentParser) -> None:
    """Where the model is, if it is to be told."""
    parser.add_argument(
        "url",
        nargs="?",
        help="a server, without /v1 (its key: WEBIS_VLLM_KEY); else one is started",
    )
