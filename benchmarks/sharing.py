"""How long a server waits for an engine that another one has, and what keeping it takes.

    python -m benchmarks.sharing [--rounds 20]

vLLM is played by a process that loads no model, so that what is measured is ours: from the wish to
the endpoint, each time by a program of its own.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import anyio

from tests.support.engines import Engine, engine, using

ATTACH = (
    "import anyio, sys, time\n"
    "from webis_mcp.engine.process.host import open_engine\n"
    "from webis_mcp.settings import EngineSettings\n"
    "async def main():\n"
    "    settings = EngineSettings.model_validate_json(sys.argv[1])\n"
    "    began = time.perf_counter()\n"
    "    async with open_engine(settings) as host:\n"
    "        await host.ensure_ready(within=60)\n"
    "        print(time.perf_counter() - began)\n"
    "anyio.run(main)\n"
)


def attach(its: Engine) -> float:
    """Seconds from the wish to the endpoint, in a program that has just begun."""
    command = [sys.executable, "-c", ATTACH, its.settings.model_dump_json(by_alias=True)]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)


def row(what: str, seconds: list[float]) -> None:
    print(f"| {what} | {statistics.median(seconds):.3f} s | {max(seconds):.3f} s |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = range(parser.parse_args().rounds)
    print("| what | median | longest |\n|---|---:|---:|")
    first, sizes = [], {}
    for _ in rounds:
        with tempfile.TemporaryDirectory(prefix="w") as folder:
            its = engine(Path(folder))
            first.append(attach(its))
            anyio.run(its.gone)
    row("the first server: keeper, guardian and vLLM start, and are tried", first)
    with tempfile.TemporaryDirectory(prefix="w") as folder:
        its = engine(Path(folder))
        with subprocess.Popen(using(its), stdout=subprocess.PIPE) as holder:
            assert holder.stdout
            holder.stdout.read(len("ready"))
            row("a further server", [attach(its) for _ in rounds])
            for name, process in (("keeper", its.keeper()), ("guardian", its.named("guardian.py"))):
                sizes[name] = process.memory_info().rss / 1e6
            holder.kill()
        anyio.run(its.gone)
    print()
    print(", ".join(f"{name} {size:.0f} MB" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
