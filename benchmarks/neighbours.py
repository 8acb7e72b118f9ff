"""How long a good call waits while the same server works on hostile pages.

    python -m benchmarks.neighbours [--calls 300] [--hostile 4]

One server over stdio, with the settings that a user starts with. First it is alone with good calls,
one after the other; then so many hostile ones are always on their way beside them, of every kind in
turn, until each has been answered at least once. A call's time runs from when its client wants to
write it, so that it holds what a shared pipe costs too. All pages are made here; nothing is fetched
but from a site of our own on loopback.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from statistics import quantiles
from typing import Any

MARKUP = "<!doctype html><meta charset=utf-8><title>Page</title><body>"
STORY = "The ferry came back to the harbour on Monday, and all who live there went to look at it. "
GOOD = (
    f"{MARKUP}<nav><ul>{'<li><a href=/x>Menu</a></li>' * 20}</ul></nav><main><h1>Ferry</h1>"
    f"{f'<p>{STORY * 4}</p>' * 20}</main><footer><a href=/terms>Terms</a></footer>"
)
MB = 1_000_000

TRAPS = {"spaces": " ", "less-than": "< ", "brackets": "[", "stars": "*a_", "addresses": "a@"}


def misnested(count: int) -> str:
    return "".join(f"<{'biu'[n % 3]} class=c{n}><p>x</{'biu'[n % 3]}>" for n in range(count))


def attributes(count: int) -> str:
    return "<div" + "".join(f" a{n}=v" for n in range(count)) + ">x"


HOSTILE = {
    "one text of 9.9 MB": MARKUP + "lorem ipsum dolor sit amet " * 366_000,
    "350,000 paragraphs": MARKUP + "<p>word one two</p>" * 350_000,
    "250,000 links": MARKUP + "<a href=/a/b>word</a> " * 250_000,
    "1,000,000 attributes": MARKUP + attributes(1_000_000),
    "1,000,000 deep": MARKUP + "<div>" * 1_000_000 + "x",
    "200,000 deep, mixed": MARKUP + "<b><i><font><table><tr><td><ul><li>" * 25_000 + "x",
    "tables in tables": MARKUP + "<table><tr><td>" * 20_000 + "<p>foster</p><b>parent",
    "misnested, 20,000": MARKUP + misnested(20_000),
    "misnested, 5,000": MARKUP + misnested(5_000),
    "foster parents, 50,000": MARKUP + "<table>" + "a<i>b</i>" * 50_000,
    "foster parents, 10,000": MARKUP + "<table>" + "a<i>b</i>" * 10_000,
    "10,000 paragraphs": MARKUP + "<p>word one two</p>" * 10_000,
} | {
    f"a trap of {name}": f"{MARKUP}<p>{unit * 200_000}x</p><p>{STORY}</p>"
    for name, unit in TRAPS.items()
}  # fmt: skip
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}


class Bomb(BaseHTTPRequestHandler):
    """Answers everything with a page of 400 MB in 400 KB."""

    body = gzip.compress(MARKUP.encode() + bytes(400 * MB), 9)

    def do_GET(self) -> None:
        self.send_response(200 if self.path != "/robots.txt" else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Client:
    """A client with many calls on their way at once, each awaited by its own thread."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout
        self._ids = itertools.count()
        self._writing = threading.Lock()
        self._awaited: dict[int, SimpleQueue[dict[str, Any]]] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def greet(self) -> None:
        self.call("initialize", json.dumps(HELLO))
        self._write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def call(self, method: str, params: str) -> tuple[dict[str, Any], float]:
        """The answer, and the seconds that it took."""
        number = next(self._ids)
        head = f'{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":'
        line = f"{head}{params}}}\n".encode()
        answer = self._awaited[number] = SimpleQueue()
        before = time.perf_counter()
        self._write(line)
        message = answer.get()
        return message, time.perf_counter() - before

    def _write(self, line: bytes) -> None:
        with self._writing:
            self._stdin.write(line)
            self._stdin.flush()

    def _listen(self) -> None:
        for line in self._stdout:
            message = json.loads(line)
            if "id" in message and "method" not in message:
                self._awaited.pop(message["id"]).put(message)


@contextmanager
def started(port: int) -> Iterator[Client]:
    """A server that has greeted us and read a page, so that its start is not measured."""
    environ = os.environ | {
        "WEBIS_ALLOW_PRIVATE_ADDRESSES": "true",
        "WEBIS_ALLOWED_PORTS": str(port),
    }
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "webis_mcp"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environ) as process:
        client = Client(process)
        try:
            client.greet()
            yield client
        finally:
            process.kill()


def tool(name: str, **arguments: str) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def good_calls(
    client: Client, calls: int, until: Callable[[], object] = lambda: True
) -> list[float]:
    """The seconds of each of so many calls, one after the other, and of more until it is enough."""
    params = tool("extract_from_html", html=GOOD)
    times: list[float] = []
    while len(times) < calls or not until():
        message, seconds = client.call("tools/call", params)
        assert STORY.strip() in message["result"]["structuredContent"]["content"], message
        times.append(seconds)
    return times


class Pressure:
    """Hostile calls, so many always on their way, until it is enough."""

    def __init__(self, client: Client, port: int) -> None:
        self._client = client
        pages = {name: tool("extract_from_html", html=page) for name, page in HOSTILE.items()}
        pages["a gzip bomb"] = tool("fetch_and_extract", url=f"http://127.0.0.1:{port}/bomb")
        self._turn = itertools.cycle(pages.items())
        self._taking = threading.Lock()
        self._enough = threading.Event()
        self.times: dict[str, list[float]] = {name: [] for name in pages}

    @contextmanager
    def beside(self, at_once: int) -> Iterator[None]:
        for _ in range(at_once):
            threading.Thread(target=self._press, daemon=True).start()
        yield
        self._enough.set()

    def was_all_of_it(self) -> bool:
        """Whether every kind has been answered."""
        return all(self.times.values())

    def _press(self) -> None:
        while not self._enough.is_set():
            with self._taking:
                name, params = next(self._turn)
            with suppress(BrokenPipeError):  # the server is gone, and we with it
                _, seconds = self._client.call("tools/call", params)
                self.times[name].append(seconds)


def row(name: str, times: list[float]) -> str:
    cuts = quantiles(times, n=100, method="inclusive")
    figures = " | ".join(f"{1000 * seconds:.0f}" for seconds in (cuts[49], cuts[98], max(times)))
    return f"| {name} | {len(times)} | {figures} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--hostile", type=int, default=4, help="hostile calls always on their way")
    chosen = parser.parse_args()
    with ThreadingHTTPServer(("127.0.0.1", 0), Bomb) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        with started(site.server_address[1]) as client:
            pressure = Pressure(client, site.server_address[1])
            good_calls(client, 20)
            quiet = good_calls(client, chosen.calls)
            with pressure.beside(chosen.hostile):
                beside = good_calls(client, chosen.calls, pressure.was_all_of_it)
        site.shutdown()
    print("| good calls | number | p50 ms | p99 ms | longest ms |")
    print("|---|---:|---:|---:|---:|")
    print(row("alone", quiet))
    print(row(f"beside {chosen.hostile} hostile ones", beside))
    print()
    print("| hostile calls | number | longest s |")
    print("|---|---:|---:|")
    for name, times in pressure.times.items():
        print(f"| {name} | {len(times)} | {max(times, default=0):.1f} |")


if __name__ == "__main__":
    main()
