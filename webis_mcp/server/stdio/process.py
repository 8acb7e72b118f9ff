"""The standard streams of this process as a wire. It comes before anything that might print."""

from __future__ import annotations

import os


def claim_standard_streams() -> tuple[int, int]:
    """Takes standard input and output for the wire; a stray print goes to stderr from here on."""
    wire = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return wire
