"""The nouns: check, finding, report; and what others hand in of what they alone know.

Knows nothing of how one looks, nor of who reads the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Language = Literal["en", "zh"]


class Verdict(StrEnum):
    """How it stands, worst first."""

    PROBLEM = "problem"
    WARNING = "warning"
    OK = "ok"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in the languages that we speak."""

    en: str
    zh: str

    def to(self, language: Language) -> str:
        """The sentence in one language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Remedy:
    """The one thing to do, and the command for this system that does it, where one does."""

    said: Said
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw.

    Attributes:
        saw: with figures, in English: it is meant for a bug report too.
        why: why it matters, or why it is no matter.
        rests_on: settings as this server sees them, on which the finding rests.
    """

    check: str
    verdict: Verdict
    saw: str
    remedy: Remedy | None = None
    why: Said | None = None
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """What an error message means.

    Attributes:
        heading: the message in its own words, as the guide has it.
        line: the line that told, without secrets.
        shown_here: whether this machine shows the fault now; None where no look can tell.
        also: other messages that were found in the same text.
    """

    code: str
    heading: str
    line: str
    cause: Said
    remedy: Remedy
    shown_here: bool | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, worst first.

    Attributes:
        recognised: what the pasted text is, where one was pasted and is known.
        unknown_text: whether one was pasted that is not known.
        versions: of all that may matter, for a bug report.
    """

    findings: tuple[Finding, ...]
    versions: Mapping[str, str]
    recognised: Recognised | None = None
    unknown_text: bool = False

    @property
    def has_problem(self) -> bool:
        """Whether anything has to be put right."""
        return any(finding.verdict is Verdict.PROBLEM for finding in self.findings)


@dataclass(frozen=True, slots=True)
class EngineSeen:
    """What whoever keeps a vLLM knows of it.

    Attributes:
        state: `stopped` before it is first needed, then as its keeper says.
        pid: its process, while there is one.
        port: where it listens, or is to listen.
        exit_status: of the process that ended last; vLLM gives 0 when it dies, too.
        last_words: the last lines that it printed.
    """

    state: Literal["stopped", "starting", "ready", "failed"]
    model: str | None = None
    pid: int | None = None
    port: int | None = None
    seconds: float = 0.0
    exit_status: int | None = None
    last_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSeen:
    """How one answer of a model ended.

    Attributes:
        window: tokens that the model takes, prompt and answer together, if known.
    """

    finish_reason: str
    characters: int
    prompt_tokens: int
    answer_tokens: int
    max_tokens: int
    window: int | None = None


@dataclass(frozen=True, slots=True)
class KeysSeen:
    """The key file as the server sees it.

    Attributes:
        mode: the file's permissions; None where there are none, or no file.
        plain: keys that stand there as they are, instead of their digest.
        trouble: why it cannot be read, if so.
    """

    path: str
    exists: bool
    http: bool = False
    mode: int | None = None
    valid: int = 0
    expired: int = 0
    revoked: int = 0
    plain: int = 0
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What the server knows and no look could tell.

    Attributes:
        ports: host and port that we mean to listen on and do not yet.
    """

    engine: EngineSeen | None = None
    answers: tuple[AnswerSeen, ...] = ()
    keys: KeysSeen | None = None
    ports: tuple[tuple[str, int], ...] = field(default=())
