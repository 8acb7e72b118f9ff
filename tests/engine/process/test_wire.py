"""What keeper and hosts say to each other arrives as it was said."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine import Capabilities, Endpoint, EngineStatus
from webis_mcp.engine.process.wire import Told, Word

texts = st.text(max_size=20)
statuses = st.builds(
    EngineStatus,
    st.sampled_from(["absent", "starting", "ready", "busy", "failed", "stopping"]),
    texts,
    texts,
    since=st.floats(0, 1e10),
    model=st.none() | texts,
    notes=st.lists(texts, max_size=3).map(tuple),
    last_words=st.lists(texts, max_size=3).map(tuple),
)
capabilities = st.builds(Capabilities, texts, st.integers(1, 1 << 20), st.booleans(), st.booleans())
endpoints = st.builds(Endpoint, texts, texts, texts, capabilities, st.integers(0, 1 << 40))
things_told = st.builds(
    Told, statuses, st.none() | endpoints, is_probed=st.booleans(), is_over=st.booleans()
)
words = st.builds(
    Word,
    st.sampled_from(["failed", "restart", "probed"]),
    st.integers(0),
    st.none() | capabilities,
)


@given(things_told)
def test_what_the_keeper_tells_is_one_line_and_arrives(told: Told) -> None:
    line = told.line()
    assert line.count(b"\n") == 1
    assert Told.of(line) == told


@given(words)
def test_what_a_host_says_is_one_line_and_arrives(word: Word) -> None:
    line = word.line()
    assert line.count(b"\n") == 1
    assert Word.of(line) == word


def test_a_start_is_told_with_the_seconds_that_it_has_taken() -> None:
    status = EngineStatus("starting", "loading weights", since=100)
    assert status.words(now=140) == "starting: loading weights, 40 s"
    assert replace(status, state="ready", detail="").words(now=140) == "ready"
