"""`python -m webis_mcp`: the same as `webis-mcp`."""

from __future__ import annotations

import sys

from webis_mcp.server.cli import main

sys.exit(main())
