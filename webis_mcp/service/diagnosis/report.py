"""The report: which checks are made, side by side, each bounded; worst first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import anyio
import psutil

from webis_mcp.errors import InvalidInput
from webis_mcp.service.diagnosis.checks.answers import answers
from webis_mcp.service.diagnosis.checks.clock import certificates, clock
from webis_mcp.service.diagnosis.checks.compiler import compiler
from webis_mcp.service.diagnosis.checks.engine import engine, port, stray_engines
from webis_mcp.service.diagnosis.checks.gpu import gpu, gpu_kernels
from webis_mcp.service.diagnosis.checks.hub import hub
from webis_mcp.service.diagnosis.checks.keys import keys
from webis_mcp.service.diagnosis.checks.libraries import cuda_libraries
from webis_mcp.service.diagnosis.checks.limits import memory, open_files, shared_memory
from webis_mcp.service.diagnosis.checks.locks import package_locks
from webis_mcp.service.diagnosis.checks.memory import gpu_memory
from webis_mcp.service.diagnosis.checks.model import disk, model
from webis_mcp.service.diagnosis.looking import CHECK_SECONDS, Overran, Unseen
from webis_mcp.service.diagnosis.messages.recognising import (
    Match,
    checks_for,
    matches,
    nearest_checks,
    recognised,
)
from webis_mcp.service.diagnosis.model import Finding, HandedIn, Recognised, Report, Verdict
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.redacting import redact
from webis_mcp.service.diagnosis.scene import Scene, open_scene
from webis_mcp.service.diagnosis.versions import tell_versions
from webis_mcp.settings import Settings

GRAVITY = (Verdict.PROBLEM, Verdict.WARNING, Verdict.OK, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Check:
    """One look with a name; a look gives one finding."""

    name: str
    look: Callable[[Scene], Awaitable[Finding]]


CHECKS = tuple(
    Check(look.__name__, look)
    for look in (
        engine,
        gpu,
        gpu_memory,
        gpu_kernels,
        cuda_libraries,
        compiler,
        model,
        hub,
        certificates,
        clock,
        disk,
        shared_memory,
        memory,
        open_files,
        stray_engines,
        port,
        answers,
        keys,
        package_locks,
    )
)
"""All there are, what matters most first."""

NAMES = tuple(check.name for check in CHECKS)


async def diagnose(
    settings: Settings,
    *,
    known: HandedIn | None = None,
    error_text: str | None = None,
    checks: Sequence[str] | None = None,
    place: Place | None = None,
) -> Report:
    """Looks at the environment, or for what an error message says.

    Args:
        known: what the server knows and no look could tell.
        error_text: a message to recognise; then only the checks are made that belong to it.
        checks: names of those to make instead of all.
        place: where to look; by default where things are.

    Raises:
        InvalidInput: a check is not one of NAMES.
    """
    found = matches(error_text or "")
    chosen = choose(checks, found, error_text)
    handed = _with_port(known or HandedIn(), found)
    insist = bool(checks) or bool(error_text)
    findings: dict[str, Finding] = {}
    told: dict[str, str] = {}
    async with anyio.create_task_group() as tasks:
        scene = open_scene(tasks, settings, place or Place(), handed, insist=insist)
        async with anyio.create_task_group() as group:
            for check in chosen:
                group.start_soon(_make, check, scene, findings)
            group.start_soon(tell_versions, scene, told)
        tasks.cancel_scope.cancel()
    ordered = sorted(
        (findings[check.name] for check in chosen), key=lambda one: GRAVITY.index(one.verdict)
    )
    return Report(
        findings=tuple(ordered),
        versions=told,
        recognised=_recognised(found, ordered),
        unknown_text=bool(error_text and error_text.strip()) and not found,
    )


def choose(checks: Sequence[str] | None, found: list[Match], error_text: str | None) -> list[Check]:
    """The checks to make, in the order of CHECKS.

    Raises:
        InvalidInput: a name is not known.
    """
    names = checks or (checks_for(found) if found else nearest_checks(error_text or "")) or NAMES
    for name in names:
        if name not in NAMES:
            raise InvalidInput(f"There is no check {name!r}.", hint=f"Known: {', '.join(NAMES)}.")
    return [check for check in CHECKS if check.name in names]


def _with_port(known: HandedIn, found: list[Match]) -> HandedIn:
    """A message may name the port that it is about."""
    for match in found[:1]:
        figures = match.found.groupdict()
        number = int(figures.get("port") or 0)
        if 0 < number < 65_536:
            host = figures.get("host") or "127.0.0.1"
            return replace(known, ports=((host, number), *known.ports))
    return known


def _recognised(found: list[Match], findings: Sequence[Finding]) -> Recognised | None:
    """What was pasted, and whether this machine shows it; then with the remedy for this machine."""
    if not found:
        return None
    known = recognised(found)
    own = [finding for finding in findings if finding.check in checks_for(found)]
    bad = [one for one in own if one.verdict in (Verdict.PROBLEM, Verdict.WARNING) and one.remedy]
    if bad:
        return replace(known, shown_here=True, remedy=bad[0].remedy or known.remedy)
    verdicts = {finding.check: finding.verdict for finding in own}
    is_fine = verdicts.get(checks_for(found)[0]) is Verdict.OK  # the others only stand near
    return replace(known, shown_here=False if is_fine else None)


async def _make(check: Check, scene: Scene, findings: dict[str, Finding]) -> None:
    """Makes one check; a look that fails or overruns is a finding too."""
    try:
        with anyio.fail_after(CHECK_SECONDS):
            finding = await check.look(scene)
    except (TimeoutError, Overran):
        saw = f"It was not through within {CHECK_SECONDS:g} s, and was left."
        finding = Finding(check.name, Verdict.WARNING, saw)
    except (OSError, Unseen, psutil.Error) as failure:
        finding = Finding(check.name, Verdict.WARNING, f"It could not look: {failure}.")
    findings[check.name] = replace(finding, saw=redact(finding.saw))
