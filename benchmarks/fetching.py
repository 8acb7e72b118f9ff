"""Pages fetched and extracted a second from a local site, over stdio, beside mcp-server-fetch.

    python -m benchmarks.fetching --peer PATH/TO/mcp-server-fetch [--pages 64] [--words 800]

The site serves as many pages as are asked for, each different, so that no cache helps. The peer is
told to ignore robots.txt, and so are we, and both may ask loopback. The two take turns, each at one
call at a time and at sixteen at once. Without `--peer` only ours is measured.

The peer uses Readability.js where it finds node, and tries to install its modules at every call
until they are there: see to it first.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROUNDS = 3
AT_ONCE = (1, 16)
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}


class Pages(BaseHTTPRequestHandler):
    """An article for every path, with a menu and a footer around it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each page of a kept connection waits 40 ms for an ACK
    words = 800

    def do_GET(self) -> None:
        name = self.path.strip("/")
        menu = "".join(f"<li><a href='/{name}-{n}'>Section {n}</a></li>" for n in range(40))
        sentence = f"Page {name} tells of the harbour and of the ferry that came back to it. "
        count = self.words // (15 * 8)
        story = "".join(f"<p>Part {part}. {sentence * 8}</p>" for part in range(count))
        page = (
            f"<!doctype html><title>{name}</title><nav><ul>{menu}</ul></nav><main><h1>{name}</h1>"
            f"{story}</main><footer><a href='/terms'>Terms</a></footer>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Client:
    """A server over stdio, with several calls on their way at once."""

    def __init__(self, process: subprocess.Popen[bytes], tool: str) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout, self._tool = process.stdin, process.stdout, tool
        self._id = 0

    def send(self, method: str, params: dict[str, Any]) -> int:
        self._id += 1
        message = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        self._write(message)
        return self._id

    def greet(self) -> None:
        self.send("initialize", HELLO)
        self.answer()
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, url: str) -> None:
        self.send("tools/call", {"name": self._tool, "arguments": {"url": url}})

    def answer(self) -> dict[str, Any]:
        """The next answer, whichever it is to; a failed call ends the run."""
        while True:
            message = json.loads(self._stdout.readline())
            if "id" in message and "method" not in message:
                result: dict[str, Any] = message["result"]
                assert not result.get("isError"), result
                return result

    def _write(self, message: dict[str, Any]) -> None:
        self._stdin.write(json.dumps(message).encode() + b"\n")
        self._stdin.flush()


@contextmanager
def serving_site(words: int) -> Iterator[int]:
    """A local site; gives its port."""
    Pages.words = words
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def started(command: list[str], tool: str, port: int) -> Iterator[Client]:
    """A server that has greeted us and fetched a page, so that its start is not measured."""
    ours = {
        "WEBIS_ALLOW_PRIVATE_ADDRESSES": "true",
        "WEBIS_ALLOWED_PORTS": str(port),
        "WEBIS_IGNORE_ROBOTS": "true",
        "WEBIS_FETCHES_PER_HOST": "16",
    }
    pipe = subprocess.PIPE
    quiet = subprocess.DEVNULL
    env = os.environ | ours
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet, env=env) as process:
        client = Client(process, tool)
        client.greet()
        client.ask(f"http://127.0.0.1:{port}/warm")
        client.answer()
        yield client
        assert process.stdin
        process.stdin.close()
        process.terminate()


def measure(client: Client, port: int, run: str, pages: int, at_once: int) -> float:
    """Pages a second with so many calls on their way."""
    urls = iter([f"http://127.0.0.1:{port}/{run}-{number}" for number in range(pages)])
    before = time.perf_counter()
    for _ in range(at_once):
        client.ask(next(urls))
    for _ in range(pages):
        client.answer()
        if (url := next(urls, None)) is not None:
            client.ask(url)
    return pages / (time.perf_counter() - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="the command of mcp-server-fetch")
    parser.add_argument("--pages", type=int, default=64)
    parser.add_argument("--words", type=int, default=800)
    chosen = parser.parse_args()
    commands = {"webis-mcp": ([sys.executable, "-m", "webis_mcp"], "fetch_and_extract")}
    if chosen.peer:
        peer = [chosen.peer, "--ignore-robots-txt", "--allow-private-ips"]
        commands["mcp-server-fetch"] = (peer, "fetch")
    found: dict[tuple[str, int], list[float]] = {}
    with serving_site(chosen.words) as port:
        for number in range(ROUNDS):
            for name, (command, tool) in commands.items():
                with started(command, tool, port) as client:
                    for at_once in AT_ONCE:
                        run = f"{number}-{at_once}"
                        speed = measure(client, port, run, chosen.pages, at_once)
                        found.setdefault((name, at_once), []).append(speed)
    print(f"| server | {' | '.join(f'pages a second, {n} at once' for n in AT_ONCE)} |")
    print(f"|---|{'---:|' * len(AT_ONCE)}")
    for name in commands:
        speeds = (statistics.median(found[name, at_once]) for at_once in AT_ONCE)
        print(f"| {name} | {' | '.join(f'{speed:.1f}' for speed in speeds)} |")


if __name__ == "__main__":
    main()
