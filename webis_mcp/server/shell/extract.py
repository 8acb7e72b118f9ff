"""The command `extract`: what was asked for, and whose work it is."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio

from webis_mcp.errors import InvalidInput
from webis_mcp.server.house import open_house
from webis_mcp.server.shell.folder import extract_folder
from webis_mcp.server.shell.links import extract_links, read_links
from webis_mcp.server.shell.page import (
    Order,
    extract_page,
    extract_url,
    is_json_lines,
    is_url,
    parse_headers,
    read_schema,
    read_source,
)
from webis_mcp.service.extraction import Extractor
from webis_mcp.service.request import Request
from webis_mcp.service.values.compiling import plan_of
from webis_mcp.settings import Settings


def run_extract(arguments: argparse.Namespace, settings: Settings) -> int:
    """Extracts what was asked for; returns the exit code."""
    work = _work(_order(arguments), settings, are_urls=arguments.urls is not None)

    async def run() -> int:
        async with open_house(settings) as house:
            return await work(house.extractor)

    return anyio.run(run)


def _order(arguments: argparse.Namespace) -> Order:
    schema = read_schema(arguments.schema) if arguments.schema else None
    plan = plan_of(arguments.instruction, schema)
    output = Path(arguments.output) if arguments.output else None
    return Order(
        page=arguments.page if arguments.urls is None else arguments.urls,
        request=Request(
            format=arguments.format,
            engine=arguments.engine,
            include_links=arguments.links,
            include_images=arguments.images,
            include_tables=arguments.tables,
            include_comments=arguments.comments,
            plan=plan,
        ),
        output=output,
        as_json=arguments.json
        or plan is not None
        or arguments.format == "blocks"
        or is_json_lines(output),
        url=arguments.url,
        headers=parse_headers(arguments.header),
        overwrite=arguments.overwrite,
        content=arguments.content,
    )


def _work(
    order: Order, settings: Settings, *, are_urls: bool
) -> Callable[[Extractor], Awaitable[int]]:
    """What there is to do for an order. Its source is read here, where Ctrl-C still stops a wait
    for standard input."""
    if are_urls:
        links = read_links(order.page)
        at_once = settings.fetch.fetches_at_once
        return lambda extractor: extract_links(extractor, order, links, at_once=at_once)
    if is_url(order.page):
        return lambda extractor: extract_url(extractor, order)
    if order.headers:
        raise InvalidInput("--header is for URLs; nothing is fetched here.", hint="Leave it out.")
    if order.page != "-" and Path(order.page).is_dir():
        at_once = settings.reading.workers
        return lambda extractor: extract_folder(extractor, order, at_once=at_once)
    html = read_source(order.page)
    return lambda extractor: extract_page(extractor, order, html)
