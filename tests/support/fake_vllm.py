"""A stand-in for `vllm serve` that is a real process and misbehaves on request.

    python fake_vllm.py serve MODEL --port N [--load-seconds 2] [--hang health] ...

It speaks as much of vLLM's command line and HTTP as we use: `--version`, `serve --help=all`,
`/health`, `/version`, `/metrics`, `/v1/models`, `/v1/completions`, `/v1/chat/completions`,
`/tokenize`. Structured outputs get the shortest answer that fits, other requests `--answer`. What
it was asked is told by `/fake/requests`. Only the standard library is used: it starts in a blink.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "0.32.0+cpu"

LACKING = (
    *("json_schema", "regex", "grammar", "choice", "slices"),
    *("logprobs", "token_logprobs", "prompt_logprobs"),
)

OUT_OF_MEMORY = (
    "ValueError: Free memory on device cuda:0 ({free:.2f}/24.00 GiB) on startup is less than"
    " desired GPU memory utilization ({asked}, {want:.2f} GiB). Decrease GPU memory utilization or"
    " reduce GPU memory used by other processes."
)

WINDOW_TOO_LARGE = (
    "ValueError: To serve at least one request with the model's max seq len ({asked}), (9.00 GiB KV"
    " cache is needed, which is larger than the available KV cache memory (1.00 GiB). Based on the"
    " available memory, the estimated maximum model length is {fits}. Try increasing"
    " `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine."
)

FAILED = "RuntimeError: Engine core initialization failed. See root cause above."


def parsers() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """The command line: some of vLLM's, then what it can be told to do wrong; and `serve` of it."""
    top = argparse.ArgumentParser(prog="vllm")
    top.add_argument("--version", "-v", action="version", version=VERSION)
    serve = top.add_subparsers(dest="command").add_parser("serve", add_help=False)
    add_options(serve)
    add_faults(serve)
    return top, serve


def add_options(serve: argparse.ArgumentParser) -> None:
    add = serve.add_argument
    add("model_tag", nargs="?", default="tiny")
    add("--help", nargs="?", const="brief")
    add("--model")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8000)
    add("--served-model-name", nargs="+")
    add("--api-key")
    add("--structured-outputs-config")
    add("--generation-config")
    add("--gpu-memory-utilization", type=float, default=0.92)
    add("--max-model-len", type=window, default=4096)
    add("--kv-cache-memory-bytes", type=int)
    add("--tensor-parallel-size", "-tp", type=int, default=1)
    add("--pipeline-parallel-size", "-pp", type=int, default=1)
    add("--data-parallel-size", "-dp", type=int, default=1)
    for switch in ("disable-uvicorn-access-log", "enforce-eager"):
        add(f"--{switch}", f"--no-{switch}", action="store_true")
    add("--dtype", default="auto")
    add("--seed", type=int, default=0)


def window(words: str) -> int:
    """A window as vLLM takes it; `auto` is the model's own."""
    return 4096 if words == "auto" else int(words)


def add_faults(serve: argparse.ArgumentParser) -> None:
    add = serve.add_argument
    add("--load-seconds", type=float, default=0.0, help="how long it loads before it listens")
    add("--die", choices=["load", "ready", "request"], help="when it ends by itself")
    add("--exit-zero", action="store_true", help="with status 0, as vLLM does when its core died")
    add("--hang", choices=["load", "health", "answer"], help="what it never gets done")
    add("--hang-on", default="\0", help="words in a prompt that it never answers")
    add("--ignore-term", action="store_true")
    add("--child", action="append", choices=["group", "session"], default=[], help="a core")
    add("--garble", action="store_true", help="answers that are no answers")
    add("--half", action="store_true", help="answers that stop halfway, by length")
    add("--answer", default="0", help="what it says where nothing constrains it")
    add("--answer-seconds", type=float, default=0.0, help="how long an answer takes")
    add("--free", type=float, default=1.0, help="the part of its GPU that is free")
    add("--fits", type=int, default=1 << 30, help="the longest window that fits")
    add("--lacks", default="", help=f"what it cannot do, by commas: {', '.join(LACKING)}")
    add("--waiting", type=int, default=0, help="requests that it says are waiting")
    add("--chatty", type=int, default=0, help="bytes it logs at the start")


