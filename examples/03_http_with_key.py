"""Asks a running server over HTTP, with a key. First, in a shell:

export WEBIS_KEY=$(webis-mcp keys add example)
webis-mcp serve &
python examples/03_http_with_key.py [URL]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

ARTICLE = Path(__file__).parent / "pages" / "article.html"


async def main(url: str, key: str) -> None:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client(url, http_client=http)) as agent,
    ):
        html = ARTICLE.read_text(encoding="utf-8")
        result = await agent.call_tool("extract_from_html", {"html": html})
    for part in result.content:
        print(part.text if isinstance(part, TextContent) else part)


if __name__ == "__main__":
    place = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/mcp"
    anyio.run(main, place, os.environ["WEBIS_KEY"])
