"""A client that does nothing wrong: calls a tool again and again, on a connection that it keeps.

A process of its own, so that what the attackers cost this side does not count as the server's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress

from tests.attack.doors.served import waited
from tests.attack.doors.speaking import PAGE, call, connect, post, receive
from tests.support.command import children_of

PAUSE = 0.02
"""Seconds between an answer and the next call."""


class Good:
    """Such a client, for as long as the context lasts.

    Attributes:
        took: the seconds of each call, less those in which there was no core for it.
        whole: the same by the clock.
        trouble: what it was told instead of an answer.
    """

    def __init__(self, port: int, pid: int, key: str) -> None:
        command = [sys.executable, "-m", "tests.attack.doors.good", str(port), str(pid), key]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.took: list[float] = []
        self.whole: list[float] = []
        self.trouble = ""

    def __enter__(self) -> Good:
        assert self._process.stdout
        assert self._process.stdout.readline() == "calling\n"
        return self

    def __exit__(self, *error: object) -> None:
        text, _ = self._process.communicate()
        self.took, self.whole, self.trouble = json.loads(text)

    def p99(self) -> float:
        return p99_of(self.took)


def p99_of(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


def waits_of(pid: int) -> dict[int, float]:
    """How long this process, the server and its readers have waited for a core."""
    found = {}
    for each in (os.getpid(), pid, *children_of(pid)):
        with suppress(OSError):  # a reader that is gone
            found[each] = waited(each)
    return found


def lost_since(before: dict[int, float], after: dict[int, float]) -> float:
    """The seconds that a call lost: here, at the server, and at one of its readers."""
    lost = [after[pid] - then for pid, then in before.items() if pid in after]
    return sum(lost[:2]) + max(lost[2:], default=0.0)


def main(port: int, pid: int, key: str) -> None:
    over = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=listen, daemon=True).start()
    data = post(call(PAGE), port, key)
    took: list[float] = []
    whole: list[float] = []
    trouble = ""
    with connect(port) as connection:
        while not trouble and (len(took) < 20 or not over.wait(PAUSE)):
            before, lost = time.monotonic(), waits_of(pid)
            connection.sendall(data)
            answer = receive(connection)
            whole.append(time.monotonic() - before)
            took.append(max(0.0, whole[-1] - lost_since(lost, waits_of(pid))))
            if len(took) == 1:
                print("calling", flush=True)
            if answer.status != 200 or b"ferry crosses" not in answer.body:
                trouble = f"{answer.head!r} {answer.body[:300]!r}"
    print(json.dumps([took, whole, trouble]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
