"""The signals that ask this process to go."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""By name, for no system has them all."""


@contextmanager
def on_signals(act: Callable[[], object]) -> Iterator[None]:
    """Acts on a signal that asks us to go; the second of a kind ends the process there and then."""

    def handle(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        act()

    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
