"""What rules did not find, asked of an engine that reads: believed only where it is on the page.

A reader's words are looked for in the block that it cites, else in all blocks that it was shown.
What is not there is asked once more with the words refused, and then stays null with a reason.
Lists are not asked for: they need exemplars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from webis_mcp.engine import Cited, Question, Reader, Wanted
from webis_mcp.errors import EngineError
from webis_mcp.page.model import Extraction, Status
from webis_mcp.page.value import By, Findings, Found, Match, Passage, Place, Value, leaves
from webis_mcp.page.values.grounding import Ground
from webis_mcp.service.values.forms import Setting, take
from webis_mcp.service.values.plan import Field, Plan

NOT_READ = "Neither rules nor the reader found it."
NOT_THERE = "What the reader took for it is not on the page."


async def read_missing(extraction: Extraction, plan: Plan, reader: Reader) -> Extraction:
    """The extraction with what a reader finds of what is missing; as it was where it fails."""
    findings = extraction.findings
    fields = dict(_asked(plan.fields, findings)) if findings else {}
    if findings is None or not fields or not findings.evidence:
        return extraction
    setting = Setting(extraction.url or "", "", extraction.facts.language or "")
    question = _question(plan, fields, findings.evidence)
    try:
        read = await _read(question, fields, reader, setting)
    except EngineError as failure:
        warning = f"The reader could not answer: {failure.message}"
        return replace(extraction, warnings=(*extraction.warnings, warning))
    return _with(extraction, findings, read, reader.name)


async def _read(
    question: Question, fields: Mapping[str, Field], reader: Reader, setting: Setting
) -> dict[str, Value]:
    """The values that are on the page, after at most one more try for those that are not."""
    found: dict[str, Value] = {}
    for _ in range(2):
        cited = (await reader.fill(question)).cited
        refused: dict[str, str] = {}
        for wanted in question.wanted:
            said = cited.get(wanted.pointer)
            if said is None:
                found[wanted.pointer] = Value(reason=NOT_READ)
                continue
            value = _grounded(fields[wanted.pointer], said, question.passages, setting)
            found[wanted.pointer] = value or Value(reason=NOT_THERE)
            if value is None:
                refused[wanted.pointer] = said.text
        if not refused:
            break
        again = tuple(wanted for wanted in question.wanted if wanted.pointer in refused)
        question = replace(question, wanted=again, refused=refused)
    return found


def _grounded(
    field: Field, said: Cited, passages: Sequence[Passage], setting: Setting
) -> Value | None:
    """A reader's words where they stand on the page, in the form of the field."""
    own = [passage for passage in passages if passage.block == said.block]
    hits = Ground(own).find(said.text) or Ground(passages).find(said.text)
    for hit in hits:
        for taken in take(field, hit.place.quote, setting, whole=True)[:1]:
            quote = hit.place.quote[taken.start : taken.end]
            place = Place(quote, hit.passage.xpath, hit.passage.block)
            exact = str(taken.value) == quote
            return Value(taken.value, place, Match.EXACT if exact else Match.NORMALIZED, By.MODEL)
    return None


def _question(plan: Plan, fields: Mapping[str, Field], evidence: tuple[Passage, ...]) -> Question:
    wanted = tuple(
        Wanted(pointer, field.shown(), field.hint, tuple(map(str, field.enum)))
        for pointer, field in fields.items()
    )
    return Question(wanted, evidence, plan.instruction)


def _asked(fields: Sequence[Field], findings: Findings) -> Iterator[tuple[str, Field]]:
    """The single fields that are missing, by pointer."""
    missing = set(findings.missing)
    for pointer, field in _singles(fields, ""):
        if pointer in missing:
            yield pointer, field


def _singles(fields: Sequence[Field], above: str) -> Iterator[tuple[str, Field]]:
    for field in fields:
        pointer = f"{above}/{field.name.replace('~', '~0').replace('/', '~1')}"
        if field.type == "object":
            yield from _singles(field.fields, pointer)
        elif field.type != "array":
            yield pointer, field


def _with(
    extraction: Extraction, findings: Findings, read: Mapping[str, Value], name: str
) -> Extraction:
    values = {
        field: _replaced(found, f"/{field.replace('~', '~0').replace('/', '~1')}", read)
        for field, found in findings.values.items()
    }
    missing = tuple(pointer for pointer, leaf in leaves(values) if leaf.value is None)
    status = extraction.status
    if not missing and status is Status.NEEDS_READER:
        status = Status.CONTENT
    told = replace(
        findings, values=values, missing=missing, evidence=findings.evidence if missing else ()
    )
    return replace(extraction, findings=told, status=status, path=(*extraction.path, name))


def _replaced(found: Found, pointer: str, read: Mapping[str, Value]) -> Found:
    if isinstance(found, Value):
        return read.get(pointer, found)
    if isinstance(found, Mapping):
        return {
            name: _replaced(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", read)
            for name, inner in found.items()
        }
    return found
