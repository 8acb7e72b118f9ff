"""What calls leave behind: memory, files and tasks of the server, every so many calls."""

from __future__ import annotations

import statistics
import time

from benchmarks.http.client import LEGACY, MODERN, Ask, call_until
from benchmarks.http.servers import OURS_COUNTED, started

STEPS = 20
CLIENTS = 8

PAGE = "<!doctype html><title>Ferry</title><main><p>The ferry crosses the harbour.</p></main>"

SMALL_SHARE = 50
"""Every so many calls one reads a page, for a reader takes ten times as long as all the rest."""


def main(calls: int) -> None:
    """Prints a line each step, and the slope."""
    asks = [Ask("ping", LEGACY), Ask("tools/list", LEGACY), Ask("server/discover", MODERN)]
    page = Ask("tools/call", MODERN, "extract_from_html", {"html": PAGE})
    with started(OURS_COUNTED) as server:
        requests = [ask.to(server.port, server.key) for ask in asks for _ in range(CLIENTS // 2)]
        reading = [page.to(server.port, server.key)] * 2
        sizes: list[float] = []
        for step in range(-STEPS // 4, STEPS + 1):  # the first are to warm up
            if step != -STEPS // 4:
                call_until(server.port, requests, calls=calls // STEPS)
                call_until(server.port, reading, calls=calls // STEPS // SMALL_SHARE)
            time.sleep(1)  # what goes by itself is gone
            megabytes = server.process.memory_info().rss / 1e6
            files, tasks = server.process.num_fds(), server.tasks()
            told = f"{step * calls // STEPS:7d} calls: {megabytes:6.1f} MB"
            print(f"{told}, {files} files, {tasks} tasks", flush=True)
            if step >= 0:
                sizes.append(megabytes)
    slope = statistics.linear_regression(range(len(sizes)), sizes).slope * STEPS
    print(f"slope over {calls} calls: {slope:+.2f} MB")
