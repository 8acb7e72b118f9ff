"""The tool `diagnose_environment`: what it says of itself, and what it is asked.

The checks are imported when the first question comes: the server starts without them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from mcp.types import CallToolResult, TextContent
from pydantic import Field

from webis_mcp.server.findings import WireReport, render_report, wire_report
from webis_mcp.settings import Settings

if TYPE_CHECKING:
    from webis_mcp.service.diagnosis.model import HandedIn, Report

DESCRIBED = """\
Look at the environment of this server and say what is wrong and the one thing to do: keys, GPU, \
driver and memory, CUDA libraries, C compiler, model and hub, proxy, disk, the engine's state and \
its last words, cut-off answers, package locks. Use it when a call failed because of the engine, \
when engine=vllm is refused, or when a user pastes an error message: pass that as error_text, \
traceback and all.

Returns findings in order of gravity, each with check, verdict (ok, warning, problem, \
not_applicable), what was seen, the remedy and its command for this system, and why; and versions \
for a bug report. It only reads, takes at most 6 s, and repeats no secrets. Commands are for the \
user to run or to approve."""

INSTRUCTION = " When an engine fails or the user has an error message, use diagnose_environment."

ErrorText = Annotated[
    str | None,
    Field(
        description="An error message or log to recognise; then only what belongs to it is looked"
        " at. Default: none."
    ),
]
CheckNames = Annotated[
    list[str] | None,
    Field(
        description="Checks to make: engine, gpu, gpu_memory, gpu_kernels, cuda_libraries,"
        " compiler, model, hub, certificates, clock, disk, shared_memory, memory, open_files,"
        " stray_engines, port, answers, keys, package_locks. Default: none named, so all."
    ),
]
LanguageChoice = Annotated[
    Literal["en", "zh"],
    Field(description="Language of remedies and reasons: en or zh. Default: en."),
]

ReportAnswer = Annotated[CallToolResult, WireReport]

Diagnose = Callable[[str | None, Sequence[str] | None], "Awaitable[Report]"]
"""Makes a report on an error text and the checks that are named, or on all."""


def diagnose_for(settings: Settings, known: Callable[[], HandedIn] | None = None) -> Diagnose:
    """Looks at the environment of a server with these settings.

    Args:
        known: tells what the server knows now and no look could: engine, answers, keys, ports.
    """

    async def diagnose(error_text: str | None, checks: Sequence[str] | None) -> Report:
        from webis_mcp.service.diagnosis.report import diagnose

        return await diagnose(
            settings, known=known() if known else None, error_text=error_text, checks=checks
        )

    return diagnose


def report_result(report: Report, language: Literal["en", "zh"]) -> CallToolResult:
    """The report twice, as for every tool."""
    answer = wire_report(report, language=language)
    return CallToolResult(
        content=[TextContent(text=render_report(answer, language=language))],
        structured_content=answer.model_dump(mode="json", exclude_none=True),
    )
