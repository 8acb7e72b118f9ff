"""Finds in a text the message that tells most, whatever stands around it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from webis_mcp.service.diagnosis.messages import cuda, hub, memory, serving
from webis_mcp.service.diagnosis.messages.known import Known
from webis_mcp.service.diagnosis.model import Recognised, Remedy, Said
from webis_mcp.service.diagnosis.redacting import redact

MESSAGES: tuple[Known, ...] = (
    *cuda.MESSAGES,
    *memory.MESSAGES,
    *hub.MESSAGES,
    *serving.MESSAGES,
)

MOST_TEXT = 200_000
"""Characters of a text that are read, from its end: a server's whole log may be pasted."""

LINE_SHOWN = 300
"""Characters of the telling line that are repeated."""

CONTEXT_GIB, LEAST_GIB = 0.6, 3.0
"""Estimates of what vLLM's CUDA context takes, and of what the smallest model needs."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def _pattern(says: str) -> re.Pattern[str]:
    """A terminal may have broken the line anywhere, hence any white space for a space."""
    return re.compile(says.replace(" ?", r"\s*").replace(" ", r"\s+"))


_PATTERNS = tuple((known, tuple(_pattern(says) for says in known.says)) for known in MESSAGES)

NEAREST: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"cuda|gpu|nvidia|nvml|nccl|torch", ("gpu", "gpu_memory", "cuda_libraries", "gpu_kernels")),
    (r"compil|gcc|clang|triton|ninja", ("compiler",)),
    (r"hugging|hub|download|model|token", ("model", "hub", "disk")),
    (
        r"http|connect|proxy|ssl|tls|certif|timed? ?out|dns|resolve",
        ("hub", "certificates", "clock"),
    ),
    (r"memory|killed|alloc|oom", ("memory", "gpu_memory", "shared_memory")),
    (r"shm|shared", ("shared_memory",)),
    (r"disk|space|write|no such file", ("disk", "model")),
    (r"key|auth|forbidden|denied|403|401", ("keys",)),
    (r"apt|dpkg|lock", ("package_locks",)),
    (r"port|socket|bind|listen", ("port",)),
    (r"engine|vllm|server|exit|crash", ("engine", "stray_engines")),
    (r"answer|output|json|empty|truncat", ("answers",)),
)
"""Words of a text that is not known, and the checks that are nearest to it."""


@dataclass(frozen=True, slots=True)
class Match:
    """A message that was found in a text."""

    known: Known
    found: re.Match[str]


def matches(text: str) -> list[Match]:
    """Every message that a text holds, the most telling first; of equals the last in the text."""
    text = _COLOURS.sub("", text[-MOST_TEXT:])
    found = [Match(known, match) for known, says in _PATTERNS if (match := _last(says, text))]
    return sorted(found, key=lambda one: (one.known.depth, -one.found.start()))


def _last(says: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    """The last place of the first wording that is there."""
    for pattern in says:
        found = list(pattern.finditer(text))
        if found:
            return found[-1]
    return None


def recognise(text: str) -> Recognised | None:
    """What a text means, if it holds a message that we know. Looks at nothing but the text."""
    found = matches(text)
    return recognised(found) if found else None


def recognised(found: list[Match]) -> Recognised:
    """What messages mean together: the first is the cause of the others."""
    first = found[0]
    return Recognised(
        code=first.known.code,
        heading=first.known.heading,
        line=_line(first.found),
        cause=first.known.cause,
        remedy=_remedy(first),
        also=tuple(other.known.heading for other in found[1:]),
    )


def checks_for(found: list[Match]) -> tuple[str, ...]:
    """The checks that look for what the first message says."""
    return found[0].known.checks


def nearest_checks(text: str) -> tuple[str, ...]:
    """The checks that a text which is not known has most to do with; none if with none."""
    words = text[-MOST_TEXT:].lower()
    near = [name for pattern, names in NEAREST if re.search(pattern, words) for name in names]
    return tuple(dict.fromkeys(near))


def _remedy(match: Match) -> Remedy:
    figures = {name: value for name, value in match.found.groupdict().items() if value}
    told = match.known.figures
    if "total" in figures:
        figures = _share(float(figures["free"]), float(figures["total"]))
    if told is None or not figures:
        return match.known.remedy
    said = told.said
    return Remedy(Said(said.en.format(**figures), said.zh.format(**figures)), told.command)


def _share(free: float, total: float) -> dict[str, str]:
    """The share of a GPU that fits into so many GiB; none where that is too little to work in."""
    share = math.floor(100 * (free - CONTEXT_GIB) / total) / 100 if total else 0
    return {"share": f"{share:g}"} if share * total >= LEAST_GIB else {}


def _line(match: re.Match[str]) -> str:
    """The line in which a message stands; of a long one what follows from the message on.

    What is left out is left out before secrets are looked for, so it must not begin within one.
    """
    text, start, end = match.string, match.start(), match.end()
    first = text.rfind("\n", 0, start) + 1
    if start - first > LINE_SHOWN // 2:
        first = start
    stop = text.find("\n", end)
    line = text[first : stop if stop >= 0 else len(text)][: 10 * LINE_SHOWN]
    return redact(" ".join(line.split()))[:LINE_SHOWN]
