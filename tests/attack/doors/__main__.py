"""Runs what it is told to, side by side where the cases mostly wait."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.attack.doors import keys, load, pipes, wire

Lane = Callable[[Path], list[bool]]

ALONE: dict[str, tuple[Lane, ...]] = {
    "wire": (wire.run,),
    "load": (partial(load.run, attacks=load.CALLS),),
}
"""What is held to limits of the clock, or needs all cores: one after another."""

BESIDE: dict[str, tuple[Lane, ...]] = {
    "auth": (keys.run,),
    "stdio": (pipes.run,),
    "load": tuple(
        partial(load.run, attacks=attacks)
        for attacks in (load.SLOW, load.STREAMS, load.MANY, load.CONNECTIONS)
    ),
}
"""What mostly waits: side by side."""


def main(corpus: Path, *chosen: str) -> int:
    before = time.monotonic()
    names = chosen or tuple(ALONE | BESIDE)
    verdicts = [right for lane in lanes(ALONE, names) for right in lane(corpus)]
    beside = lanes(BESIDE, names)
    with ThreadPoolExecutor(len(beside) or 1) as threads:
        done = list(threads.map(lambda lane: lane(corpus), beside))
    verdicts += [right for lane in done for right in lane]
    print(f"{sum(verdicts)} of {len(verdicts)} right, {time.monotonic() - before:.0f} s")
    return 0 if verdicts and all(verdicts) else 1


def lanes(table: dict[str, tuple[Lane, ...]], names: Sequence[str]) -> list[Lane]:
    """The lanes of the classes that were named."""
    return [lane for name in names for lane in table.get(name, ())]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
