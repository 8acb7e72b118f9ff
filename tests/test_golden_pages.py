"""Whole pages of the kinds that there are. What we make of them may change, but not unseen; and
what a person says of them holds whatever was refreshed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.golden import FACTS, golden_slugs, read_golden, written
from webis_mcp.page.model import Status
from webis_mcp.service.extraction import open_extractor
from webis_mcp.settings import Settings

MEGABYTES = 9


@pytest.mark.parametrize("slug", golden_slugs())
def test_a_page_is_read_as_it_was_when_it_was_last_refreshed(slug: str) -> None:
    """Changed on purpose? `python -m tests.pages.refresh`, and read the diff."""
    golden = read_golden(slug)
    assert written(golden.extract()) == golden.expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("slug", golden_slugs())
def test_what_the_page_has_to_say_is_kept(slug: str) -> None:
    golden = read_golden(slug)
    content = golden.extract().content
    assert [text for text in golden.kept if text not in content] == []


@pytest.mark.parametrize("slug", golden_slugs())
def test_what_is_missed_was_read(slug: str) -> None:
    golden = read_golden(slug)
    text = "\n".join(block.text for block in golden.read().blocks)
    assert [missed for missed in golden.missed if missed not in text] == []


@pytest.mark.parametrize("slug", golden_slugs())
def test_what_stands_around_it_is_left_out(slug: str) -> None:
    golden = read_golden(slug)
    content = golden.extract().content
    assert [text for text in golden.dropped if text in content] == []


@pytest.mark.parametrize("slug", golden_slugs())
def test_the_facts_are_what_a_person_says(slug: str) -> None:
    golden = read_golden(slug)
    extraction = golden.extract()
    facts = extraction.facts
    found = (extraction.status, facts.title, facts.language, facts.published, facts.author)
    assert dict(zip(FACTS, found, strict=True)) == golden.facts


def chapters() -> Iterator[str]:
    """Paragraphs of nine megabytes together, each with a number of its own."""
    size = number = 0
    while size < MEGABYTES * 1_000_000:
        text = (
            f"Entry {number}. On this day the keeper lit the lamp at {number % 24} o'clock, wound "
            "the clockwork twice, and wrote that the wind stood in the west and nothing passed."
        )
        number, size = number + 1, size + 2 * len(text)
        yield f"<p>{text} {text.removeprefix('Entry')}</p>"


async def test_a_page_of_nine_megabytes_is_read_whole() -> None:
    patient = Settings.from_environ({"WEBIS_READ_TIMEOUT_SECONDS": "120"})  # for a busy machine
    entries = list(chapters())
    html = (
        "<title>Log of the Fenn light</title><nav><a href=/>Home</a> <a href=/maps>Maps</a></nav>"
        f"<main><h1>Log of the Fenn light</h1>{''.join(entries)}</main><footer>Imprint</footer>"
    )
    assert len(html) > MEGABYTES * 1_000_000
    async with open_extractor(patient) as extractor:
        extraction = await extractor.from_html(html)
    assert extraction.status is Status.CONTENT
    # the engine doubts the last one, which stands beside the imprint
    assert len(entries) - extraction.content.count("Entry ") <= 1
    assert extraction.warnings == ()
