"""An MCP server that ignores nothing: unknown names are refused, with the right spelling.

The SDK lets unknown arguments pass in silence, answers an unknown tool with a tool result where the
protocol wants an error, and words a wrong argument as pydantic does, input and all.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import INVALID_PARAMS, CallToolResult, InputRequiredResult, TextContent, Tool
from pydantic import ValidationError

from webis_mcp.server.calls import Calls


class StrictServer(MCPServer[Any]):
    """Refuses what it does not know, and says so in our words."""

    def __init__(self, name: str, *, calls: Calls | None = None, **more: Any) -> None:
        super().__init__(name, **more)
        self.calls = calls or Calls()
        self._listed: list[Tool] = []

    async def list_tools(self) -> list[Tool]:
        """All tools; they do not change once the server serves, so their list is made once."""
        if not self._listed:
            self._listed = await super().list_tools()
        return self._listed

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Calls a tool.

        Raises:
            MCPError: there is none of that name.
            ToolError: whatever else a model can put right, in our words.
            UnexpectedToolError: a bug.
        """
        tools = {tool.name: tool.input_schema for tool in await self.list_tools()}
        if name not in tools:
            message = f"Unknown tool: {reprlib.repr(name)}. {right_spelling(name, tools)}"
            raise MCPError(code=INVALID_PARAMS, message=message)
        with self.calls.observed(name, arguments) as call:
            refuse_unknown(arguments, tools[name]["properties"])
            result = await self._call_tool(name, arguments, context)
            call.sent = length_of(result)
            return result

    async def _call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise  # a bug, even when it began as a ValidationError of ours
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(in_our_words(error.__cause__)) from None
            raise

    async def serve(self, incoming: Any, outbox: Any) -> None:
        """Serves one client until its messages end; then what is in flight is cancelled.

        Args:
            incoming: what the SDK calls a read stream, a protocol that it does not show.
            outbox: what it calls a write stream.
        """
        lowlevel = self._lowlevel_server  # the SDK has no public way to run over streams of ours
        await lowlevel.run(incoming, outbox, lowlevel.create_initialization_options())


def length_of(result: CallToolResult | InputRequiredResult) -> int:
    """The characters of text in a result."""
    content = result.content if isinstance(result, CallToolResult) else []
    return sum(len(part.text) for part in content if isinstance(part, TextContent))


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
