"""What may be said on the command line. Light, for every start goes through here."""

from __future__ import annotations

import argparse

EXIT_CODES = """\
Exit codes: 0 all well; 1 some of several pages failed; 2 wrong input, or a URL that is not ours to
ask; 3 the page could not be fetched or read; 4, 75 the engine failed or is not ready; 70 a bug; 78
wrong settings."""


def add_extract(parser: argparse.ArgumentParser) -> None:
    """Pages, and how their content is wanted."""
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
    add("--instruction", metavar="TEXT", help='values to look for, in words: "price and brand"')
    add("--schema", metavar="FILE", help="values to look for, as a JSON Schema")
    add("--content", action="store_true", help="with values: the content too")
    add("--header", metavar="LINE", action="append", default=[], help="sent with what is fetched")
    add("--no-links", dest="links", action="store_false", help="links become plain words")
    add("--images", action="store_true", help="keep images")
    add("--no-tables", dest="tables", action="store_false", help="leave tables out")
    add(
        "--comments",
        action=argparse.BooleanOptionalAction,
        help="keep, or leave out, what people wrote in the comment section; else the engine judges",
    )
    add("--overwrite", action="store_true", help="of several pages, also those already written")


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Where to listen."""
    parser.add_argument("--host", help="listen here; others than loopback need a key")
    parser.add_argument("--port", help="listen on this port; 0 takes a free one")


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Which report."""
    parser.epilog = "Exit codes: 0 no problem; 1 a problem; 2 wrong input; 78 wrong settings."
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    parser.add_argument("--error", metavar="FILE|-", help="an error message or log to recognise")
    parser.add_argument("--language", choices=["en", "zh"], default="en", help="of the remedies")