class Fake(ThreadingHTTPServer):
    """The server, and what it has seen."""

    daemon_threads = True
    allow_reuse_port = True  # as vLLM does, so that a port can be kept for it
    request_queue_size = 128

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.key = options.api_key or os.environ.get("VLLM_API_KEY")
        self.models = options.served_model_name or [options.model or options.model_tag]
        self.lacks = set(filter(None, options.lacks.split(",")))
        self.asked: list[dict[str, Any]] = []
        self.running = 0
        self.tokens = 0
        self.lock = threading.Lock()
        super().__init__((options.host, options.port), Handler)

    @contextmanager
    def counting(self) -> Iterator[None]:
        with self.lock:
            self.running += 1
        try:
            yield
        finally:
            with self.lock:
                self.running -= 1

    def metrics(self) -> str:
        label = f'{{engine="0",model_name="{self.models[0]}"}}'
        return (
            f"vllm:num_requests_running{label} {float(self.running)}\n"
            f"vllm:num_requests_waiting{label} {float(self.options.waiting)}\n"
            f"vllm:prompt_tokens_total{label} {float(self.tokens)}\n"
            f"vllm:generation_tokens_total{label} {float(self.tokens)}\n"
        )


class Refused(Exception):
    """A request that vLLM answers with an error."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    """The HTTP that vLLM speaks, as far as we listen."""

    server: Fake
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._guarded({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._guarded(json.loads(body or b"{}"))

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _guarded(self, body: dict[str, Any]) -> None:
        path = self.path.partition("?")[0]
        key = self.server.key
        if path.startswith("/v1") and key and self.headers.get("Authorization") != f"Bearer {key}":
            return self._send(401, {"error": "Unauthorized"})
        try:
            self._send(200, self._answer(path, body))
        except Refused as refused:
            error = {"message": str(refused), "type": "BadRequestError", "code": refused.status}
            self._send(refused.status, {"error": error})
        except (BrokenPipeError, ConnectionResetError):  # the caller has hung up
            self.close_connection = True

    def _answer(self, path: str, body: dict[str, Any]) -> object:
        options = self.server.options
        if path == "/health":
            if options.hang == "health":
                threading.Event().wait()
            return ""
        looks: dict[str, object] = {
            "/metrics": self.server.metrics(),
            "/version": {"version": VERSION},
            "/fake/requests": self.server.asked,
            "/v1/models": {"object": "list", "data": [self._model(m) for m in self.server.models]},
        }
        if path in looks:
            return looks[path]
        if path == "/tokenize":
            words = tokens_of(prompt_of(body))
            most = options.max_model_len
            return {"count": len(words), "max_model_len": most, "tokens": list(range(len(words)))}
        if path in ("/v1/completions", "/v1/chat/completions"):
            return self._complete(body, is_chat="chat" in path)
        raise Refused(404, "Not Found")

    def _model(self, name: str) -> dict[str, Any]:
        most = self.server.options.max_model_len
        return {"id": name, "object": "model", "owned_by": "vllm", "max_model_len": most}

    def _complete(self, body: dict[str, Any], *, is_chat: bool) -> object:
        options = self.server.options
        self.server.asked.append({"path": self.path, **body})
        if body.get("model") not in self.server.models:
            raise Refused(404, f"The model `{body.get('model')}` does not exist.")
        with self.server.counting():
            if options.die == "request":
                end(options)
            if options.hang == "answer" or options.hang_on in prompt_of(body):
                self._until_hung_up(None)
            self._until_hung_up(options.answer_seconds)
        prompts = body["prompt"] if isinstance(body.get("prompt"), list) else [prompt_of(body)]
        many = range(len(prompts) * int(body.get("n") or 1))
        choices = [self._choice(i, prompts[i % len(prompts)], body, is_chat) for i in many]
        if options.garble:
            return {"object": "garbled", "choices": []}
        read = sum(len(tokens_of(str(prompt))) for prompt in prompts)
        written = sum(choice.pop("_tokens") for choice in choices)
        self.server.tokens += read + written
        return {
            "id": "cmpl-fake",
            "object": "chat.completion" if is_chat else "text_completion",
            "created": int(time.time()),
            "model": body["model"],
            "choices": choices,
            "usage": {
                "prompt_tokens": read,
                "completion_tokens": written,
                "total_tokens": read + written,
            },
        }

    def _choice(
        self, index: int, prompt: object, body: dict[str, Any], is_chat: bool
    ) -> dict[str, Any]:
        options, lacks = self.server.options, self.server.lacks
        text = answer_to(body, options.answer, lacks)
        words = tokens_of(text)[: body.get("max_tokens") or 1 << 30]
        cut = options.half or len(words) < len(tokens_of(text))
        if options.half:
            words = words[: len(words) // 2]
        choice: dict[str, Any] = {
            "index": index,
            "finish_reason": "length" if cut else "stop",
            "_tokens": len(words),
        }
        said = "".join(words)
        if is_chat:
            choice["message"] = {"role": "assistant", "content": said}
        else:
            choice["text"] = said
        if body.get("logprobs") not in (None, False) and "logprobs" not in lacks:
            named = [] if "token_logprobs" in lacks else body.get("logprob_token_ids") or []
            choice["logprobs"] = chat_logprobs(words, named) if is_chat else logprobs(words)
        if body.get("prompt_logprobs") is not None and "prompt_logprobs" not in lacks:
            choice["prompt_logprobs"] = prompt_logprobs(tokens_of(str(prompt)))
        return choice

    def _until_hung_up(self, seconds: float | None) -> None:
        """Waits, but no longer than the caller does; vLLM frees its slot then, too."""
        self.connection.settimeout(seconds)
        if seconds == 0:
            return
        try:
            if not self.connection.recv(1):
                raise ConnectionResetError
        except TimeoutError:
            self.connection.settimeout(None)

    def _send(self, status: int, answer: object) -> None:
        body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        try:
            self.send_response(status)
            kind = "text/plain" if isinstance(answer, str) else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


def prompt_of(body: Mapping[str, Any]) -> str:
    """What was asked, as one text."""
    if "messages" in body:
        return "\n".join(str(message.get("content", "")) for message in body["messages"])
    return str(body.get("prompt", ""))


def tokens_of(text: str) -> list[str]:
    """A tokenizer: words, numbers' digits, single marks; joined they are the text again."""
    return re.findall(r"\s*[^\W\d]+|\s*\d|\s*[^\w\s]|\s+", text)


