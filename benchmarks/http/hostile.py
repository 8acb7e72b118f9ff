"""A good client's small calls while others send hostile pages, or half of a request."""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import socket
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from types import ModuleType

import psutil

from benchmarks.http.client import LEGACY, Ask, is_whole
from benchmarks.http.servers import OURS, started

SMALL = "<!doctype html><title>Ferry</title><main><p>The ferry crosses the harbour.</p></main>"

LARGEST = 9_000_000

SENDERS = 8
SLOW = 200


def main(corpus: Path, seconds: float) -> None:
    """Prints the good client's times alone, and among the others."""
    pages = hostile_pages(corpus)
    print(f"{len(pages)} hostile pages, {sum(map(len, pages)) / 1e6:.0f} MB")
    with started(OURS) as server:
        bad = server.add_key()
        small = Ask("tools/call", LEGACY, "extract_from_html", {"html": SMALL})
        good = small.to(server.port, server.key)
        asks = (Ask("tools/call", LEGACY, "extract_from_html", {"html": page}) for page in pages)
        bombs = [ask.to(server.port, bad) for ask in asks]
        tell("to warm up", server.port, good, 1)
        tell("alone", server.port, good, seconds)
        with_others = (
            (f"{SENDERS} senders of hostile pages", SENDERS, 0),
            (f"{SLOW} slow clients", 0, SLOW),
            ("both", SENDERS, SLOW),
        )
        for name, senders, slow in with_others:
            over = multiprocessing.Event()
            many = [
                multiprocessing.Process(target=send, args=(server.port, bombs, number, over))
                for number in range(senders)
            ]
            if slow:
                many.append(multiprocessing.Process(target=drip, args=(server.port, slow, over)))
            for process in many:
                process.start()
            time.sleep(1)
            tell(name, server.port, good, seconds)
            over.set()
            for process in many:
                process.join()
        print(f"the server has {psutil.Process(server.process.pid).memory_info().rss / 1e6:.0f} MB")


def tell(name: str, port: int, data: bytes, seconds: float) -> None:
    """Calls again and again, and prints how long that took."""
    took: list[float] = []
    came: Counter[str] = Counter()
    until = time.perf_counter() + seconds
    with socket.create_connection(("127.0.0.1", port)) as way:
        way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.perf_counter() < until:
            before = time.perf_counter()
            came[outcome(exchange(way, data))] += 1
            took.append(time.perf_counter() - before)
            time.sleep(0.02)
    took.sort()
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(f"{name:30} p50 {1000 * p50:5.0f} ms, p99 {1000 * p99:5.0f} ms, {dict(came)}", flush=True)


def outcome(answer: bytes) -> str:
    """What came of a call, in a word."""
    if b" 503 " in answer[:20] or b"wait for a reader" in answer:
        return "busy"
    return "failed" if b'"isError":true' in answer or b'"result"' not in answer else "answered"


def exchange(way: socket.socket, data: bytes) -> bytes:
    way.sendall(data)
    answer = b""
    while not is_whole(answer):
        piece = way.recv(1 << 18)
        if not piece:
            raise ConnectionError(answer)
        answer += piece
    return answer


def send(port: int, bombs: list[bytes], first: int, over: Event) -> None:
    """Sends hostile pages, one after another."""
    number = first
    while not over.is_set():
        with socket.create_connection(("127.0.0.1", port)) as way:
            exchange(way, bombs[number % len(bombs)])
        number += 1


def drip(port: int, count: int, over: Event) -> None:
    """Holds connections with half a head, and says a little now and then."""
    ways: list[socket.socket] = []
    while not over.wait(0.5):
        while len(ways) < count:
            ways.append(socket.create_connection(("127.0.0.1", port)))
            ways[-1].sendall(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        still_open = []
        for way in ways:
            try:
                way.sendall(b"X-More: x\r\n")
                still_open.append(way)
            except OSError:
                way.close()
        ways = still_open


def hostile_pages(corpus: Path) -> list[str]:
    """The bodies of the corpus that a server takes at all."""
    make: Callable[..., bytes] = _module(corpus / "lib" / "bodies.py").make
    cases = json.loads((corpus / "cases" / "bodies.json").read_text())["cases"]
    pages: dict[str, str] = {}
    for case in cases:
        if case["params"].get("mb", 0) <= LARGEST / 1e6 and "target" not in str(case["params"]):
            page = make(case["gen"], **case["params"])
            if len(page) <= LARGEST:
                pages.setdefault(case["gen"], page.decode("utf-8", "replace"))
    return list(pages.values())


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
