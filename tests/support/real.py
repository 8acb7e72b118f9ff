"""A real vLLM server, for tests that need one: the one that `WEBIS_TEST_VLLM_URL` names."""

from __future__ import annotations

import os
from dataclasses import replace

import anyio
import httpx2
import pytest

from webis_mcp.engine import Capabilities, Endpoint


async def real_endpoint(can: Capabilities) -> Endpoint:
    """The server with the capabilities that a test wants to see used; skips where there is none."""
    url = os.environ.get("WEBIS_TEST_VLLM_URL", "")
    if not url:
        pytest.skip("WEBIS_TEST_VLLM_URL names no server")
    return await endpoint_at(url, os.environ.get("WEBIS_TEST_VLLM_KEY", ""), can)


async def endpoint_at(url: str, key: str, can: Capabilities) -> Endpoint:
    """The server at a URL, with such capabilities, and the window that it tells."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as http:
        model = (await http.get(f"{url}/v1/models")).json()["data"][0]
    return Endpoint(url, key, model["id"], replace(can, max_model_len=model["max_model_len"]))


async def wait_until_running(endpoint: Endpoint, requests: int, *, within: float) -> None:
    """Returns when the server says that so many requests are running."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        with anyio.fail_after(within):
            while await _running(http, endpoint) != requests:  # noqa: ASYNC110 - it tells only who asks
                await anyio.sleep(0.02)


async def _running(http: httpx2.AsyncClient, endpoint: Endpoint) -> float:
    lines = (await http.get(f"{endpoint.url}/metrics")).text.splitlines()
    name = "vllm:num_requests_running{"
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))
