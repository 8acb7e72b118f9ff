"""The command: serves MCP over stdio, or with `serve` over HTTP; other commands serve the shell.

The only place that looks at the environment, and the only one that catches whatever was not
foreseen. What a way in needs is imported when it is taken: the shell does without MCP.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
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
from webis_mcp.server.logs import set_up_logs
from webis_mcp.server.shell.arguments import add_doctor, add_extract, add_serve
from webis_mcp.server.shell.keys import add_commands, run_keys
from webis_mcp.server.signals import on_signals
from webis_mcp.server.stdio.process import claim_standard_streams
from webis_mcp.settings import Settings, config_home

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
    add = parser.add_subparsers(dest="command", metavar="COMMAND").add_parser
    add_extract(add("extract", help="the content of a page, a folder of pages, or many URLs"))
    add_serve(add("serve", help="serve MCP over HTTP, behind API keys"))
    add_commands(add("keys", help="make, list and revoke keys for HTTP"))
    add_doctor(add("doctor", help="what is wrong with the environment, and the one thing to do"))
    return parser


def _serve_stdio(_: argparse.Namespace, settings: Settings) -> int:
    """Serves MCP on standard input and output until the client, or a signal, ends it."""
    if os.isatty(0):
        print("Serving MCP on standard input. For the shell: webis-mcp extract -h", file=sys.stderr)
    with on_signals(lambda: sys.exit(0)):
        source, sink = claim_standard_streams()
        anyio.run(_serve_client, settings, source, sink)
    return 0


async def _serve_client(settings: Settings, source: int, sink: int) -> None:
    from webis_mcp.server.house import open_house
    from webis_mcp.server.stdio.streams import open_wire
    from webis_mcp.server.tools import make_server

    longest = JSON_GROWTH * settings.reading.max_page_bytes + 65_536
    async with open_house(settings) as house:
        server = make_server(house.extractor, house.diagnose)
        async with open_wire(source, sink, longest=longest) as (incoming, outbox):
            house.warm()
            await server.serve(incoming, outbox)


def _serve_http(_: argparse.Namespace, settings: Settings) -> int:
    """Serves MCP over HTTP until a signal ends it."""
    from webis_mcp.server.http.serving import serve
    from webis_mcp.server.keys.keyring import Keyring

    serve(settings, Keyring(_keys_file(settings)))
    return 0


def _extract(arguments: argparse.Namespace, settings: Settings) -> int:
    from webis_mcp.server.shell.extract import run_extract

    return run_extract(arguments, settings)


def _keys(arguments: argparse.Namespace, settings: Settings) -> int:
    return run_keys(arguments, _keys_file(settings))


def _doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    """Reports on the environment, as this shell sets it."""
    from webis_mcp.server.diagnosing import diagnose_for
    from webis_mcp.server.keys.seen import keys_seen
    from webis_mcp.server.shell.doctor import run_doctor
    from webis_mcp.service.diagnosis.model import HandedIn

    known = HandedIn(
        keys=keys_seen(_keys_file(settings), http=False),
        ports=((settings.http.host, settings.http.port),),
    )
    in_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return run_doctor(arguments, diagnose_for(settings, lambda: known), in_colour=in_colour)


def _keys_file(settings: Settings) -> Path:
    from webis_mcp.server.keys.file import keys_path

    return keys_path(settings.keys.api_keys_file, Path.cwd(), config_home(os.environ))


_COMMANDS: dict[str | None, Callable[[argparse.Namespace, Settings], int]] = {
    None: _serve_stdio,
    "serve": _serve_http,
    "extract": _extract,
    "keys": _keys,
    "doctor": _doctor,
}
