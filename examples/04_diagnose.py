"""Asks what is wrong with the environment, and what an error message means.

python examples/04_diagnose.py [LOG]
"""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import TextContent

MESSAGE = """\
  File "/venv/lib/python3.12/site-packages/triton/runtime/build.py", line 33, in _build
RuntimeError: Failed to find C compiler. Please specify via CC environment variable."""
SERVER = StdioServerParameters(command=sys.executable, args=["-m", "webis_mcp"])


async def main(log: str) -> None:
    async with Client(SERVER) as agent:
        for arguments in ({}, {"error_text": log}):
            result = await agent.call_tool("diagnose_environment", arguments)
            (answer,) = result.content
            if result.is_error or not isinstance(answer, TextContent):
                raise SystemExit(f"The diagnosis failed: {answer}")
            print(answer.text, end="\n\n")


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]).read_text() if len(sys.argv) > 1 else MESSAGE)
