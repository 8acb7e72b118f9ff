"""A value is found again as it stands, or with only its form differing; never what is alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.page.value import Match, Passage
from webis_mcp.page.values.grounding import Ground, folded


def ground(*texts: str) -> Ground:
    return Ground([Passage(number, f"/p[{number}]", text) for number, text in enumerate(texts)])


def test_word_for_word_is_exact_and_wins() -> None:
    hits = ground("LAMP AURORA", "The Lamp Aurora is here").find("Lamp Aurora")
    assert [(hit.place.block, hit.place.quote, hit.match) for hit in hits] == [
        (1, "Lamp Aurora", Match.EXACT)
    ]


@pytest.mark.parametrize(
    ("value", "text", "quote"),
    [
        ("lamp aurora", "The LAMP\n Aurora.", "LAMP\n Aurora"),
        ('Ada\'s "lamp"', "Ada’s “lamp” stands", "Ada’s “lamp”"),
        ("10-12", "from 10–12 on", "10–12"),
        ("ＡＢＣ", "the abc of it", "abc"),
        ("Straße", "STRASSE 5", "STRASSE"),
    ],
)
def test_only_the_form_may_differ(value: str, text: str, quote: str) -> None:
    (hit,) = ground(text).find(value)
    assert (hit.place.quote, hit.match) == (quote, Match.NORMALIZED)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("20.97", "120.97"),
        ("20", "20.97"),
        ("cat", "concatenate"),
        ("Aurora Lamp", "Lamp Aurora"),
        ("café", "cafe"),
        ("B2", "XB2 and 1B2"),
        ("", "anything"),
    ],
)
def test_what_is_merely_alike_is_not_found(value: str, text: str) -> None:
    assert ground(text).find(value) == []


def test_scripts_without_spaces_have_no_word_edges() -> None:
    (hit,) = ground("電話番号は千代田区です").find("千代田区")
    assert hit.place.quote == "千代田区"


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4), st.data())
def test_every_hit_is_a_slice_of_its_passage_in_the_same_form(
    texts: list[str], data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(text)))
    value = text[start : data.draw(st.integers(start, len(text)))]
    for hit in ground(*texts).find(value):
        quote = hit.place.quote
        assert quote == texts[hit.passage.block][hit.start : hit.end]
        same = " ".join(folded(quote)[0].split()) == " ".join(folded(value)[0].split())
        assert same or " ".join(quote.split()) == " ".join(value.split())
