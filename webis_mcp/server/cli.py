"""The command: `webis-mcp` serves MCP over stdio, `webis-mcp extract` serves the shell.

The only place that looks at the environment, and the only one that catches whatever was not
foreseen. What a way in needs is imported when it is taken: the shell does without MCP.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

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
from webis_mcp.server.stdio.process import claim_standard_streams, on_signals
from webis_mcp.settings import Settings

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
        settings = Settings.from_environ(os.environ)
        logging.basicConfig(
            level=settings.log.log_level, format="%(levelname)s %(name)s: %(message)s"
        )
        return _extract(arguments, settings) if arguments.command else _serve(settings)
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
    extract = parser.add_subparsers(dest="command", metavar="COMMAND").add_parser(
        "extract",
        help="the content of a page, or of all pages below a folder",
        epilog="Exit codes: 0 all well; 1 some pages of a folder failed; 2 wrong input; 3 the page"
        " could not be read; 4, 75 the engine failed or is not ready; 70 a bug; 78 wrong settings.",
    )
    add = extract.add_argument
    add(
        "page", metavar="FILE|DIR|-", help="an HTML file, a folder of them, or - for standard input"
    )
    add("--format", choices=["markdown", "text", "blocks"], default="markdown")
    add("--engine", choices=["auto", "embedded", "vllm"], default="auto", help="who judges")
    add("--output", metavar="PATH", help="write here; for a folder: a folder, or FILE.jsonl")
    add(
        "--json",
        action="store_true",
        help="one JSON object a page, with title, author, quality ...",
    )
    add("--url", help="where the page came from; links are resolved against it")
    add("--no-links", dest="links", action="store_false", help="links become plain words")
    add("--images", action="store_true", help="keep images")
    add("--no-tables", dest="tables", action="store_false", help="leave tables out")
    add("--overwrite", action="store_true", help="of a folder, also the pages already written")
    return parser


def _serve(settings: Settings) -> int:
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
    from webis_mcp.server.shell.folder import extract_folder
    from webis_mcp.server.shell.page import Order, extract_page, is_json_lines, read_source
    from webis_mcp.service.extraction import open_extractor
    from webis_mcp.service.request import Request

    output = Path(arguments.output) if arguments.output else None
    order = Order(
        page=arguments.page,
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
    is_folder = order.page != "-" and Path(order.page).is_dir()
    # Read here, where Ctrl-C still stops a wait for standard input.
    html = b"" if is_folder else read_source(order.page)

    async def work() -> int:
        async with open_extractor(settings) as extractor:
            if is_folder:
                return await extract_folder(extractor, order, at_once=settings.reading.workers)
            return await extract_page(extractor, order, html)

    return anyio.run(work)
