"""What rules did not find, asked of an engine that reads: believed only where it is on the page.

A reader's words are looked for in the block that it cites, else in all blocks that it was shown.
What is not there is asked once more with the words refused, and then stays null with a reason. The
likeliest blocks are asked about first; what these leave open, in further chunks of the page, all at
once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio

from webis_mcp.engine import Cited, Question, Reader, Wanted
from webis_mcp.errors import Busy, EngineError
from webis_mcp.page.model import Extraction, Status
from webis_mcp.page.value import By, Findings, Found, Match, Passage, Place, Rival, Value, leaves
from webis_mcp.page.values.grounding import Ground
from webis_mcp.service.values.choosing import MAX_RIVALS
from webis_mcp.service.values.chunks import chunked
from webis_mcp.service.values.forms import Setting, take
from webis_mcp.service.values.plan import Field, Plan

NOT_READ = "Neither rules nor the reader found it."
NOT_THERE = "What the reader took for it is not on the page."

Chunk = tuple[Passage, ...]


async def read_missing(extraction: Extraction, plan: Plan, reader: Reader) -> Extraction:
    """The extraction with what a reader finds of what is missing; as it was where it fails."""
    findings = extraction.findings
    fields = dict(_asked(plan.fields, findings)) if findings else {}
    if findings is None or not fields or not findings.passages:
        return extraction
    setting = Setting(extraction.url or "", "", extraction.facts.language or "")
    asked = Question((), (), plan.instruction, title=extraction.facts.title or "")
    reading = Reading(reader, fields, setting, asked)
    await reading.read(chunked(findings.passages, reader.room))
    warnings = (*extraction.warnings, *reading.warnings())
    extraction = replace(extraction, warnings=warnings)
    if not reading.heard:
        return extraction
    return _with(extraction, findings, reading.values(), reader.name)


@dataclass(slots=True)
class Reading:
    """What a reader is asked about one page, and what it has said that stands there.

    Attributes:
        asked: the question without its fields and passages.
        heard: chunks that it has answered about.
        found: the values that stand on the page, by the pointer of their field.
        refused: words that do not, and where it was asked about them.
        failures: why it has not answered.
    """

    reader: Reader
    fields: Mapping[str, Field]
    setting: Setting
    asked: Question
    heard: int = 0
    found: dict[str, list[Value]] = field(default_factory=dict)
    refused: dict[str, tuple[str, Chunk]] = field(default_factory=dict)
    failures: list[EngineError | Busy] = field(default_factory=list)

    async def read(self, chunks: Sequence[Chunk]) -> None:
        """Asks about the likeliest chunk, about the others for what is open, and once more."""
        await self._ask(chunks[0], self._open())
        if self.heard and self._open():
            async with anyio.create_task_group() as group:
                for chunk in chunks[1:]:
                    group.start_soon(self._ask, chunk, self._open())
        again = [pointer for pointer in self._open() if pointer in self.refused]
        for chunk in dict.fromkeys(self.refused[pointer][1] for pointer in again):
            own = {p: self.refused[p][0] for p in again if self.refused[p][1] == chunk}
            await self._ask(chunk, tuple(own), own)

    def values(self) -> dict[str, Value]:
        """What is known of every field that was asked for."""
        return {pointer: self._value(pointer) for pointer in self.fields}

    def warnings(self) -> Iterator[str]:
        """Why a part of the page was not read, if one was not."""
        if self.failures and self.heard:
            yield f"The reader did not read all likely blocks: {self.failures[0].message}"
        elif self.failures:
            yield f"The reader could not answer: {self.failures[0].message}"

    def _open(self) -> tuple[str, ...]:
        return tuple(pointer for pointer in self.fields if pointer not in self.found)

    async def _ask(
        self, chunk: Chunk, pointers: Sequence[str], refused: Mapping[str, str] | None = None
    ) -> None:
        """Asks for fields in a chunk; what fails is noted, what stands there is kept."""
        wanted = tuple(_wanted(pointer, self.fields[pointer]) for pointer in pointers)
        question = replace(self.asked, wanted=wanted, passages=chunk, refused=refused or {})
        try:
            answer = await self.reader.fill(question)
        except (EngineError, Busy) as failure:
            self.failures.append(failure)
            return
        self.heard += 1
        for pointer in pointers:
            said = answer.cited.get(pointer)
            value = said and grounded(self.fields[pointer], said, chunk, self.setting)
            if value:
                self.found.setdefault(pointer, []).append(value)
            elif said:
                self.refused.setdefault(pointer, (said.text, chunk))

    def _value(self, pointer: str) -> Value:
        found = sorted(self.found.get(pointer, ()), key=_place_of)
        if not found:
            return Value(reason=NOT_THERE if pointer in self.refused else NOT_READ)
        others = {str(value.value).casefold(): value for value in reversed(found)}
        first = others.pop(str(found[0].value).casefold())
        if not others:
            return first
        reason = f"{len(others) + 1} parts of the page say it differently."
        rivals = [
            Rival(o.value, o.place) for o in others.values() if o.value is not None and o.place
        ]
        told = tuple(sorted(rivals, key=lambda rival: rival.place.block or 0)[:MAX_RIVALS])
        return replace(first, match=Match.AMBIGUOUS, reason=reason, rivals=told)


def grounded(
    wanted: Field, said: Cited, passages: Sequence[Passage], setting: Setting
) -> Value | None:
    """A reader's words where they stand on the page, in the form of the field."""
    own = [passage for passage in passages if passage.block == said.block]
    hits = Ground(own).find(said.text) or Ground(passages).find(said.text)
    for hit in hits:
        for taken in take(wanted, hit.place.quote, setting, whole=True)[:1]:
            quote = hit.place.quote[taken.start : taken.end]
            place = Place(quote, hit.passage.xpath, hit.passage.block)
            exact = str(taken.value) == quote
            return Value(taken.value, place, Match.EXACT if exact else Match.NORMALIZED, By.MODEL)
    return None


def _place_of(value: Value) -> int:
    return value.place.block or 0 if value.place else 0


def _wanted(pointer: str, one: Field) -> Wanted:
    return Wanted(pointer, one.shown(), one.hint, tuple(map(str, one.enum)))


def _asked(fields: Sequence[Field], findings: Findings) -> Iterator[tuple[str, Field]]:
    """The single fields that are missing, by pointer."""
    missing = set(findings.missing)
    for pointer, one in _singles(fields, ""):
        if pointer in missing:
            yield pointer, one


def _singles(fields: Sequence[Field], above: str) -> Iterator[tuple[str, Field]]:
    for one in fields:
        pointer = f"{above}/{one.name.replace('~', '~0').replace('/', '~1')}"
        if one.type == "object":
            yield from _singles(one.fields, pointer)
        elif one.type != "array":
            yield pointer, one


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
