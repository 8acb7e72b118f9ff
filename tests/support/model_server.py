"""An OpenAI-compatible server on loopback whose model is a function, and that counts who listens.

It is real HTTP, and it notices when a caller hangs up. What it answers, when, and with which
probabilities is up to the test. For the life of a process there is `fake_vllm.py`.
"""

from __future__ import annotations

import json
import math
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from webis_mcp.engine import Capabilities, Endpoint

MODEL = "tiny"


@dataclass(frozen=True)
class Said:
    """An answer of the model.

    Attributes:
        text: its words.
        cut: whether it had more to say.
        likely: probabilities of what its first token might have been.
        status: other than 200, the text is an error.
        raw: sent instead of a completion.
    """

    text: str = ""
    cut: bool = False
    likely: dict[str, float] = field(default_factory=dict)
    status: int = 200
    raw: object = None


Model = Callable[[str], str | Said]
"""What the model says to a prompt."""


class ModelServer(ThreadingHTTPServer):
    """The server.

    Attributes:
        asked: the bodies of all requests for completions.
        running: requests that somebody waits for.
        most: the most that ran at once.
        hold: while it is clear, answers are held back.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, model: Model, tokenizes: bool) -> None:
        self.model = model
        self.tokenizes = tokenizes
        self.asked: list[dict[str, Any]] = []
        self.running = self.most = 0
        self.hold = threading.Event()
        self.hold.set()
        self.changed = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def wait_for(self, running: int) -> bool:
        """Waits until so many requests run; false where it does not come to that in time."""
        with self.changed:
            return self.changed.wait_for(lambda: self.running == running, timeout=10)

    def count(self, more: int) -> None:
        with self.changed:
            self.running += more
            self.most = max(self.most, self.running)
            self.changed.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers may hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            found = self.server.tokenizes
            count = (
                {"count": len(_words(body.get("prompt") or _prompt_of(body)))}
                if found
                else {"detail": "Not Found"}
            )
            return self._send(200 if found else 404, count)
        self.server.asked.append(body)
        self.server.count(1)
        try:
            if self._is_awaited():
                self._send(*self._answer(body))
        finally:
            self.server.count(-1)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _is_awaited(self) -> bool:
        """Waits while answers are held back; false once the caller has hung up."""
        while not self.server.hold.wait(0.01):
            if select.select([self.connection], [], [], 0)[0]:
                return False
        return True

    def _answer(self, body: dict[str, Any]) -> tuple[int, object]:
        prompts = body["prompt"] if "prompt" in body else [_prompt_of(body)]
        prompts = [prompts] * body.get("n", 1) if isinstance(prompts, str) else prompts
        given = [self.server.model(prompt) for prompt in prompts]
        said = [one if isinstance(one, Said) else Said(one) for one in given]
        if said[0].status != 200 or said[0].raw is not None:
            return said[0].status, said[0].raw or {"error": {"message": said[0].text}}
        choices = [_choice(at, one, "messages" in body) for at, one in enumerate(said)]
        usage = {
            "prompt_tokens": sum(len(_words(prompt)) for prompt in prompts),
            "completion_tokens": sum(len(_words(one.text)) for one in said),
        }
        return 200, {"choices": choices, "usage": usage}

    def _send(self, status: int, answer: object) -> None:
        body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _choice(at: int, said: Said, is_chat: bool) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": at, "finish_reason": "length" if said.cut else "stop"}
    logs = {token: math.log(p) for token, p in said.likely.items()}
    if is_chat:
        choice["message"] = {"role": "assistant", "content": said.text}
        top = [{"token": token, "logprob": p} for token, p in logs.items()]
        choice["logprobs"] = {"content": [{"top_logprobs": top}]} if top else None
    else:
        choice["text"] = said.text
        choice["logprobs"] = {"top_logprobs": [logs]} if logs else None
    return choice


def _prompt_of(body: dict[str, Any]) -> str:
    return "\n".join(message["content"] for message in body["messages"])


def _words(text: str) -> list[str]:
    return text.split()


@contextmanager
def serving(model: Model, *, tokenizes: bool = True) -> Iterator[ModelServer]:
    """The server, for as long as the context lasts."""
    server = ModelServer(model, tokenizes)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


FULL = Capabilities(server="vllm", max_model_len=16_384, regex=True, choice=True)


def endpoint_of(server: ModelServer, can: Capabilities = FULL) -> Endpoint:
    return Endpoint(url=server.url, key="secret", model=MODEL, capabilities=can)