def logprobs(words: list[str]) -> dict[str, Any]:
    return {
        "tokens": words,
        "token_logprobs": [-0.1] * len(words),
        "top_logprobs": [{word: -0.1} for word in words],
        "text_offset": [0] * len(words),
    }


def chat_logprobs(words: list[str], named: list[int]) -> dict[str, Any]:
    entries = [{"token": w, "logprob": -0.1, "bytes": list(w.encode())} for w in words]
    others = [{"token": str(number), "logprob": -1.0, "bytes": []} for number in named]
    return {"content": [{**entry, "top_logprobs": others or [entry]} for entry in entries]}


def prompt_logprobs(words: list[str]) -> list[Any]:
    said = [{str(i): {"logprob": -0.1, "rank": 1, "decoded_token": w}} for i, w in enumerate(words)]
    return [None, *said[1:]]


def answer_to(body: Mapping[str, Any], free: str, lacks: set[str]) -> str:
    """The shortest text that a request's constraint allows; else `free`.

    A constraint that it lacks is passed over without a word, as servers do.
    """
    asked = body.get("structured_outputs") or {}
    schema = asked.get("json")
    if (body.get("response_format") or {}).get("type") == "json_schema":
        schema = body["response_format"]["json_schema"]["schema"]
    if schema is not None and "json_schema" not in lacks:
        return json.dumps(shortest_value(json.loads(schema) if isinstance(schema, str) else schema))
    if "choice" in asked and "choice" not in lacks:
        return str(asked["choice"][0])
    if "regex" in asked and "regex" not in lacks:
        return shortest_match(asked["regex"])
    if "::=" not in asked.get("grammar", "::="):
        if "slices" in lacks:
            raise Refused(400, "Grammar error: EBNF lexer error at line 1, column 6")
        return shortest_in_lark(asked["grammar"])
    if "grammar" in asked and "grammar" not in lacks:
        return shortest_sentence(asked["grammar"])
    return free


