"""CPU time a page and peak memory, HTML to content, beside trafilatura and resiliparse.

    python -m benchmarks.speed ../shared/bench/dev.jsonl.zst --pages 300

Every extractor has a process of its own; pages go to them in turn, so that a machine whose speed
drifts slows all alike. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.ground import shuffled
from benchmarks.peers import peak_megabytes

Extract = Callable[[str, str | None], str]


def ours() -> Extract:
    from webis_mcp.service.pipeline import extract_page

    gc.disable()  # as in a reader, which collects between pages
    return lambda html, url: extract_page(html, url=url).content


def trafilatura() -> Extract:
    from trafilatura import extract

    return lambda html, url: extract(html, url=url, include_comments=False) or ""


def trafilatura_with_facts() -> Extract:
    """The job that is ours: Markdown, with the page's title, author and date."""
    from trafilatura import extract

    return lambda html, url: (
        extract(html, url=url, include_comments=False, output_format="markdown", with_metadata=True)
        or ""
    )


def resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, url: str(extract_plain_text(html, main_content=True))


EXTRACTORS = {
    "webis-mcp": ours,
    "trafilatura": trafilatura,
    "trafilatura, Markdown and facts": trafilatura_with_facts,
    "resiliparse": resiliparse,
}


def sample(path: Path, pages: int) -> list[tuple[str, str | None]]:
    """Markup and address of pages, always the same ones."""
    return [(record["html"], record["url"] or None) for record in shuffled(path)[:pages]]


def serve(name: str, pipe: Connection) -> None:
    """Extracts what comes in; answers with CPU seconds, None at the start where it is missing."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in a reader
    try:
        extract = EXTRACTORS[name]()
    except ImportError:
        pipe.send(None)
        return
    extract("<p>warm</p>", None)
    pipe.send(0.0)
    while (page := pipe.recv()) is not None:
        start = time.process_time()
        extract(*page)
        pipe.send(time.process_time() - start)
        gc.collect()
    pipe.send(peak_megabytes())


def measure(pages: list[tuple[str, str | None]]) -> dict[str, tuple[list[float], float]]:
    """CPU milliseconds for each page and peak memory in MB, by extractor."""
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    for name in EXTRACTORS:
        mine, theirs = context.Pipe()
        context.Process(target=serve, args=(name, theirs), daemon=True).start()
        if mine.recv() is not None:
            pipes[name] = mine
    times: dict[str, list[float]] = {name: [] for name in pipes}
    for page in pages:
        for name, pipe in pipes.items():
            pipe.send(page)
            times[name].append(pipe.recv() * 1000)
    peaks = {}
    for name, pipe in pipes.items():
        pipe.send(None)
        peaks[name] = float(pipe.recv())
    return {name: (times[name], peaks[name]) for name in pipes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pages", type=int, default=300)
    chosen = parser.parse_args()
    results = measure(sample(chosen.data, chosen.pages))
    base = statistics.median(results["trafilatura"][0]) if "trafilatura" in results else None
    print("| extractor | CPU ms p50 | p95 | p50 / trafilatura's | peak MB |")
    print("|---|---:|---:|---:|---:|")
    for name, (times, peak) in results.items():
        middle = statistics.median(times)
        late = sorted(times)[int(len(times) * 0.95)]
        ratio = f"{middle / base:.2f}" if base else "-"
        print(f"| {name} | {middle:.1f} | {late:.1f} | {ratio} | {peak:.0f} |")


if __name__ == "__main__":
    main()
