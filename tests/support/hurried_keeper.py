"""A keeper that loses patience in tenths of a second: `python hurried_keeper.py ORDER FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from webis_mcp.engine.process.keeper import keep
from webis_mcp.engine.process.runtime import Order, Places
from webis_mcp.engine.process.watching import Patience

HURRIED = Patience(between=0.05, health=0.3, token=0.3, restart=0.05)

if __name__ == "__main__":
    order = Order.from_json(sys.argv[1])
    keep(order, Places(Path(sys.argv[2]), order.name()), HURRIED)
