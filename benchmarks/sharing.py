"""How long a server waits for an engine that another one has, what keeping it takes, and how soon a
page is answered while it loads.

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


MEANWHILE = (
    "import anyio, sys, time\n"
    "from webis_mcp.engine.process.host import open_engine\n"
    "from webis_mcp.service.extraction import open_extractor\n"
    "from webis_mcp.settings import EngineSettings, Settings\n"
    "PAGE = '<title>Ferry</title><h1>Ferry</h1>' + '<p>The ferry sails again on Monday.</p>' * 40\n"
    "async def main():\n"
    "    settings = EngineSettings.model_validate_json(sys.argv[1])\n"
    "    async with (open_engine(settings) as host, open_extractor(Settings(), host=host) as it):\n"
    "        host.want()\n"
    "        while host.status().state != 'starting':\n"
    "            await anyio.sleep(0.01)\n"
    "        for _ in range(2):\n"
    "            began = time.perf_counter()\n"
    "            told = await it.from_html(PAGE)\n"
    "            assert told.engine == 'embedded' and 'starting' in told.warnings[-1]\n"
    "            print(time.perf_counter() - began)\n"
    "anyio.run(main)\n"
)


def meanwhile(its: Engine) -> tuple[float, float]:
    """Seconds to the first answer while the engine loads, and to the second."""
    command = [sys.executable, "-c", MEANWHILE, its.settings.model_dump_json(by_alias=True)]
    first, second = subprocess.run(command, capture_output=True, check=True).stdout.split()
    return float(first), float(second)


def attach(its: Engine) -> float:
    """Seconds from the wish to the endpoint, in a program that has just begun."""
    command = [sys.executable, "-c", ATTACH, its.settings.model_dump_json(by_alias=True)]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)


def row(what: str, seconds: list[float]) -> None:
    print(f"| {what} | {statistics.median(seconds):.3f} s | {max(seconds):.3f} s |")


def tell_meanwhile(rounds: range) -> None:
    """How soon pages are answered while an engine loads."""
    answers = []
    for _ in rounds:
        with tempfile.TemporaryDirectory(prefix="w") as folder:
            its = engine(Path(folder), "--load-seconds", "60")
            answers.append(meanwhile(its))
            anyio.run(its.gone)
    row("a page while the engine loads: a reader starts", [first for first, _ in answers])
    row("the next page", [second for _, second in answers])


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
    tell_meanwhile(rounds)
    print()
    print(", ".join(f"{name} {size:.0f} MB" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
