"""Writes docs/troubleshooting.md from the messages that the code knows: `python -m tests.guide`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from webis_mcp.service.diagnosis.messages import cuda, hub, memory, serving
from webis_mcp.service.diagnosis.messages.known import Known

PATH = Path(__file__).parents[1] / "docs" / "troubleshooting.md"

INTRODUCTION = """\
# Troubleshooting

Ask the agent to call [`diagnose_environment`](reference/tools.md#diagnose_environment), or in a
shell:

```
webis-mcp doctor                     # looks at everything; exit code 1 when there is a problem
webis-mcp doctor --error vllm.log    # recognises what stands in a log; - for standard input
webis-mcp doctor --language zh       # 处理办法用中文
```

It says what it saw, and the one thing to do as a command for your system. The commands on this page
hold for all systems; the report's are better. Below are the messages that it knows, by their words,
under what they are about. Where a message varies there is a `…`. After each stand the checks that
look for it on your machine.

A machine without a GPU has no fault: the embedded engine answers.
"""

FAMILIES = (
    ("Keys, ports, answers, package locks", serving.MESSAGES),
    ("Memory", memory.MESSAGES),
    ("GPU, CUDA, compiler", cuda.MESSAGES),
    ("The model and the hub", hub.MESSAGES),
)


def guide() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    for name, messages in FAMILIES:
        yield f"## {name}\n"
        for known in messages:
            yield from _section(known)


def _section(known: Known) -> Iterator[str]:
    yield f"### {known.heading}\n"
    yield f"{known.cause.en}\n"
    yield f"**Do:** {known.remedy.said.en}\n"
    if known.remedy.command:
        yield f"```\n{known.remedy.command}\n```\n"
    yield f"{known.cause.zh} **处理：** {known.remedy.said.zh}\n"
    yield f"Checks: {', '.join(f'`{name}`' for name in known.checks)}.\n"


if __name__ == "__main__":
    PATH.write_text(guide(), encoding="utf-8")
