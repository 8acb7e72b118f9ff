"""What a server knows of its engine stands in the report as the report has it."""

from __future__ import annotations

import time

from webis_mcp.engine import EngineStatus
from webis_mcp.engine.vllm.counts import Counts, Ended
from webis_mcp.server.known import known_to


def test_an_engine_that_nobody_wanted_is_none() -> None:
    assert known_to(EngineStatus("absent"), Counts(), None).engine is None


def test_an_engine_that_failed_is_told_with_its_last_words() -> None:
    status = EngineStatus("failed", "exit status 1", model="tiny", last_words=("boom",))
    seen = known_to(status, Counts(), None).engine
    assert seen
    assert (seen.state, seen.model, seen.last_words) == ("failed", "tiny", ("boom",))


def test_how_long_it_starts_already_is_told() -> None:
    seen = known_to(EngineStatus("starting", since=time.time() - 40), Counts(), None).engine
    assert seen
    assert seen.seconds >= 40


def test_how_answers_ended_is_told() -> None:
    counts = Counts()
    counts.ended.append(Ended("length", 0, 900, 100, 100, 1000))
    (answer,) = known_to(EngineStatus("ready"), counts, None).answers
    assert (answer.finish_reason, answer.window) == ("length", 1000)
