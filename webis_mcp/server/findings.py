"""A report on the environment as the world reads it: a wire model, and the same facts as text.

Knows nothing of MCP; the command line writes the same. The service's own nouns are not imported
while the server runs without a question to answer with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from webis_mcp.server.wire import Wire, Words

if TYPE_CHECKING:
    from webis_mcp.service.diagnosis.model import Finding, Language, Recognised, Report

VerdictWord = Literal["ok", "warning", "problem", "not_applicable"]

LABELS: dict[str, dict[str, str]] = {
    "en": {
        "problem": "PROBLEM",
        "warning": "WARNING",
        "ok": "OK",
        "not_applicable": "NOT APPLICABLE",
        "summary": "{problems} problems, {warnings} warnings.",
        "saw": "Saw",
        "do": "Do",
        "run": "Run",
        "why": "Why",
        "rests_on": "Rests on",
        "recognised": "Recognised",
        "line": "In the text",
        "cause": "Cause",
        "also": "Also in the text",
        "shown": "This machine shows it now.",
        "not_shown": "This machine does not show it now.",
        "untold": "Whether this machine shows it now cannot be told.",
        "unknown": "The text holds no message that is known. What is nearest to it was looked at:",
        "versions": "Versions, for a bug report:",
    },
    "zh": {
        "problem": "问题",
        "warning": "警告",
        "ok": "正常",
        "not_applicable": "不适用",
        "summary": "{problems} 个问题，{warnings} 个警告。",
        "saw": "所见",
        "do": "处理",
        "run": "命令",
        "why": "原因",
        "rests_on": "依据",
        "recognised": "识别为",
        "line": "原文",
        "cause": "原因",
        "also": "文中还有",
        "shown": "本机目前存在此问题。",
        "not_shown": "本机目前没有此问题。",
        "untold": "无法判断本机目前是否存在此问题。",
        "unknown": "文中没有已知的报错。已检查与之最接近的项目：",
        "versions": "版本信息（用于报告问题）：",
    },
}

Paint = Callable[[str, str], str]
"""Gives a text the colour of a verdict."""


class WireFinding(Wire):
    """What one check saw."""

    check: str
    verdict: VerdictWord
    saw: Words
    remedy: Words | None = Field(default=None, description="The one thing to do.")
    command: Words | None = Field(default=None, description="The command that does it here.")
    why: Words | None = None
    rests_on: list[Words] | None = Field(
        default=None, description="Settings as the server sees them, on which it rests."
    )


class WireRecognised(Wire):
    """What the pasted text means."""

    code: str
    heading: str = Field(description="The message as docs/troubleshooting.md has it.")
    line: Words = Field(description="The line that told.")
    cause: Words
    remedy: Words
    command: Words | None = None
    shown_here: bool | None = Field(
        default=None, description="Whether this machine shows it now; absent: cannot be told."
    )
    also: list[str] | None = Field(default=None, description="Other messages in the text.")


class WireReport(Wire):
    """The state of the environment, findings in order of gravity."""

    problems: int
    warnings: int
    recognised: WireRecognised | None = None
    unknown_text: bool | None = Field(
        default=None, description="True where error_text is not a message that is known."
    )
    findings: list[WireFinding]
    versions: dict[str, Words] = Field(description="For a bug report.")


def wire_report(report: Report, *, language: Language = "en") -> WireReport:
    """The wire model of a report, in one language."""
    findings = [_wire_finding(finding, language) for finding in report.findings]
    known = report.recognised
    return WireReport(
        problems=sum(finding.verdict == "problem" for finding in findings),
        warnings=sum(finding.verdict == "warning" for finding in findings),
        recognised=_wire_recognised(known, language) if known else None,
        unknown_text=report.unknown_text or None,
        findings=findings,
        versions=dict(report.versions),
    )


def _wire_finding(finding: Finding, language: Language) -> WireFinding:
    remedy = finding.remedy
    return WireFinding(
        check=finding.check,
        verdict=finding.verdict.value,
        saw=finding.saw,
        remedy=remedy.said.to(language) if remedy else None,
        command=remedy.command if remedy else None,
        why=finding.why.to(language) if finding.why else None,
        rests_on=list(finding.rests_on) or None,
    )


def _wire_recognised(known: Recognised, language: Language) -> WireRecognised:
    return WireRecognised(
        code=known.code,
        heading=known.heading,
        line=known.line,
        cause=known.cause.to(language),
        remedy=known.remedy.said.to(language),
        command=known.remedy.command,
        shown_here=known.shown_here,
        also=list(known.also) or None,
    )


def plain(verdict: str, text: str) -> str:
    """The text as it is."""
    return text


def render_report(answer: WireReport, *, language: Language = "en", paint: Paint = plain) -> str:
    """The same facts as text, for a person and for a model."""
    words = LABELS[language]
    summary = words["summary"].format(problems=answer.problems, warnings=answer.warnings)
    lines = [summary, ""]
    if answer.recognised:
        lines += [*_recognised_lines(answer.recognised, words), ""]
    if answer.unknown_text:
        lines += [words["unknown"], ""]
    for verdict, findings in groupby(answer.findings, key=lambda finding: finding.verdict):
        lines += [*_group_lines(verdict, list(findings), words, paint), ""]
    lines += [words["versions"], *(f"  {name}: {it}" for name, it in answer.versions.items())]
    return "\n".join(lines)


def _recognised_lines(known: WireRecognised, words: dict[str, str]) -> Iterator[str]:
    yield f"{words['recognised']}: {known.heading} ({known.code})"
    yield f"  {words['line']}: {known.line}"
    yield f"  {words['cause']}: {known.cause}"
    yield f"  {words['do']}: {known.remedy}"
    if known.command:
        yield f"  {words['run']}: {known.command}"
    if known.also:
        yield f"  {words['also']}: {'; '.join(known.also)}"
    told = {True: "shown", False: "not_shown", None: "untold"}[known.shown_here]
    yield f"  {words[told]}"


def _group_lines(
    verdict: str, findings: list[WireFinding], words: dict[str, str], paint: Paint
) -> Iterator[str]:
    """What is wrong, each with all its lines; what is not, in a line each."""
    label = paint(verdict, words[verdict])
    if verdict in ("problem", "warning"):
        for finding in findings:
            yield f"{label} {finding.check}"
            yield from _full_lines(finding, words)
        return
    yield f"{label} ({len(findings)})"
    by_words: dict[str, list[WireFinding]] = {}
    for finding in findings:
        by_words.setdefault(finding.saw, []).append(finding)
    for saw, same in by_words.items():
        yield f"  {', '.join(finding.check for finding in same)}: {saw}"
        for finding in same:
            yield from _full_lines(finding, words, but_saw=True)


def _full_lines(
    finding: WireFinding, words: dict[str, str], *, but_saw: bool = False
) -> Iterator[str]:
    told = {
        "saw": None if but_saw else finding.saw,
        "do": finding.remedy,
        "run": finding.command,
        "why": finding.why,
        "rests_on": ", ".join(finding.rests_on or ()),
    }
    for name, text in told.items():
        if text:
            yield f"  {'  ' if but_saw else ''}{words[name]}: {text}"