def shortest_value(schema: Mapping[str, Any]) -> object:
    """A small value that a JSON Schema allows."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = "null" if "null" in kind else kind[0]
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: shortest_value(fields[name]) for name in schema.get("required", [])}
    if kind == "array":
        return [shortest_value(schema.get("items", {}))] * int(schema.get("minItems", 0))
    plain: dict[str, object] = {"string": "", "boolean": False, "null": None}
    return plain.get(str(kind), schema.get("minimum", 0))


def shortest_match(pattern: str) -> str:
    """A short text that a regular expression matches, by Python's own reading of it."""
    from re import _parser  # type: ignore[attr-defined]  # private, but it is the parser we need

    parts: list[str] = [_shortest_part(op, value) for op, value in _parser.parse(pattern)]
    return "".join(parts)


def _shortest_part(op: object, value: Any) -> str:
    name = str(op)
    if name == "LITERAL":
        return chr(value)
    if name == "IN":
        return _one_of(value)
    if name == "SUBPATTERN":
        return "".join(_shortest_part(*part) for part in value[3])
    if name == "BRANCH":
        ways = ["".join(_shortest_part(*part) for part in way) for way in value[1]]
        return min(ways, key=len)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        return "".join(_shortest_part(*part) for part in value[2]) * int(value[0])
    return "" if name == "AT" else "x"


def _one_of(members: list[Any]) -> str:
    name, value = str(members[0][0]), members[0][1]
    if name == "RANGE":
        return chr(value[0])
    if name == "CATEGORY":
        return {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " "}.get(str(value), "a")
    return chr(value) if name == "LITERAL" else "x"


