"""Why an engine failed, for the one who asked: what its last words mean, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from webis_mcp.errors import EngineError, EngineNotReady

ASK = "diagnose_environment tells more."


def explained(failure: EngineError, last_words: Sequence[str]) -> EngineError:
    """The failure with a remedy: its own, else that of the message that its last words hold."""
    if isinstance(failure, EngineNotReady) or not last_words or failure.hint:
        return failure
    from webis_mcp.service.diagnosis.messages.recognising import recognise  # only now needed

    meant = recognise("\n".join(last_words))
    if meant is None:
        return type(failure)(failure.message, hint=ASK)
    command = f" ({meant.remedy.command})" if meant.remedy.command else ""
    hint = f"{meant.remedy.said.en.rstrip('.')}{command}. {ASK}"
    return type(failure)(f"{failure.message} {meant.cause.en}", hint=hint)
