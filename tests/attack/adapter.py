"""What the attack lab calls: a fetch with the settings that a user starts with."""

from __future__ import annotations

from webis_mcp.service.fetching.fetcher import open_fetcher
from webis_mcp.settings import FetchLimits


async def fetch(url: str) -> str:
    """The page at a URL. Each case has a fetcher of its own: a site that asked one case for a pause
    would be left alone by all the next, and they would pass for nothing."""
    async with open_fetcher(FetchLimits()) as fetcher:
        return (await fetcher.fetch(url)).body.decode("utf-8", "replace")
