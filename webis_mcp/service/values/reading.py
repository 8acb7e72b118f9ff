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

from webis_mcp.engine import Question, Reader, Wanted
from webis_mcp.errors import Busy, EngineError
from webis_mcp.page.model import Extraction, Status
from webis_mcp.page.value import Findings, Found, Match, Passage, Records, Rival, Value, leaves
from webis_mcp.service.values.chunks import chunked
from webis_mcp.service.values.forms import Setting
from webis_mcp.service.values.grounded import grounded
from webis_mcp.service.values.plan import Field, Plan, lists_open
from webis_mcp.service.values.reading_lists import read_list

NOT_READ = "Neither rules nor the reader found it."
NOT_THERE = "What the reader took for it is not on the page."

MOST_RIVALS = 5
"""Other values that are told; more is a list, which should be asked for as one."""

Chunk = tuple[Passage, ...]


async def read_missing(extraction: Extraction, plan: Plan, reader: Reader) -> Extraction:
    """The extraction with what a reader finds of what is missing; as it was where it fails."""
    findings = extraction.findings
    if findings is None:
        return extraction
    setting = Setting(extraction.url or "", "", extraction.facts.language or "")
    asked = Question((), (), plan.instruction, title=extraction.facts.title or "")
    reading = Reading(reader, dict(_asked(plan.fields, findings)), setting, asked)
    lists = [one for one in lists_open(plan.fields, findings.values) if one[0] in findings.records]
    async with anyio.create_task_group() as group:
        group.start_soon(reading.read, chunked(findings.passages, reader.room))
        for pointer, wanted in lists:
            group.start_soon(reading.read_list, pointer, wanted, findings.records[pointer])
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
        heard: chunks and lists that it has answered about.
        found: the values that stand on the page, by the pointer of their field.
        lists: those that were found by exemplar.
        refused: words that do not, and where it was asked about them.
        failures: why it has not answered.
    """

    reader: Reader
    fields: Mapping[str, Field]
    setting: Setting
    asked: Question
    heard: int = 0
    found: dict[str, list[Value]] = field(default_factory=dict)
    lists: dict[str, Found] = field(default_factory=dict)
    refused: dict[str, tuple[str, Chunk]] = field(default_factory=dict)
    failures: list[EngineError | Busy] = field(default_factory=list)

    async def read(self, chunks: Sequence[Chunk]) -> None:
        """Asks about the likeliest chunk, about the others for what is open, and once more."""
        if not self.fields or not chunks:
            return
        await self._ask(chunks[0], self._open())
        if self.heard and self._open():
            async with anyio.create_task_group() as group:
                for chunk in chunks[1:]:
                    group.start_soon(self._ask, chunk, self._open())
        again = [pointer for pointer in self._open() if pointer in self.refused]
        for chunk in dict.fromkeys(self.refused[pointer][1] for pointer in again):
            own = {p: self.refused[p][0] for p in again if self.refused[p][1] == chunk}
            await self._ask(chunk, tuple(own), own)

    async def read_list(self, pointer: str, wanted: Field, sets: Sequence[Records]) -> None:
        """Asks what is what in two records, for the whole list."""
        try:
            found = await read_list(wanted, sets, self.reader, self.asked, self.setting)
        except (EngineError, Busy) as failure:
            self.failures.append(failure)
            return
        self.heard += 1
        self.lists[pointer] = found or Value(reason=NOT_READ)

    def values(self) -> dict[str, Found]:
        """What is known of every field that was asked for."""
        return {pointer: self._value(pointer) for pointer in self.fields} | self.lists

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
        told = tuple(sorted(rivals, key=lambda rival: rival.place.block or 0)[:MOST_RIVALS])
        return replace(first, match=Match.AMBIGUOUS, reason=reason, rivals=told)


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
    extraction: Extraction, findings: Findings, read: Mapping[str, Found], name: str
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


def _replaced(found: Found, pointer: str, read: Mapping[str, Found]) -> Found:
    if isinstance(found, Value):
        return read.get(pointer, found)
    if isinstance(found, Mapping):
        return {
            name: _replaced(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", read)
            for name, inner in found.items()
        }
    return found
