"""A small site in a thread of its own, for commands that a test waits for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = {
    "/one": "The first page is short. It says so in a paragraph of some length, as they do.",
    "/language": "This page is for readers of {}. It says so in a paragraph of some length.",
    "/two": "The second page is short. It says so in a paragraph of some length, as they do.",
}


@dataclass(frozen=True, slots=True)
class Web:
    """A site of a few pages, and the environment in which a command may fetch from it."""

    port: int

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "WEBIS_ALLOW_PRIVATE_ADDRESSES": "true",
            "WEBIS_ALLOWED_PORTS": str(self.port),
        }


class _Pages(BaseHTTPRequestHandler):
    """Answers with the pages, which may tell the language asked for; else nothing is there."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        words = PAGES.get(self.path.partition("?")[0])
        words = words and words.format(self.headers["Accept-Language"])
        page = f"<title>A page</title><h1>A page</h1><p>{words}</p>" if words else ""
        self.send_response(200 if words else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def serving_pages() -> Iterator[Web]:
    """The site, on a free port of loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Web(server.server_address[1])
        finally:
            server.shutdown()
