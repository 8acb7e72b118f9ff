"""The command `extract`: what may be asked, and whose work it is."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio

from webis_mcp.server.house import open_house
from webis_mcp.server.shell.folder import extract_folder
from webis_mcp.server.shell.links import extract_links, read_links
from webis_mcp.server.shell.page import (
    Order,
    extract_page,
    extract_url,
    is_json_lines,
    is_url,
    read_source,
)
from webis_mcp.service.extraction import Extractor
from webis_mcp.service.request import Request
from webis_mcp.settings import Settings

EXIT_CODES = """\
Exit codes: 0 all well; 1 some of several pages failed; 2 wrong input, or a URL that is not ours to
ask; 3 the page could not be fetched or read; 4, 75 the engine failed or is not ready; 70 a bug; 78
wrong settings."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be asked."""
    parser.epilog = EXIT_CODES
    add = parser.add_argument
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "page",
        nargs="?",
        metavar="URL|FILE|DIR|-",
        help="a page on the web, an HTML file, a folder of them, or - for standard input",
    )
    source.add_argument("--urls", metavar="FILE", help="a file with one URL a line, or -")
    add("--format", choices=["markdown", "text", "blocks"], default="markdown")
    add("--engine", choices=["auto", "embedded", "vllm"], default="auto", help="who judges")
    add("--output", metavar="PATH", help="write here; several pages: a folder, or FILE.jsonl")
    add(
        "--json",
        action="store_true",
        help="one JSON object a page, with title, author, quality ...",
    )
    add("--url", help="where the page came from; links are resolved against it")
    add("--no-links", dest="links", action="store_false", help="links become plain words")
    add("--images", action="store_true", help="keep images")
    add("--no-tables", dest="tables", action="store_false", help="leave tables out")
    add("--overwrite", action="store_true", help="of several pages, also those already written")


def run_extract(arguments: argparse.Namespace, settings: Settings) -> int:
    """Extracts what was asked for; returns the exit code."""
    work = _work(_order(arguments), settings, are_urls=arguments.urls is not None)

    async def run() -> int:
        async with open_house(settings) as house:
            return await work(house.extractor)

    return anyio.run(run)


def _order(arguments: argparse.Namespace) -> Order:
    output = Path(arguments.output) if arguments.output else None
    return Order(
        page=arguments.page if arguments.urls is None else arguments.urls,
        request=Request(
            format=arguments.format,
            engine=arguments.engine,
            include_links=arguments.links,
            include_images=arguments.images,
            include_tables=arguments.tables,
        ),
        output=output,
        as_json=arguments.json or arguments.format == "blocks" or is_json_lines(output),
        url=arguments.url,
        overwrite=arguments.overwrite,
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
    if order.page != "-" and Path(order.page).is_dir():
        at_once = settings.reading.workers
        return lambda extractor: extract_folder(extractor, order, at_once=at_once)
    html = read_source(order.page)
    return lambda extractor: extract_page(extractor, order, html)
