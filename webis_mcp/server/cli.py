"""The command: serves MCP over stdio, or with `serve` over HTTP; other commands serve the shell.

The only place that looks at the environment, and the only one that catches whatever was not
foreseen. What a way in needs is imported when it is taken: the shell does without MCP.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from webis_mcp import __version__
from webis_mcp.errors import (
    Busy,
    EngineError,
    EngineNotReady,
    FetchFailed,
    InvalidInput,
    ReadingFailed,
    SettingsError,
    WebisError,
)
from webis_mcp.server.logs import set_up_logs
from webis_mcp.server.shell.keys import add_commands, run_keys
from webis_mcp.server.signals import on_signals
from webis_mcp.server.stdio.process import claim_standard_streams
from webis_mcp.settings import Settings, config_home

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    from webis_mcp.server.shell.page import Order
    from webis_mcp.service.extraction import Extractor

log = logging.getLogger("webis_mcp")

EXIT_CODES: tuple[tuple[type[WebisError], int], ...] = (
    (InvalidInput, 2),
    (FetchFailed, 3),
    (ReadingFailed, 3),
    (EngineNotReady, 75),
    (EngineError, 4),
    (Busy, 75),
    (SettingsError, 78),
)
"""By who can put it right; the first that fits."""

BUG, INTERRUPTED, NOBODY_READS = 70, 130, 141

JSON_GROWTH = 6
"""Bytes of JSON that one byte of a page may take: a control character becomes \\u0001."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # Windows would write its code page
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    try:
        settings = Settings.from_environ(os.environ | _flags(arguments))
        set_up_logs(settings.log, as_json=arguments.command == "serve")
        return _COMMANDS[arguments.command](arguments, settings)
    except WebisError as failure:
        print(f"webis-mcp: {failure}", file=sys.stderr)
        return exit_code(failure)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains again when it ends
        return NOBODY_READS
    except Exception:
        log.exception("This is a bug in webis-mcp. Please report it with what follows.")
        return BUG


def _flags(arguments: argparse.Namespace) -> dict[str, str]:
    """The flags that stand for a setting, under its name: they come before the environment."""
    given = {"WEBIS_HOST": "host", "WEBIS_PORT": "port"}
    return {name: flag for name, key in given.items() if (flag := getattr(arguments, key, None))}


def exit_code(failure: WebisError) -> int:
    """What the shell is told of a failure."""
    return next(code for kind, code in EXIT_CODES if isinstance(failure, kind))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="webis-mcp",
        description="The main content of web pages, word for word. Without a command: serves MCP on"
        " standard input and output, for an agent to start.",
    )
    parser.add_argument("--version", action="version", version=f"webis-mcp {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_commands(commands.add_parser("keys", help="make, list and revoke keys for HTTP"))
    _add_extract(commands)
    serve = commands.add_parser("serve", help="serve MCP over HTTP, behind API keys")
    serve.add_argument("--host", help="listen here; others than loopback need a key")
    serve.add_argument("--port", help="listen on this port; 0 takes a free one")
    return parser


def _add_extract(commands: Commands) -> None:
    extract = commands.add_parser(
        "extract",
        help="the content of a page, of all pages below a folder, or of all URLs in a file",
        epilog="Exit codes: 0 all well; 1 some of several pages failed; 2 wrong input, or a URL"
        " that is not ours to ask; 3 the page could not be fetched or read; 4, 75 the engine failed"
        " or is not ready; 70 a bug; 78 wrong settings.",
    )
    add = extract.add_argument
    source = extract.add_mutually_exclusive_group(required=True)
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


def _serve_http(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serves MCP over HTTP until a signal ends it."""
    from webis_mcp.server.http.serving import serve
    from webis_mcp.server.keys.keyring import Keyring

    serve(settings, Keyring(_keys_file(settings)))
    return 0


def _serve_stdio(_: argparse.Namespace, settings: Settings) -> int:
    """Serves MCP on standard input and output until the client, or a signal, ends it."""
    if os.isatty(0):
        print("Serving MCP on standard input. For the shell: webis-mcp extract -h", file=sys.stderr)
    with on_signals(lambda: sys.exit(0)):
        source, sink = claim_standard_streams()
        anyio.run(_serve_client, settings, source, sink)
    return 0


async def _serve_client(settings: Settings, source: int, sink: int) -> None:
    from webis_mcp.server.stdio.streams import open_wire
    from webis_mcp.server.tools import make_server
    from webis_mcp.service.extraction import open_extractor

    longest = JSON_GROWTH * settings.reading.max_page_bytes + 65_536
    async with open_extractor(settings) as extractor:
        server = make_server(extractor)
        async with open_wire(source, sink, longest=longest) as (incoming, outbox):
            extractor.warm()
            await server.serve(incoming, outbox)


def _extract(arguments: argparse.Namespace, settings: Settings) -> int:
    """Extracts for the shell."""
    from webis_mcp.service.extraction import open_extractor

    work = _work(_order(arguments), settings, are_urls=arguments.urls is not None)

    async def run() -> int:
        async with open_extractor(settings) as extractor:
            return await work(extractor)

    return anyio.run(run)


def _keys(arguments: argparse.Namespace, settings: Settings) -> int:
    """Keeps the keys."""
    return run_keys(arguments, _keys_file(settings))


def _keys_file(settings: Settings) -> Path:
    from webis_mcp.server.keys.file import keys_path

    return keys_path(settings.keys.api_keys_file, Path.cwd(), config_home(os.environ))


def _order(arguments: argparse.Namespace) -> Order:
    from webis_mcp.server.shell.page import Order, is_json_lines
    from webis_mcp.service.request import Request

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
    from webis_mcp.server.shell.folder import extract_folder
    from webis_mcp.server.shell.links import extract_links, read_links
    from webis_mcp.server.shell.page import extract_page, extract_url, is_url, read_source

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


_COMMANDS = {None: _serve_stdio, "serve": _serve_http, "extract": _extract, "keys": _keys}
