"""Drives webis-mcp as an agent does: starts it, hands it the HTML of a page, reads what comes back.

python examples/01_extract_html.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import TextContent

ARTICLE = Path(__file__).parent / "pages" / "article.html"
SERVER = StdioServerParameters(command=sys.executable, args=["-m", "webis_mcp"])


def tokens(text: str) -> int:
    """About as many as a language model would count in English or in markup."""
    return round(len(text.encode()) / 4)


async def main(html: str) -> None:
    async with Client(SERVER) as agent:
        result = await agent.call_tool("extract_from_html", {"html": html})
    answer = result.content[0]
    if result.is_error or not isinstance(answer, TextContent):
        raise SystemExit(f"The extraction failed: {answer}")
    print(answer.text)
    print(f"\nBefore: about {tokens(html)} tokens of HTML. After: about {tokens(answer.text)}.")


if __name__ == "__main__":
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else ARTICLE
    anyio.run(main, page.read_text(encoding="utf-8"))
