"""An engine that failed is told with what to do, which a caller can pass on."""

from __future__ import annotations

from webis_mcp.errors import EngineError, EngineNotReady
from webis_mcp.service.explaining import explained

NO_COMPILER = (
    "RuntimeError: Failed to find C compiler. Please specify via CC environment variable.",
)


def test_last_words_that_are_known_become_a_remedy() -> None:
    told = explained(EngineError("vLLM failed: exit status 1."), NO_COMPILER)
    assert "vLLM failed: exit status 1." in told.message
    assert "compiler" in told.hint
    assert "diagnose_environment" in told.hint


def test_last_words_that_are_not_known_lead_to_the_diagnosis() -> None:
    assert "diagnose_environment" in explained(EngineError("It failed."), ("boom",)).hint


def test_a_remedy_that_is_there_stays() -> None:
    failure = EngineError("It failed.", hint="Free the GPU.")
    assert explained(failure, NO_COMPILER) is failure


def test_what_is_only_not_ready_is_no_failure() -> None:
    failure = EngineNotReady("It is starting.")
    assert explained(failure, NO_COMPILER) is failure
