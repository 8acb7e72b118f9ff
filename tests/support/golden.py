"""Golden pages: as a site would send them, what we make of them, and what a person says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from webis_mcp.page.model import Extraction, Page
from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.pipeline import extract_page

PAGES = Path(__file__).parents[1] / "pages"
FACTS = ("status", "title", "language", "published", "author")


@dataclass(frozen=True, slots=True)
class Golden:
    """A page of `tests/pages`.

    Attributes:
        folder: holds `source.html` (in the page's own encoding), `meta.json` and `expected.md`.
        url: where it would have come from.
        charset: what its server would have said of its encoding.
        facts: what a person says of it: status, title, language, published, author.
        kept: text that must be in its content, as Markdown.
        dropped: text that must not.
        missed: text that should be in it and is not yet, by a mistake of the engine.
    """

    folder: Path
    url: str
    charset: str | None
    facts: dict[str, str | None]
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def expected(self) -> Path:
        return self.folder / "expected.md"

    def read(self) -> Page:
        """The page, with nothing judged yet."""
        return read_page(self._source(), url=self.url, charset=self.charset)

    def extract(self) -> Extraction:
        """What we make of it today."""
        return extract_page(self._source(), url=self.url, charset=self.charset)

    def _source(self) -> bytes:
        return (self.folder / "source.html").read_bytes()


def read_golden(slug: str) -> Golden:
    """The golden page of a name."""
    folder = PAGES / slug
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return Golden(
        folder=folder,
        url=meta["url"],
        charset=meta["charset"],
        facts={name: meta[name] for name in FACTS},
        kept=tuple(meta["with"]),
        dropped=tuple(meta["without"]),
        missed=tuple(meta["missed"]),
    )


def golden_slugs() -> list[str]:
    """The names of all golden pages."""
    return sorted(path.parent.name for path in PAGES.glob("*/meta.json"))


def written(extraction: Extraction) -> str:
    """Its content as `expected.md` holds it."""
    return extraction.content + "\n"
