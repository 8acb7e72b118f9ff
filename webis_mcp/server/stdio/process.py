"""This process as a server: its standard streams, and the signals that end it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""What asks us to go, by name, for no system has them all."""


def claim_standard_streams() -> tuple[int, int]:
    """Takes standard input and output for the wire; a stray print goes to stderr from here on."""
    wire = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return wire


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
