"""What a file's text says of keys, and how a text that is wrong is refused."""

from __future__ import annotations

import json
import traceback
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.keys import OLD_KEY, record_of
from webis_mcp.server.keys.form import digest_of, id_of, new_key
from webis_mcp.server.keys.record import (
    Malformed,
    Record,
    Scope,
    State,
    read_records,
    write_records,
)

ENTRY: dict[str, Any] = {
    "id": "laptop01",
    "name": "laptop",
    "hash": "sha256:" + "0a" * 32,
    "scopes": ["extract", "fetch"],
    "created": "2026-11-01T12:00:00Z",
    "expires": None,
    "revoked": None,
}


def read(document: Any) -> tuple[Record, ...]:
    return read_records(json.dumps(document).encode())


def refusal(document: Any) -> str:
    with pytest.raises(Malformed) as refused:
        read(document)
    return str(refused.value)


moments = st.integers(100_000_000, 200_000_000_000).map(float)
names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=64)
records = st.builds(
    Record,
    id=st.text("0123456789abcXYZ", min_size=8, max_size=8),
    name=names,
    digest=st.binary(min_size=32, max_size=32),
    scopes=st.frozensets(st.sampled_from(Scope), min_size=1),
    created=st.none() | moments,
    expires=st.none() | moments,
    revoked=st.none() | moments,
)


@given(st.lists(records, unique_by=lambda record: record.id))
def test_what_is_written_is_read(some: list[Record]) -> None:
    assert read_records(write_records(some).encode()) == tuple(some)


def test_an_entry_is_read() -> None:
    (record,) = read({"keys": [ENTRY]})
    assert record.name == "laptop"
    assert record.digest == b"\x0a" * 32
    assert record.scopes == {Scope.EXTRACT, Scope.FETCH}
    assert record.created == 1_793_534_400.0
    assert not record.plain


@pytest.mark.parametrize(
    "document", [[OLD_KEY], {"keys": [OLD_KEY]}, {"api_keys": [OLD_KEY]}], ids=str
)
def test_the_predecessors_keys_are_read(document: Any) -> None:
    (record,) = read(document)
    assert record.digest == digest_of(OLD_KEY)
    assert record.id == id_of(OLD_KEY)
    assert record.plain
    assert not record.weak
    assert record.scopes == {Scope.EXTRACT, Scope.DIAGNOSE, Scope.GENERATE}


def test_a_key_that_may_be_guessed_is_marked() -> None:
    assert read(["letmein"])[0].weak


@pytest.mark.parametrize("text", [b"[]", b'{"keys": []}', b"\xef\xbb\xbf[]"])
def test_a_file_may_hold_no_keys(text: bytes) -> None:
    assert read_records(text) == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colour": "red"}, 'key 1: "colour" is not known; there are id, name, hash, scopes'),
        ({"id": "../../etc"}, "key 1, id: "),
        ({"id": "laptop01\n"}, "key 1, id: "),
        ({"name": ""}, "key 1, name: "),
        ({"name": "a\nb"}, "key 1, name: only characters that can be printed"),
        ({"name": "\u202ebob"}, "key 1, name: only characters that can be printed"),
        ({"hash": "md5:0a"}, "key 1, hash: "),
        ({"hash": "sha256:" + "0A" * 32}, "key 1, hash: "),
        ({"scopes": []}, "key 1, scopes: "),
        ({"scopes": ["admin"]}, "key 1, scopes: Input should be 'extract', 'fetch', 'diagnose'"),
        ({"expires": "soon"}, "key 1, expires: "),
        ({"expires": "2026-12-31T00:00:00"}, "key 1, expires: Input should have timezone info"),
        ({"expires": "9999-12-31T23:59:59Z"}, "key 1 has a time before 1970 or after 9998"),
    ],
)
def test_a_wrong_field_is_refused_with_its_place(change: dict[str, Any], says: str) -> None:
    assert says in refusal({"keys": [ENTRY | change]})


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("x", "there is no list of keys"),
        ({}, "the top must be one list"),
        ({"keys": [], "api_keys": []}, "the top must be one list"),
        ({"keys": [], "version": 2}, "the top must be one list"),
        ({"keys": {OLD_KEY: "laptop"}}, "there is no list of keys"),
        ([ENTRY, ENTRY], "keys 1 and 2 have one id, laptop01"),
        ([OLD_KEY, OLD_KEY], "keys 1 and 2 have one id"),
        ([ENTRY, 7], "key 2 must be an object"),
        ([""], "key 1 has 0 characters"),
        (["x" * 513], "key 1 has 513 characters; 1 to 512 will do"),
        ([new_key()[:-1]], "key 1 begins with wbs_, but its checksum does not fit"),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(document: Any, says: str) -> None:
    assert says in refusal(document)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "line 1, column 1"),
        (b'[\n  "a"\n  "b"]', "line 3, column 3"),
        (b'["\xff"]', "byte 2 is not UTF-8"),
        (b"[" * 100_000, "it is no sensible JSON"),
        (b"[1" + b"0" * 5_000 + b"]", "it is no sensible JSON"),
        (b'{"keys": [], "keys": []}', "a field stands there twice"),
    ],
)
def test_text_that_is_no_json_is_refused_with_its_place(text: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        read_records(text)


def places(entry: Any) -> Any:
    """Documents with a secret somewhere; most are wrong."""
    return st.one_of(
        st.sampled_from(sorted(ENTRY)).map(lambda name: [ENTRY | {name: entry}]),
        st.sampled_from(sorted(ENTRY)).map(lambda name: [ENTRY | {name: [entry]}]),
        st.just([ENTRY | {entry: 1}]),
        st.just([ENTRY | {"id": {entry: entry}}]),
        st.just({entry: "laptop"}),
        st.just({"keys": {entry: entry}}),
        st.just([[entry]]),
        st.just([entry, entry]),
        st.just([entry + "\0" * 600]),
    )


@given(st.sampled_from([OLD_KEY, new_key()]).flatmap(places))
def test_no_message_holds_what_may_be_a_secret(document: Any) -> None:
    secrets = (OLD_KEY, "wbs_")
    try:
        told = repr([r for r in read(document) if r.plain])
    except Malformed as error:
        told = "".join(traceback.format_exception(error)) + repr(error.args)
    told = told.replace("begins with wbs_", "")
    assert not [secret for secret in secrets if secret in told]


words = st.sampled_from([*ENTRY, "keys", "api_keys", "wbs_", "\ud800", OLD_KEY, ENTRY["hash"]])
values = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text()
entries = st.fixed_dictionaries(
    {name: values | st.just(value) for name, value in ENTRY.items()}
) | st.dictionaries(words, values)
documents = st.recursive(
    values | entries,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(documents)
def test_any_document_is_read_or_refused(document: Any) -> None:
    with suppress(Malformed):
        some = read(document)
        kept = read_records(write_records(some).encode())
        assert [(r.id, r.digest) for r in kept] == [(r.id, r.digest) for r in some]


@given(st.binary())
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    with suppress(Malformed):
        read_records(text)


def test_a_record_shows_no_digest() -> None:
    key = new_key()
    assert digest_of(key).hex() not in repr(record_of(key))
    assert repr(digest_of(key)) not in repr(record_of(key))


def test_a_revoked_key_stays_revoked_whatever_the_time() -> None:
    record = record_of(new_key(), revoked=2_000_000_000.0, expires=5.0)
    assert record.state(0.0) is State.REVOKED


def test_a_key_is_good_until_it_expires() -> None:
    record = record_of(new_key(), expires=10.0)
    assert record.state(9.999) is State.USABLE
    assert record.state(10.0) is State.EXPIRED
