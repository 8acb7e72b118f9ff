"""What a key check costs, and whether its time tells a right id from a wrong one.

    python -m benchmarks.keys [ROUNDS]

Half of the calls present the id of a key that exists with a wrong secret, half a random key; all
have a right checksum, so that all get as far as the digest, and no two are the same. They come in
random order. Welch's t over the times: under 4.5 nothing can be told (what TVLA asks of hardware).
Once over all times, once without the slowest hundredth, which only the machine's other work makes.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from webis_mcp.server.keys.file import changing
from webis_mcp.server.keys.form import ALPHABET, digest_of, id_of, new_key, with_check
from webis_mcp.server.keys.keyring import Keyring
from webis_mcp.server.keys.record import ALL, Record

ROUNDS = 100_000
KEYS = 50
THRESHOLD = 4.5
UNDISTURBED = 0.99

ID, RANDOM = "right id, wrong secret", "random key"
EXPIRED = "expired key"
GOOD = "good key"


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "api_keys.json"
        good = [add(path, f"key {number}") for number in range(KEYS)]
        expired = add(path, "expired", expires=1.0)
        keyring = Keyring(path)
        assert keyring.admit(good[0])
        assert not keyring.admit(expired)
        times = measure(keyring.admit, in_random_order(good[0], rounds))
        known = measure(keyring.admit, [(GOOD, good[0]), (EXPIRED, expired)] * (rounds // 10))
    for name, taken in (times | known).items():
        print(f"{name:24} {statistics.median(taken) / 1_000:6.2f} us median")
    tell("all", times[ID], times[RANDOM])
    limit = sorted(times[ID] + times[RANDOM])[int(2 * rounds * UNDISTURBED) - 1]
    tell("without slowest 1 %", *([t for t in times[name] if t <= limit] for name in (ID, RANDOM)))


def add(path: Path, name: str, expires: float | None = None) -> str:
    key = new_key()
    with changing(path) as records:
        records.append(Record(id_of(key), name, digest_of(key), ALL, 0.0, expires))
    return key


def in_random_order(good: str, rounds: int) -> list[tuple[str, str]]:
    """Keys of both kinds, made in the order they will be presented: memory tells them apart no more
    than their making."""
    kinds = [ID, RANDOM] * rounds
    random.shuffle(kinds)
    return [(kind, with_wrong_secret(good) if kind is ID else new_key()) for kind in kinds]


def with_wrong_secret(key: str) -> str:
    return with_check(key[:13] + "".join(random.choices(ALPHABET, k=43)))


def measure(
    check: Callable[[str], object], presented: Sequence[tuple[str, str]]
) -> dict[str, list[int]]:
    """The nanoseconds of each check, by its kind."""
    times: dict[str, list[int]] = {kind: [] for kind, _ in presented}
    clock = time.perf_counter_ns
    gc.disable()
    for kind, key in presented:
        before = clock()
        check(key)
        after = clock()
        times[kind].append(after - before)
    gc.enable()
    return times


def tell(name: str, left: Sequence[int], right: Sequence[int]) -> None:
    t = welch(left, right)
    verdict = "nothing to tell" if abs(t) < THRESHOLD else "TOLD APART"
    apart = statistics.fmean(left) - statistics.fmean(right)
    print(f"{name:24} t = {t:+.2f}, {apart:+.1f} ns apart, {len(left)} each: {verdict}")


def welch(left: Sequence[int], right: Sequence[int]) -> float:
    """Welch's t: how far two means are apart, in units of what chance would make of them."""
    noise = statistics.variance(left) / len(left) + statistics.variance(right) / len(right)
    return (statistics.fmean(left) - statistics.fmean(right)) / math.sqrt(noise)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
