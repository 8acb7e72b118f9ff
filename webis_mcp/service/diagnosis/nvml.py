"""Asks the NVIDIA driver through its library, and prints what it says as JSON.

Runs as a program of its own, since a driver may hang or crash whoever asks it. Uses the standard
library only: `python nvml.py NAME...`, with the names that the library may have.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

MOST_PROCESSES = 128
"""Processes on one GPU that are read."""


class Memory(ctypes.Structure):
    """`nvmlMemory_t`."""

    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


class Holder(ctypes.Structure):
    """`nvmlProcessInfo_t`, as its third version has it."""

    _fields_ = [
        ("pid", ctypes.c_uint),
        ("bytes", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    ]


class Refused(Exception):
    """The driver answered with an error."""


class Driver:
    """The driver, asked one question at a time."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def ask(self, function: str, *arguments: Any) -> None:
        """Calls a function of the library.

        Raises:
            Refused: it gave an error, or there is no such function.
        """
        try:
            status = getattr(self._library, function)(*arguments)
        except AttributeError as error:
            raise Refused(f"{function} is missing") from error
        if status:
            raise Refused(self._words_for(status))

    def _words_for(self, status: int) -> str:
        try:
            words = self._library.nvmlErrorString
        except AttributeError:
            return f"error {status}"
        words.restype = ctypes.c_char_p
        return f"{(words(status) or b'').decode()} (error {status})"

    def text(self, function: str, *first: Any) -> str:
        """What a function writes into a buffer."""
        buffer = ctypes.create_string_buffer(96)
        self.ask(function, *first, buffer, len(buffer))
        return buffer.value.decode(errors="replace")

    def number(self, function: str, *first: Any) -> int:
        """What a function writes into an int."""
        value = ctypes.c_int()
        self.ask(function, *first, ctypes.byref(value))
        return value.value


def load(names: list[str]) -> ctypes.CDLL | None:
    """The driver's library, where one of the names leads to one."""
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def look(driver: Driver) -> dict[str, Any]:
    """The driver, its CUDA version, and every GPU."""
    driver.ask("nvmlInit_v2")
    count = driver.number("nvmlDeviceGetCount_v2")
    return {
        "driver": driver.text("nvmlSystemGetDriverVersion"),
        "cuda": driver.number("nvmlSystemGetCudaDriverVersion_v2"),
        "gpus": [gpu(driver, index) for index in range(count)],
    }


def gpu(driver: Driver, index: int) -> dict[str, Any]:
    """One GPU: what it is, what is free of it, who holds it."""
    handle = ctypes.c_void_p()
    driver.ask("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(handle))
    memory = Memory()
    driver.ask("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory))
    major, minor = ctypes.c_int(), ctypes.c_int()
    driver.ask(
        "nvmlDeviceGetCudaComputeCapability", handle, ctypes.byref(major), ctypes.byref(minor)
    )
    return {
        "index": index,
        "name": driver.text("nvmlDeviceGetName", handle),
        "uuid": driver.text("nvmlDeviceGetUUID", handle),
        "total": memory.total,
        "free": memory.free,
        "capability": [major.value, minor.value],
        "holders": holders(driver, handle),
    }


def holders(driver: Driver, handle: ctypes.c_void_p) -> list[list[int]]:
    """Process id and bytes of whoever computes on a GPU, as far as the driver tells."""
    count = ctypes.c_uint(MOST_PROCESSES)
    found = (Holder * MOST_PROCESSES)()
    try:
        driver.ask("nvmlDeviceGetComputeRunningProcesses_v3", handle, ctypes.byref(count), found)
    except Refused:  # WSL and some virtual GPUs do not tell
        return []
    unknown = ctypes.c_ulonglong(-1).value
    return [[one.pid, 0 if one.bytes == unknown else one.bytes] for one in found[: count.value]]


def main(names: list[str]) -> dict[str, Any]:
    """What is there, or why nothing is."""
    library = load(names)
    if library is None:
        return {"missing": True}
    try:
        return look(Driver(library))
    except Refused as refusal:
        return {"trouble": str(refusal)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:])))
