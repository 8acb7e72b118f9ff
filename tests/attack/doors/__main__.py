"""Runs what it is told to, side by side where the cases mostly wait."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.attack.doors import keys

CLASSES: dict[str, Callable[[Path], list[bool]]] = {"auth": keys.run}


def main(corpus: Path, *chosen: str) -> int:
    with ThreadPoolExecutor(len(CLASSES)) as threads:
        running = [threads.submit(CLASSES[name], corpus) for name in chosen or CLASSES]
        verdicts = [right for run in running for right in run.result()]
    print(f"{sum(verdicts)} of {len(verdicts)} right")
    return 0 if verdicts and all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
