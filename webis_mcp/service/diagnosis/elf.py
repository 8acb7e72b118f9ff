"""Which shared libraries a program file of Linux needs, read from its own table. Loads nothing."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_HEAD = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_ENTRY = struct.Struct("<qQ")

_LOADED, _DYNAMIC = 1, 2
_END, _NEEDED, _STRINGS, _STRINGS_SIZE = 0, 1, 5, 10

MOST_ENTRIES, MOST_STRINGS = 4_096, 16_000_000
"""A file that claims more than this is none of ours."""


def needed_libraries(path: Path) -> list[str]:
    """The names that a 64-bit ELF file asks the loader for; none for any other file."""
    try:
        with path.open("rb") as file:
            return _needed(file)
    except (OSError, ValueError, OverflowError, struct.error):  # cut off, or offsets of nonsense
        return []


def _needed(file: BinaryIO) -> list[str]:
    head = _HEAD.unpack(file.read(_HEAD.size))
    if head[0][:6] != b"\x7fELF\x02\x01":
        return []
    segments = [_read(file, _SEGMENT, head[5] + n * head[9]) for n in range(head[10])]
    entries = _dynamic(file, segments)
    where = dict(entries)
    start = _offset(segments, where.get(_STRINGS, 0))
    size = where.get(_STRINGS_SIZE, 0)
    if start is None or size > MOST_STRINGS:
        return []
    file.seek(start)
    strings = file.read(size)
    names = (strings[value:].partition(b"\0")[0] for tag, value in entries if tag == _NEEDED)
    return [name.decode("ascii", "replace") for name in names]


def _dynamic(file: BinaryIO, segments: list[tuple[int, ...]]) -> list[tuple[int, int]]:
    entries: list[tuple[int, int]] = []
    for segment in segments:
        if segment[0] != _DYNAMIC:
            continue
        count = min(segment[5] // _ENTRY.size, MOST_ENTRIES)
        for number in range(count):
            tag, value = _read(file, _ENTRY, segment[2] + number * _ENTRY.size)
            if tag == _END:
                break
            entries.append((tag, value))
    return entries


def _offset(segments: list[tuple[int, ...]], address: int) -> int | None:
    """Where in the file an address of memory comes from."""
    for segment in segments:
        kind, offset, start, size = segment[0], segment[2], segment[3], segment[5]
        if kind == _LOADED and start <= address < start + size:
            return offset + address - start
    return None


def _read(file: BinaryIO, shape: struct.Struct, offset: int) -> tuple[int, ...]:
    file.seek(offset)
    return shape.unpack(file.read(shape.size))
