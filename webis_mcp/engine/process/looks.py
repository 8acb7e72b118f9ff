"""Looks at a vLLM server on loopback: whether it is well, is ours, and how much it has to do."""

from __future__ import annotations

import http.client
import json
import re
from contextlib import closing
from dataclasses import dataclass

SECONDS = 5.0
"""Longest time for one look."""

LARGEST = 4_000_000
"""Bytes of an answer that are read."""

_SAMPLE = re.compile(r"^vllm:(\w+?)(?:\{[^\n]*\})? ([\d.e+]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Work:
    """What a server has to do.

    Attributes:
        running, waiting: requests.
        tokens: read and written since it started.
    """

    running: int = 0
    waiting: int = 0
    tokens: int = 0


def get(port: int, path: str, key: str = "") -> tuple[int, bytes]:
    """Status and body of a page of the server.

    Raises:
        OSError, http.client.HTTPException: it does not answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    with closing(connection):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(LARGEST)


def is_healthy(port: int) -> bool:
    """Whether the server says that it is well."""
    try:
        return get(port, "/health")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def is_ours(port: int, key: str, model: str) -> bool:
    """Whether it is the server that we started: it serves our model, to our key and to no other."""
    try:
        status, body = get(port, "/v1/models", key)
        models = [entry["id"] for entry in json.loads(body)["data"]] if status == 200 else []
        return models == [model] and get(port, "/v1/models", "not-the-key")[0] == 401
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False


def work_of(port: int) -> Work | None:
    """What it has to do, if it tells."""
    try:
        status, body = get(port, "/metrics")
    except (OSError, http.client.HTTPException):
        return None
    return parse_metrics(body.decode(errors="replace")) if status == 200 else None


def parse_metrics(text: str) -> Work:
    """What the lines for Prometheus say, over all engines behind one server."""
    sums: dict[str, float] = {}
    for name, value in _SAMPLE.findall(text):
        sums[name] = sums.get(name, 0.0) + float(value)
    return Work(
        running=int(sums.get("num_requests_running", 0)),
        waiting=int(sums.get("num_requests_waiting", 0)),
        tokens=int(sums.get("prompt_tokens_total", 0) + sums.get("generation_tokens_total", 0)),
    )
