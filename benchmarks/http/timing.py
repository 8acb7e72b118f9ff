"""Whether the time of an answer tells a wrong key with a right id from any other, through HTTP."""

from __future__ import annotations

import math
import random
import socket
import statistics
import time

from benchmarks.http.client import LEGACY, Ask, is_whole
from benchmarks.http.servers import OURS, started
from webis_mcp.server.keys.form import ALPHABET, new_key, with_check

THRESHOLD = 4.5
UNDISTURBED = 0.9
"""Share of the answers that are compared: the slowest tell of the machine's other work."""


def main(rounds: int) -> None:
    """Prints Welch's t of two kinds of wrong keys, in random order."""
    took: dict[bool, list[int]] = {True: [], False: []}
    kinds = [True, False] * rounds
    random.shuffle(kinds)
    with started(OURS) as server, socket.create_connection(("127.0.0.1", server.port)) as way:
        way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for has_id in kinds:
            secret = "".join(random.choices(ALPHABET, k=43))
            key = with_check(server.key[:13] + secret) if has_id else new_key()
            data = Ask("ping", LEGACY).to(server.port, key)
            before = time.perf_counter_ns()
            way.sendall(data)
            answer = b""
            while not is_whole(answer):
                answer += way.recv(1 << 16)
            took[has_id].append(time.perf_counter_ns() - before)
            assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 429")), answer
    limit = sorted(took[True] + took[False])[int(2 * rounds * UNDISTURBED)]
    left, right = ([t for t in took[kind] if t <= limit] for kind in (True, False))
    t = welch(left, right)
    verdict = "nothing to tell" if abs(t) < THRESHOLD else "TOLD APART"
    print(f"t = {t:+.2f} over {rounds} each, {statistics.median(left) / 1000:.0f} us: {verdict}")


def welch(left: list[int], right: list[int]) -> float:
    """How far two means are apart, in units of what chance would make of them."""
    noise = statistics.variance(left) / len(left) + statistics.variance(right) / len(right)
    return (statistics.fmean(left) - statistics.fmean(right)) / math.sqrt(noise)
