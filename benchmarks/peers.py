"""Who else extracts main content, each by its own defaults. Every one is asked in a process of its
own; one that is not installed is left out.

`pip install -e ".[peers]"` brings trafilatura and resiliparse; the others are `readability-lxml`,
`justext`, `magic-html` and `readabilipy` (the path that mcp-server-fetch takes: Readability.js
where Node is there, its own simplifier else).
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Extract = Callable[[str, str | None], str]


def ours() -> Extract:
    from webis_mcp.service.pipeline import extract_page

    gc.disable()  # as in a reader, which collects between pages
    return lambda html, url: extract_page(html, url=url).content


def trafilatura(**options: bool) -> Extract:
    from trafilatura import extract

    return lambda html, url: extract(html, url=url, include_comments=False, **options) or ""


def resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, url: str(
        extract_plain_text(html, main_content=True, list_bullets=False, alt_texts=False)
    )


def readability_lxml() -> Extract:
    from lxml.html import fromstring
    from readability import Document

    return lambda html, url: str(fromstring(Document(html).summary()).text_content())


def justext() -> Extract:
    from justext import get_stoplist, justext

    english = get_stoplist("English")

    def extract(html: str, _: str | None) -> str:
        kept = (p.text for p in justext(html, english) if not p.is_boilerplate)
        return "\n".join(kept)

    return extract


def magic_html() -> Extract:
    from lxml.html import fromstring
    from magic_html import GeneralExtractor

    extractor = GeneralExtractor()

    def extract(html: str, url: str | None) -> str:
        found = extractor.extract(html, base_url=url or "http://localhost/")["html"]
        return str(fromstring(found).text_content())

    return extract


def readabilipy() -> Extract:
    from readabilipy.simple_json import simple_json_from_html_string

    def extract(html: str, _: str | None) -> str:
        found = simple_json_from_html_string(html, use_readability=True)
        return "\n".join(part["text"] for part in found["plain_text"] or ())

    return extract


PEERS: dict[str, Callable[[], Extract]] = {
    "webis-mcp": ours,
    "trafilatura": trafilatura,
    "trafilatura, recall": lambda: trafilatura(favor_recall=True),
    "trafilatura, precision": lambda: trafilatura(favor_precision=True),
    "resiliparse": resiliparse,
    "readability-lxml": readability_lxml,
    "magic-html": magic_html,
    "justext": justext,
    "readabilipy": readabilipy,
}


@dataclass(frozen=True, slots=True)
class Ran:
    """What an extractor made of pages, CPU milliseconds for each, and its peak memory."""

    texts: list[str]
    milliseconds: list[float]
    megabytes: float


def run_one(name: str, pages: Sequence[tuple[str, str | None]]) -> Ran | None:
    """Run an extractor, in a process that is its own; None where it is not installed."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in a reader
    try:
        extract = PEERS[name]()
    except ImportError:
        return None
    texts, times = [], []
    for html, url in pages:
        start = time.process_time()
        try:
            texts.append(extract(html, url))
        except Exception:  # noqa: BLE001 - a peer's failure is an empty answer
            texts.append("")
        times.append((time.process_time() - start) * 1000)
        gc.collect()
    return Ran(texts, times, peak_megabytes())


def peak_megabytes() -> float:
    """The most memory that this process has held."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")
