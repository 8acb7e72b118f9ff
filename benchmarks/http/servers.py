"""The servers that are measured, each a process of its own that has told its port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from webis_mcp.server.keys.file import changing
from webis_mcp.server.keys.form import digest_of, id_of, new_key
from webis_mcp.server.keys.record import ALL, Record

LISTEN = """
import socket, sys, uvicorn
def serve(app):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print("Serving on http://127.0.0.1:%d/mcp" % listener.getsockname()[1], file=sys.stderr)
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run([listener])
"""

BARE = """
from mcp.server import MCPServer
server = MCPServer("bare", log_level="ERROR")
@server.tool()
def count(html: str) -> int:
    return len(html)
serve(server.streamable_http_app(stateless_http=%s))
"""

ROUTE = """
import hashlib, hmac, os
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
digest = hashlib.sha256(os.environ["KEY"].encode()).digest()
async def answer(request):
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(hashlib.sha256(key.encode()).digest(), digest):
        return JSONResponse({"error": "no"}, 401)
    return JSONResponse({"result": len(await request.json())})
serve(Starlette(routes=[Route("/mcp", answer, methods=["POST"])]))
"""

COUNTED = """
import asyncio, signal, sys
from pathlib import Path
from webis_mcp.server.cli import main
LOOPS, new = [], asyncio.new_event_loop
asyncio.new_event_loop = asyncio.events.new_event_loop = lambda: LOOPS.append(new()) or LOOPS[-1]
def count(*_):
    print("tasks:", len(asyncio.all_tasks(LOOPS[0])), file=sys.stderr, flush=True)
signal.signal(signal.SIGUSR1, count)
sys.exit(main(["serve", "--port", "0"]))
"""
"""Ours, and says how many tasks it has when a signal asks."""

OURS, STATELESS, SESSIONS, PLAIN = "webis-mcp", "bare MCPServer", "bare, with sessions", "route"
OURS_COUNTED = "webis-mcp, counted"

TASKS = re.compile(r"tasks: (\d+)")

TOLD = re.compile(r"Serving on http://127\.0\.0\.1:(\d+)/")


@dataclass(frozen=True)
class Server:
    """A server that listens.

    Args:
        key: opens it; the bare ones ask for none.
    """

    name: str
    process: psutil.Process
    port: int
    key: str
    log: Path

    def tasks(self) -> int:
        """How many tasks it has; only the one that is counted tells."""
        told = len(TASKS.findall(self.log.read_text()))
        self.process.send_signal(signal.SIGUSR1)
        while len(found := TASKS.findall(self.log.read_text())) == told:
            time.sleep(0.05)
        return int(found[-1])

    def add_key(self) -> str:
        """Another key, as the keys command makes one."""
        key = add_key(self.log.with_name("api_keys.json"))
        time.sleep(1)
        return key

    def cpu_seconds(self) -> float:
        """Of the process itself, without its readers."""
        spent = self.process.cpu_times()
        return spent.user + spent.system


@contextmanager
def started(name: str, environ: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server that listens, with a key of its own; it is gone when the context is left."""
    with tempfile.TemporaryDirectory() as folder:
        keys, log = Path(folder) / "api_keys.json", Path(folder) / "log"
        key = add_key(keys)
        env = os.environ | {"KEY": key, "WEBIS_API_KEYS_FILE": str(keys)} | dict(environ or {})
        with (
            log.open("wb") as sink,
            subprocess.Popen(commands()[name], stdout=sink, stderr=sink, env=env) as child,
        ):
            try:
                yield Server(name, psutil.Process(child.pid), port_told(child, log), key, log)
            finally:
                child.terminate()


def port_told(child: subprocess.Popen[bytes], log: Path) -> int:
    """The port that a server says it listens on."""
    while child.poll() is None:
        if told := TOLD.search(log.read_text()):
            return int(told[1])
        time.sleep(0.05)
    raise RuntimeError(log.read_text())


def commands() -> dict[str, list[str]]:
    """How each server is started."""
    python = sys.executable
    return {
        OURS: [python, "-m", "webis_mcp", "serve", "--port", "0"],
        OURS_COUNTED: [python, "-c", COUNTED],
        STATELESS: [python, "-c", LISTEN + BARE % True],
        SESSIONS: [python, "-c", LISTEN + BARE % False],
        PLAIN: [python, "-c", LISTEN + ROUTE],
    }


def add_key(path: Path) -> str:
    """Makes a key in a file."""
    key = new_key()
    with changing(path) as records:
        records.append(Record(id_of(key), "benchmark", digest_of(key), ALL, 0.0))
    return key
