"""Figures of the server, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

from prometheus_client import (
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    registry,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from webis_mcp.engine import EngineState, EngineStatus
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.server.calls import Call
from webis_mcp.server.http.answers import send_bytes
from webis_mcp.server.http.front import Asked

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

OF_A_MODEL = {
    "requests": "Requests to the model's server.",
    "blocks": "Blocks that a model was asked about.",
    "tokens_in": "Tokens of prompts.",
    "tokens_out": "Tokens of answers.",
    "repairs": "Answers asked for once more.",
}


class Judged(registry.Collector):
    """What judging by a model has come to, read where it is counted."""

    def __init__(self, engine: Callable[[], EngineStatus], counts: Counts) -> None:
        self._engine = engine
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        counts = self._counts
        by_label = {
            "pages_judged": ("Pages judged.", "engine", counts.pages),
            "fallbacks": ("Pages that a model should have judged.", "reason", counts.fallbacks),
        }
        for name, (words, label, values) in by_label.items():
            figure = CounterMetricFamily(f"webis_{name}", words, labels=(label,))
            for value, count in values.items():
                figure.add_metric((value,), count)
            yield figure
        for name, words in OF_A_MODEL.items():
            yield CounterMetricFamily(f"webis_model_{name}", words, value=getattr(counts, name))
        state = GaugeMetricFamily("webis_engine_state", "1 for how it is.", labels=("state",))
        for each in get_args(EngineState):
            state.add_metric((each,), each == self._engine().state)
        yield state


class Metrics:
    """Counts answers and calls, and tells.

    Args:
        keys: how many keys open something now.
        engine: how the engine is that has a model.
        counts: what judging by a model has come to.
    """

    def __init__(
        self, keys: Callable[[], int], engine: Callable[[], EngineStatus], counts: Counts
    ) -> None:
        self._figures = CollectorRegistry()
        own = ("", "", "", self._figures)  # no prefixes, no unit; not among the whole process's
        self._answers = Counter("webis_http_answers", "Answers.", ("path", "status"), *own)
        self._calls = Counter("webis_tool_calls", "Calls.", ("tool", "outcome"), *own)
        self._seconds = Histogram(
            "webis_tool_seconds", "Seconds that a call took.", ("tool",), *own, buckets=SECONDS
        )
        self._in_work = Gauge("webis_tool_calls_in_work", "Calls in work now.", (), *own)
        usable = Gauge("webis_keys_usable", "Keys that open something.", (), *own)
        usable.set_function(keys)
        self._figures.register(PROCESS_COLLECTOR)
        self._figures.register(Judged(engine, counts))

    def answered(self, path: str, status: int) -> None:
        """An answer has gone out, or its client has gone (status 0)."""
        self._answers.labels(path, str(status)).inc()

    def began(self, call: Call) -> None:
        """A call of a tool has begun."""
        self._in_work.inc()

    def ended(self, call: Call) -> None:
        """A call of a tool has ended."""
        self._in_work.dec()
        self._calls.labels(call.tool, call.outcome).inc()
        self._seconds.labels(call.tool).observe(call.seconds)

    async def answer(self, asked: Asked) -> None:
        """Sends the figures."""
        await send_bytes(asked.send, 200, self.text(), CONTENT_TYPE_LATEST.encode())

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self._figures)
