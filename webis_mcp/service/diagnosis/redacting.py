"""What is repeated of a text without its secrets: tokens, keys, passwords in URLs."""

from __future__ import annotations

import re

HIDDEN = "[hidden]"

_SECRETS = (
    (re.compile(r"(?<=//)[^\s/@'\"]+(?=@)"), HIDDEN),
    (re.compile(r"\b(?:hf|wbs|sk|ghp|gho|github_pat|xox[abp])[_-][\w-]{8,}"), HIDDEN),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"((?:api[_-]?key|token|secret|passw(?:or)?d)['\"]?\s*[=:]\s*['\"]?)"
            r"[^\s'\",;&]{6,}",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(r"(--[\w-]{0,40}(?:key|token|secret|password)\s+)\S{6,}", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
)


def redact(text: str) -> str:
    """The text with `[hidden]` where a secret was."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
