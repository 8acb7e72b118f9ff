"""How long from launch to the first answer, and how much memory at rest, beside a bare server.

    python -m benchmarks.startup [RUNS]

Both are started in turn, so that a busy machine slows both: trust the ratio more than the seconds.
Memory is told where there is a /proc; what processes share is counted once for each.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BARE = """
from mcp.server import MCPServer
server = MCPServer("bare")
@server.tool()
def echo(text: str) -> str:
    return text
server.run("stdio")
"""

COMMANDS = {
    "bare MCPServer": [sys.executable, "-c", BARE],
    "webis-mcp": [sys.executable, "-m", "webis_mcp"],
}

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "benchmark", "version": "1"},
    },
}

SECONDS_TO_REST = 3.0
"""After the first answer the reader is started behind the scenes; then it is at rest."""


@contextmanager
def started(command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A server that has answered `initialize`, and the seconds that took."""
    before = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(HELLO).encode() + b"\n")
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        assert "result" in answer, answer
        yield server, time.perf_counter() - before
        server.stdin.close()


def resident_megabytes(pid: int) -> tuple[float, float]:
    """Of a process, and of all its children together."""
    own, children = 0.0, 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        fields = dict(
            line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line
        )
        size = int(fields.get("VmRSS", "0 kB").split()[0]) / 1000
        if int(fields["Pid"]) == pid:
            own = size
        elif int(fields["PPid"]) == pid:
            children += size
    return own, children


def main(runs: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            with started(command) as (_, took):
                seconds[name].append(took)
    medians = {name: statistics.median(took) for name, took in seconds.items()}
    for name, each in seconds.items():
        low, high = min(each), max(each)
        print(f"{name:15} {medians[name]:5.2f} s median of {runs}, {low:.2f} to {high:.2f}")
    print(f"ratio           {medians['webis-mcp'] / medians['bare MCPServer']:5.2f}")
    if Path("/proc/self/status").exists():
        for name, command in COMMANDS.items():
            with started(command) as (server, _):
                time.sleep(SECONDS_TO_REST)
                own, children = resident_megabytes(server.pid)
                print(f"{name:15} {own:5.0f} MB at rest, {children:.0f} MB in its children")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
