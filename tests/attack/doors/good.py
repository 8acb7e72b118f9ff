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

from tests.attack.doors.served import waited
from tests.attack.doors.speaking import PAGE, call, connect, post, receive

PAUSE = 0.02
"""Seconds between an answer and the next call."""


class Good:
    """Such a client, for as long as the context lasts.

    Attributes:
        took: the seconds of each call.
        trouble: what it was told instead of an answer.
    """

    def __init__(self, port: int, pid: int, key: str) -> None:
        command = [sys.executable, "-m", "tests.attack.doors.good", str(port), str(pid), key]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.took: list[float] = []
        self.trouble = ""

    def __enter__(self) -> Good:
        assert self._process.stdout
        assert self._process.stdout.readline() == "calling\n"
        return self

    def __exit__(self, *error: object) -> None:
        text, _ = self._process.communicate()
        self.took, self.trouble = json.loads(text)

    def p99(self) -> float:
        return sorted(self.took)[int(len(self.took) * 0.99)]


def main(port: int, pid: int, key: str) -> None:
    over = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=listen, daemon=True).start()
    pids = (pid, os.getpid())
    data = post(call(PAGE), port, key)
    took: list[float] = []
    trouble = ""
    with connect(port) as connection:
        while not trouble and (len(took) < 20 or not over.wait(PAUSE)):
            before = time.monotonic() - waited(*pids)
            connection.sendall(data)
            answer = receive(connection)
            took.append(max(0.0, time.monotonic() - waited(*pids) - before))
            if len(took) == 1:
                print("calling", flush=True)
            if answer.status != 200 or b"ferry crosses" not in answer.body:
                trouble = f"{answer.head!r} {answer.body[:300]!r}"
    print(json.dumps([took, trouble]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
