"""The command `doctor`: the report on the environment, coloured on a terminal, or as JSON."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import anyio

from webis_mcp.server.diagnosing import Diagnose
from webis_mcp.server.findings import plain, render_report, wire_report
from webis_mcp.server.shell.page import read_source

if TYPE_CHECKING:
    from webis_mcp.service.diagnosis.model import Language

HAS_PROBLEM = 1

_COLOURS = {"problem": "1;31", "warning": "1;33", "ok": "32", "not_applicable": "2"}


def run_doctor(arguments: argparse.Namespace, diagnose: Diagnose, *, in_colour: bool) -> int:
    """Reports on the environment; returns the exit code."""
    error_text = read_error(arguments.error)

    async def run() -> int:
        return await tell_report(
            diagnose,
            error_text,
            as_json=arguments.json,
            language=arguments.language,
            in_colour=in_colour,
        )

    return anyio.run(run)


async def tell_report(
    diagnose: Diagnose,
    error_text: str | None,
    *,
    as_json: bool,
    language: Language,
    in_colour: bool,
) -> int:
    """Writes the report to standard output; returns the exit code."""
    report = await diagnose(error_text, None)
    answer = wire_report(report, language=language)
    if as_json:
        text = answer.to_json()
    else:
        text = render_report(answer, language=language, paint=painted if in_colour else plain)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()  # here, where a reader that has gone is noticed
    return HAS_PROBLEM if report.has_problem else 0


def painted(verdict: str, text: str) -> str:
    """The text in the colour of a verdict, as a terminal shows it."""
    return f"\x1b[{_COLOURS[verdict]}m{text}\x1b[0m"


def read_error(source: str | None) -> str | None:
    """The error message in a file or on standard input, if one was named.

    Raises:
        InvalidInput: there is no such file, or it cannot be read.
    """
    return read_source(source).decode("utf-8", "replace") if source is not None else None
