"""Says what is to be measured, and prints it."""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.http import __doc__ as usage
from benchmarks.http import hostile, memory, timing
from benchmarks.http.client import LEGACY, MODERN, Ask, call_until, open_session
from benchmarks.http.servers import OURS, PLAIN, SESSIONS, STATELESS, Server, started

PAGE = Path(__file__).parents[2] / "examples" / "pages" / "article.html"

CLIENTS = (1, 32)


@dataclass(frozen=True)
class Figure:
    """What one run of one server came to.

    Attributes:
        cpu: microseconds of the server's process a call.
        client: share of the time that the client was busy; near 1 it would be the bottleneck.
    """

    rate: float
    p50: float
    p99: float
    cpu: float
    client: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--hostile", type=Path, metavar="FOLDER", help="the attack corpus")
    parser.add_argument("--keys", type=int, metavar="ROUNDS")
    chosen = parser.parse_args()
    if chosen.memory:
        memory.main(chosen.calls)
    elif chosen.hostile:
        hostile.main(chosen.hostile, chosen.seconds)
    elif chosen.keys:
        timing.main(chosen.keys)
    else:
        compare(chosen.seconds, chosen.rounds)


def asks() -> dict[str, dict[str, Ask]]:
    """What is asked, by its name in the table and by the server."""
    html = {"html": PAGE.read_text("utf-8")}
    found = {}
    for era in (LEGACY, MODERN):
        for method in ("tools/list", "ping" if era == LEGACY else "server/discover"):
            found[f"{method}, {era}"] = {
                name: Ask(method, era) for name in (OURS, STATELESS, SESSIONS, PLAIN)
            }
        count = Ask("tools/call", era, "count", html)
        found[f"a page of 7 KB, {era}"] = {
            OURS: Ask("tools/call", era, "extract_from_html", html),
            STATELESS: count,
            SESSIONS: count,
            PLAIN: count,
        }
    for question, by_server in found.items():
        if MODERN in question:
            del by_server[SESSIONS]  # this revision has none
    return found


def compare(seconds: float, rounds: int) -> None:
    """Prints a row for each server, question and number of clients."""
    figures: dict[tuple[str, int, str], list[Figure]] = {}
    with (
        started(OURS) as ours,
        started(STATELESS) as stateless,
        started(SESSIONS) as sessions,
        started(PLAIN) as plain,
    ):
        servers = (ours, stateless, sessions, plain)
        for number in range(rounds + 1):  # the first warms up
            for question, by_server in asks().items():
                for clients in CLIENTS:
                    for server in servers:
                        if server.name not in by_server:
                            continue
                        length = seconds if number else seconds / 2
                        figure = measure(server, by_server[server.name], clients, length)
                        if number:
                            row = (question, clients, server.name)
                            figures.setdefault(row, []).append(figure)
    print(
        "| | clients | server | calls/s | of bare | p50 ms | p99 ms | CPU us a call"
        " | of bare | client busy |"
    )
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    for (question, clients, name), measured in figures.items():
        bare = figures[question, clients, STATELESS]
        print(
            f"| {question} | {clients} | {name} | {middle(measured, 'rate'):.0f}"
            f" | {ratio(measured, bare, 'rate'):.2f}"
            f" | {1000 * middle(measured, 'p50'):.1f} | {1000 * middle(measured, 'p99'):.1f}"
            f" | {middle(measured, 'cpu'):.0f} | {ratio(measured, bare, 'cpu'):.2f}"
            f" | {middle(measured, 'client'):.0%} |"
        )


def middle(figures: list[Figure], name: str) -> float:
    """The median of one figure over the rounds."""
    return float(statistics.median(getattr(figure, name) for figure in figures))


def ratio(figures: list[Figure], bare: list[Figure], name: str) -> float:
    """The median, over the rounds, of a figure as a multiple of the bare server's in that round."""
    pairs = zip(figures, bare, strict=True)
    return float(statistics.median(getattr(ours, name) / getattr(its, name) for ours, its in pairs))


def measure(server: Server, ask: Ask, clients: int, seconds: float) -> Figure:
    """One run."""
    has_sessions = server.name == SESSIONS
    requests = [
        ask.to(
            server.port, server.key, open_session(server.port, server.key) if has_sessions else ""
        )
        for _ in range(clients)
    ]
    mine = psutil.Process()
    cpu, own, before = server.cpu_seconds(), mine.cpu_times(), time.perf_counter()
    took = sorted(call_until(server.port, requests, seconds=seconds))
    length = time.perf_counter() - before
    after = mine.cpu_times()
    return Figure(
        rate=len(took) / length,
        p50=took[len(took) // 2],
        p99=took[int(len(took) * 0.99)],
        cpu=1e6 * (server.cpu_seconds() - cpu) / len(took),
        client=(after.user + after.system - own.user - own.system) / length,
    )


if __name__ == "__main__":
    main()
