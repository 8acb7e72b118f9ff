"""The child's side of `workers.py`: jobs come in on stdin, answers go out on stdout.

It starts often, so it imports little: no event loop, no settings, no server. A message is its
length, then its pickle; to a job there is one answer, and before it a word on each stage that the
job tells. Both ends are ours and run as the same user: a worker bounds what a page
may cost, it is no jail.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import os
import pickle
import signal
import struct
import sys
import traceback
from typing import BinaryIO, NamedTuple

from webis_mcp import system
from webis_mcp.errors import ReadingFailed, WebisError

LENGTH = struct.Struct("!Q")

MAX_RESIDENT = 400_000_000
"""Bytes held after a job above which a child asks to be replaced: what a large page took is seldom
given back to the system."""

LATE = 2.0
"""Seconds by which a job outlasts its time before this process ends: our parent must be gone."""

_answers: BinaryIO | None = None
"""Where answers go, and what a job tells on its way to one; only a child has it."""


class Answer(NamedTuple):
    """What came of a job: a value, a failure of ours, or the traceback of a bug.

    Attributes:
        spent: the child should not be used again.
    """

    value: object = None
    failure: WebisError | None = None
    bug: str = ""
    spent: bool = False


def tell(stage: str) -> None:
    """Says which stage the job has reached; outside of a child, to nobody."""
    if _answers is not None:
        _send(_answers, pack(stage))


def pack(message: object) -> bytes:
    """A message as it is sent."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def out_of_memory() -> ReadingFailed:
    """The failure of a job that wanted more memory than there is for it."""
    return ReadingFailed(
        "Reading the page took more memory than a reader may use.",
        hint="Send the part of the page that you need, or raise WEBIS_WORKER_MEMORY_BYTES.",
    )


def serve() -> None:
    """Does jobs until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our parent, who ends us
    global _answers
    requests, answers = _take_over_pipes()
    _answers = answers
    gc.disable()  # amid a job it costs half as much again as parsing; between jobs 0.6 ms
    while length := requests.read(LENGTH.size):
        _send(answers, _answer(requests.read(*LENGTH.unpack(length))))
        gc.collect()


def set_up(parent: int, memory: int, prepare: str) -> None:
    """The first job: binds this process to its parent and limits, and imports what jobs need."""
    system.die_with_parent(parent)
    system.leave_no_core()
    system.limit_memory(memory)
    system.lower_priority()
    if prepare:
        importlib.import_module(prepare)
    gc.collect()
    gc.freeze()  # what is here now stays: later collections need not look at it


def _send(answers: BinaryIO, message: bytes) -> None:
    answers.write(message)
    answers.flush()


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our ends of the pipes. What a job prints goes to stderr, what it reads is empty."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def _answer(request: bytes) -> bytes:
    """The answer to a request, ready to be sent."""
    try:
        seconds, job, args = pickle.loads(request)  # noqa: S301 - our parent wrote it
        system.limit_cpu(seconds + LATE)
        faulthandler.dump_traceback_later(seconds + LATE, exit=True)
        return pack(Answer(value=job(*args), spent=_is_large()))
    except WebisError as error:
        failed = Answer(failure=error, spent=_is_large())
    except MemoryError:
        failed = Answer(failure=out_of_memory(), spent=True)
    except Exception:  # noqa: BLE001 - the parent tells it, as a bug
        failed = Answer(bug=traceback.format_exc(), spent=True)
    finally:
        faulthandler.cancel_dump_traceback_later()
    return pack(failed)  # out here the exception is gone, and with it what the job held


def _is_large() -> bool:
    return (system.resident_bytes() or 0) > MAX_RESIDENT
