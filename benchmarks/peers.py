"""Who else extracts main content, each by its own defaults. Every one is asked in a process of its
own; one that is not installed is left out.

`pip install -e ".[peers]"` brings trafilatura and resiliparse; the others are `readability-lxml`,
`justext`, `magic-html` and, where Node is there, `readabilipy` (Readability.js as mcp-server-fetch
runs it, in a Node process for every page).
"""

from __future__ import annotations

import gc
import re
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What lxml takes in no text."""

Extract = Callable[[str, str | None], str]

INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd label mark q s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
"""Elements that a browser does not set apart from the text around them."""


def ours() -> Extract:
    from webis_mcp.service.pipeline import extract_page

    gc.disable()  # as in a reader, which collects between pages
    return lambda html, url: extract_page(html, url=url).content


def trafilatura(*, recall: bool = False, precision: bool = False) -> Extract:
    from trafilatura import extract

    return lambda html, url: (
        extract(
            html,
            url=url,
            include_comments=False,
            favor_recall=recall,
            favor_precision=precision,
        )
        or ""
    )


def resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, url: str(
        extract_plain_text(html, main_content=True, list_bullets=False, alt_texts=False)
    )


def readability_lxml() -> Extract:
    from readability import Document

    return lambda html, url: text_of(Document(html).summary())


def justext() -> Extract:
    from justext import get_stoplist, justext

    english = get_stoplist("English")

    def extract(html: str, _: str | None) -> str:
        kept = (p.text for p in justext(html, english) if not p.is_boilerplate)
        return "\n".join(kept)

    return extract


def magic_html() -> Extract:
    from magic_html import GeneralExtractor

    extractor = GeneralExtractor()
    return lambda html, url: text_of(
        extractor.extract(html, base_url=url or "http://localhost/")["html"]
    )


def readability_js() -> Extract:
    from readabilipy.simple_json import have_node, simple_json_from_html_string

    if not have_node():
        raise ImportError("Readability.js needs Node.")
    return lambda html, _: text_of(
        simple_json_from_html_string(html, use_readability=True)["content"] or ""
    )


def text_of(markup: str) -> str:
    """The words of markup, those of what a browser sets apart on lines of their own."""
    from lxml.html import fromstring

    if not markup.strip():
        return ""
    tree = fromstring(_CONTROL.sub(" ", markup))
    for element in tree.iter("*"):  # comments are none
        if element.tag not in INLINE:
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
    return str(tree.text_content())


PEERS: dict[str, Callable[[], Extract]] = {
    "webis-mcp": ours,
    "trafilatura": trafilatura,
    "trafilatura, recall": lambda: trafilatura(recall=True),
    "trafilatura, precision": lambda: trafilatura(precision=True),
    "resiliparse": resiliparse,
    "readability-lxml": readability_lxml,
    "magic-html": magic_html,
    "justext": justext,
    "Readability.js": readability_js,
}


@dataclass(frozen=True, slots=True)
class Ran:
    """What an extractor made of pages, CPU milliseconds for each, and its peak memory."""

    texts: list[str]
    milliseconds: list[float]
    megabytes: float


def run_one(name: str, pages: Sequence[tuple[str, str | None]]) -> Ran | None:
    """Run an extractor, in a process that is its own; None where it is not installed."""
    try:
        extract = PEERS[name]()
    except ImportError:
        return None
    texts, times = [], []
    for html, url in pages:
        start = cpu_seconds()
        try:
            texts.append(extract(html, url))
        except Exception:  # noqa: BLE001 - a peer's failure is an empty answer
            texts.append("")
        times.append((cpu_seconds() - start) * 1000)
        gc.collect()
    return Ran(texts, times, peak_megabytes())


def cpu_seconds() -> float:
    """What this process has used, and those that it has started and seen end."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_megabytes() -> float:
    """The most memory that this process has held; what it starts counts for itself."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")
