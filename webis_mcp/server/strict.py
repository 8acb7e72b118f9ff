"""An MCP server that ignores nothing: unknown names are refused, with the right spelling.

The SDK lets unknown arguments pass in silence, answers an unknown tool with a tool result where the
protocol wants an error, and words a wrong argument as pydantic does, input and all.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import INVALID_PARAMS, CallToolResult, InputRequiredResult
from pydantic import ValidationError

if TYPE_CHECKING:
    from webis_mcp.server.stdio.streams import Incoming, Outbox


class StrictServer(MCPServer[Any]):
    """Refuses what it does not know, and says so in our words."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        tools = {tool.name: tool.input_schema for tool in await self.list_tools()}
        if name not in tools:
            message = f"Unknown tool: {reprlib.repr(name)}. {right_spelling(name, tools)}"
            raise MCPError(code=INVALID_PARAMS, message=message)
        refuse_unknown(arguments, tools[name]["properties"])
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise  # a bug, even when it began as a ValidationError of ours
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(in_our_words(error.__cause__)) from None
            raise

    async def serve(self, incoming: Incoming, outbox: Outbox) -> None:
        """Serves one client until its messages end; then what is in flight is cancelled."""
        lowlevel = self._lowlevel_server  # the SDK has no public way to run over streams of ours
        await lowlevel.run(incoming, outbox, lowlevel.create_initialization_options())


def refuse_unknown(arguments: Iterable[str], known: Iterable[str]) -> None:
    """Refuses arguments that a tool does not have.

    Raises:
        ToolError: naming the first of them and what was meant.
    """
    names = list(known)
    for name in arguments:
        if name not in names:
            raise ToolError(
                f"Unknown argument: {reprlib.repr(name)}. {right_spelling(name, names)}"
            )


def right_spelling(name: str, known: Iterable[str]) -> str:
    """What was probably meant, and all there is."""
    names = list(known)
    near = difflib.get_close_matches(name[:100], names, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"{meant}Known: {', '.join(names)}."


def in_our_words(error: ValidationError) -> str:
    """What is wrong with the arguments, one sentence each."""
    return " ".join(
        _sentence(".".join(map(str, wrong["loc"])), wrong["type"], wrong["msg"], wrong["input"])
        for wrong in error.errors(include_url=False)
    )


def _sentence(name: str, kind: str, message: str, given: object) -> str:
    if kind == "missing":
        return f"{name} is missing."
    return f"{name} {message.removeprefix('Input ')}, not {reprlib.repr(given)}."