def shortest_sentence(grammar: str) -> str:
    """A short sentence of a GBNF grammar, from its rule `root`."""
    text = re.sub(r"#[^\n]*", "", grammar)
    heads = list(re.finditer(r"([\w-]+)\s*::=", text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    rules = {h[1]: text[h.end() : end] for h, end in zip(heads, ends, strict=True)}
    return _Sentence(rules).of("root") or ""


def shortest_in_lark(grammar: str) -> str:
    """A short sentence of a Lark grammar without anonymous patterns, from its rule `start`."""
    rules: dict[str, str] = {}
    for line in grammar.splitlines():
        name, _, body = line.partition(": ")
        if body.startswith("%regex "):
            body = json.dumps(json.loads(body.removeprefix("%regex "))["substring_chunks"][0])
        rules[name] = body.partition(" & /")[0]
    return _Sentence(rules).of("start") or ""


class _Sentence:
    """Finds the shortest sentence of each rule; a rule within itself has none."""

    def __init__(self, rules: Mapping[str, str]) -> None:
        self._rules = rules
        self._open: set[str] = set()

    def of(self, rule: str) -> str | None:
        if rule in self._open or rule not in self._rules:
            return None
        self._open.add(rule)
        part = r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[\w-]+|[()|?*+]|\{[\d,]+\}'
        tokens = re.findall(part, self._rules[rule])
        found = self._choice(tokens)
        self._open.discard(rule)
        return found

    def _choice(self, tokens: list[str]) -> str | None:
        """Of alternatives the shortest; eats the tokens up to the closing bracket."""
        ways: list[str | None] = [""]
        while tokens and tokens[0] != ")":
            if tokens[0] == "|":
                tokens.pop(0)
                ways.append("")
                continue
            part = self._repeated(self._one(tokens), tokens)
            so_far = ways[-1]
            ways[-1] = None if so_far is None or part is None else so_far + part
        return min((way for way in ways if way is not None), key=len, default=None)

    def _one(self, tokens: list[str]) -> str | None:
        token = tokens.pop(0)
        if token == "(":
            inner = self._choice(tokens)
            tokens.pop(0)
            return inner
        if token.startswith('"'):
            return str(json.loads(token))
        if token.startswith("["):
            return "x" if token.startswith("[^") else token[1]
        return self.of(token)

    def _repeated(self, part: str | None, tokens: list[str]) -> str | None:
        if tokens and tokens[0] in ("?", "*"):
            tokens.pop(0)
            return ""
        if tokens and tokens[0] == "+":
            tokens.pop(0)
        elif tokens and tokens[0].startswith("{"):
            least = int(re.findall(r"\d+", tokens.pop(0))[0])
            return "" if least == 0 else part and part * least
        return part


def end(options: argparse.Namespace) -> None:
    """Ends the process at once, with last words."""
    if not options.exit_zero:
        say("Traceback (most recent call last):\nRuntimeError: it was told to die")
    os._exit(0 if options.exit_zero else 1)


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def check_memory(options: argparse.Namespace) -> None:
    """Ends with vLLM's words where more is asked for than there is."""
    words = ""
    if options.gpu_memory_utilization > options.free:
        asked = options.gpu_memory_utilization
        words = OUT_OF_MEMORY.format(free=24 * options.free, asked=asked, want=24 * asked)
    elif options.max_model_len > options.fits:
        words = WINDOW_TOO_LARGE.format(asked=options.max_model_len, fits=options.fits)
    if words:
        say(f"(EngineCore pid={os.getpid()}) ERROR {words}\n{FAILED}")
        sys.exit(1)


def start_cores(options: argparse.Namespace) -> list[subprocess.Popen[bytes]]:
    """Processes that hold on to what a GPU would be, and do not listen to a polite word."""
    program = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('core ready', flush=True)\n"
        "time.sleep(3600)\n"
    )
    command = [sys.executable, "-IS", "-c", program, "fake-core"]
    return [
        subprocess.Popen([*command, kind], start_new_session=kind == "session")
        for kind in options.child
    ]


def watch(cores: list[subprocess.Popen[bytes]]) -> None:
    """Ends with status 0 when a core is gone, as vLLM does."""
    for core in cores:

        def wait(core: subprocess.Popen[bytes] = core) -> None:
            core.wait()
            say("EngineDeadError: EngineCore encountered an issue.")
            os._exit(0)

        threading.Thread(target=wait, daemon=True).start()


def on_term(cores: list[subprocess.Popen[bytes]]) -> None:
    for core in cores:
        core.kill()
    os._exit(0)


def serve(options: argparse.Namespace) -> None:
    os.write(1, b"INFO this would break a protocol on standard output\n")
    if options.ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for _ in range(options.chatty // 100):
        say("x" * 99)
    cores = start_cores(options)
    if not options.ignore_term:
        signal.signal(signal.SIGTERM, lambda *_: on_term(cores))
    watch(cores)
    if "TMPDIR" in os.environ:  # where somebody looks after it
        tempfile.mkstemp(prefix="vllm_dist_")  # as vLLM does, which never removes it
    say(f"Starting to load model {options.model or options.model_tag}...")
    time.sleep(3600 if options.hang == "load" else options.load_seconds)
    if options.die == "load":
        end(options)
    check_memory(options)
    server = Fake(options)
    say("Application startup complete.")
    if options.die == "ready":
        threading.Timer(0.2, end, [options]).start()
    server.serve_forever()


def main() -> None:
    top, serving = parsers()
    options = top.parse_args()
    if options.command != "serve":
        top.print_help()
    elif options.help:
        serving.print_help()
    else:
        serve(options)


if __name__ == "__main__":
    main()
