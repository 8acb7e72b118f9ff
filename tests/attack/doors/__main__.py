"""Runs what it is told to, side by side where the cases mostly wait."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
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


def main(corpus: Path, *chosen: str) -> int:
    before = time.monotonic()
    lanes = [lane for name in chosen or LANES for lane in LANES[name]]
    with ThreadPoolExecutor(len(lanes)) as threads:
        verdicts = [
            right for lane in threads.map(lambda lane: lane(corpus), lanes) for right in lane
        ]
    print(f"{sum(verdicts)} of {len(verdicts)} right, {time.monotonic() - before:.0f} s")
    return 0 if verdicts and all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
