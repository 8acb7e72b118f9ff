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

LANES: dict[str, tuple[Lane, ...]] = {
    "wire": (wire.run,),
    "auth": (keys.run,),
    "stdio": (pipes.run,),
    "load": tuple(
        partial(load.run, attacks=attacks)
        for attacks in (load.SLOW, load.STREAMS, load.MANY, load.CONNECTIONS)
    ),
}

FIRST = "wire"
"""Its limits are of the clock, so that it runs by itself."""


def main(corpus: Path, *chosen: str) -> int:
    before = time.monotonic()
    names = chosen or tuple(LANES)
    verdicts = run(LANES[FIRST], corpus) if FIRST in names else []
    verdicts += run([lane for name in names if name != FIRST for lane in LANES[name]], corpus)
    print(f"{sum(verdicts)} of {len(verdicts)} right, {time.monotonic() - before:.0f} s")
    return 0 if verdicts and all(verdicts) else 1


def run(lanes: Sequence[Lane], corpus: Path) -> list[bool]:
    """What comes of some lanes, side by side."""
    with ThreadPoolExecutor(max(1, len(lanes))) as threads:
        return [right for lane in threads.map(lambda lane: lane(corpus), lanes) for right in lane]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
