"""Who is let in, by what, and for how long."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.support.command import PATIENCE
from tests.support.keys import Clock, add_key
from webis_mcp.server.http.answers import Refusal
from webis_mcp.server.http.gate import (
    ANYBODY,
    NO_KEY,
    WRONG_KEYS_PER_MINUTE,
    Gate,
    credential_of,
    key_in_query,
    may,
)
from webis_mcp.server.http.rates import Rate
from webis_mcp.server.keys.file import changing
from webis_mcp.server.keys.form import new_key
from webis_mcp.server.keys.keyring import Keyring, Principal
from webis_mcp.server.keys.record import Scope


@pytest.mark.parametrize(
    ("headers", "credential"),
    [
        ([], ""),
        ([(b"authorization", b"Bearer wbs_k")], "wbs_k"),
        ([(b"authorization", b"bEARER wbs_k")], "wbs_k"),
        ([(b"x-api-key", b"wbs_k")], "wbs_k"),
        ([(b"authorization", b"Bearer wbs_k"), (b"x-api-key", b"wbs_k")], "wbs_k"),
        ([(b"authorization", b"Bearer wbs_k"), (b"x-api-key", b"other")], ""),
        ([(b"authorization", b"Bearer wbs_k"), (b"authorization", b"Bearer wbs_k")], ""),
        ([(b"authorization", b"Basic wbs_k")], ""),
        ([(b"authorization", b"wbs_k")], ""),
        ([(b"authorization", b"Bearer")], ""),
        ([(b"authorization", b"Bearer wbs k")], "wbs k"),
    ],
)
def test_a_key_is_in_one_place(headers: list[tuple[bytes, bytes]], credential: str) -> None:
    assert credential_of(headers) == credential


@pytest.mark.parametrize("query", [b"api_key=x", b"a=1&TOKEN=x", b"key", b"access%5Ftoken=x"])
def test_a_key_in_a_url_is_refused(query: bytes) -> None:
    refusal = key_in_query(query)
    assert refusal
    assert refusal.status == 400


@pytest.mark.parametrize("query", [b"", b"session_id=12", b"monkey=1"])
def test_another_query_is_none_of_the_gates_business(query: bytes) -> None:
    assert key_in_query(query) is None


def test_a_good_key_is_admitted_and_all_others_hear_the_same(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    good = add_key(file, "desk")
    expired, revoked = add_key(file, expires=1.0), add_key(file, revoked=1.0)
    gate = Gate(Keyring(file), is_open=True)
    admitted = gate.admit(good, "peer")
    assert isinstance(admitted, Principal)
    assert admitted.name == "desk"
    for wrong in ("", "x", good[:-1], good.lower(), f"{good} ", new_key(), expired, revoked):
        assert gate.admit(wrong, "peer") is NO_KEY


def test_without_any_key_this_machine_may_and_others_may_not(tmp_path: Path) -> None:
    keys = Keyring(tmp_path / "api_keys.json")
    assert Gate(keys, is_open=True).admit("", "peer") is ANYBODY
    assert Gate(keys, is_open=False).admit("", "peer") is NO_KEY


def test_the_first_key_closes_the_gate_for_good(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    gate = Gate(Keyring(file), is_open=True)
    assert gate.admit("", "peer") is ANYBODY
    add_key(file)
    assert gate.admit("", "peer") is NO_KEY
    file.unlink()
    assert gate.admit("", "peer") is NO_KEY


def test_a_key_made_this_moment_is_good(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    add_key(file)
    gate = Gate(Keyring(file), is_open=False)
    assert isinstance(gate.admit(add_key(file), "peer"), Principal)


def test_a_peer_with_many_wrong_keys_waits_but_its_good_key_does_not(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    good = add_key(file)
    gate = Gate(Keyring(file), is_open=False, now=Clock())
    answers = [gate.admit(new_key(), "peer") for _ in range(WRONG_KEYS_PER_MINUTE + 1)]
    last = answers[-1]
    assert isinstance(last, Refusal)
    assert last.status == 429
    assert dict(last.headers)[b"retry-after"] == b"2"
    assert all(answer is NO_KEY for answer in answers[:-1])
    assert isinstance(gate.admit(good, "peer"), Principal)
    assert gate.admit(new_key(), "another peer") is NO_KEY


def test_a_missing_key_is_no_wrong_key(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    add_key(file)
    gate = Gate(Keyring(file), is_open=False)
    assert {gate.admit("", "peer") for _ in range(2 * WRONG_KEYS_PER_MINUTE)} == {NO_KEY}


def test_what_a_key_was_not_given_is_refused() -> None:
    reader = Principal("id", "reader", frozenset({Scope.EXTRACT}))
    assert may(reader, Scope.EXTRACT) is None
    refusal = may(reader, Scope.FETCH)
    assert refusal
    assert refusal.status == 403
    assert "`fetch`" in refusal.words


def test_each_key_has_its_own_calls(tmp_path: Path) -> None:
    gate = Gate(Keyring(tmp_path / "none"), is_open=True, calls=Rate(1, 1, now=Clock()))
    one, two = Principal("1", "", frozenset()), Principal("2", "", frozenset())
    assert gate.charge(one) is None
    refusal = gate.charge(one)
    assert refusal
    assert refusal.status == 429
    assert gate.charge(two) is None


async def test_who_is_inside_is_put_out_when_the_key_is_revoked(tmp_path: Path) -> None:
    file = tmp_path / "api_keys.json"
    key, other = add_key(file), add_key(file)
    gate = Gate(Keyring(file), is_open=False)
    one, two = gate.admit(key, "peer"), gate.admit(other, "peer")
    assert isinstance(one, Principal)
    assert isinstance(two, Principal)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(gate.watch)
        with gate.inside(two) as stays, gate.inside(one) as goes:
            with changing(file) as records:
                records[:] = [record for record in records if record.id != one.id]
            with anyio.fail_after(PATIENCE):
                await anyio.sleep_forever()
        assert goes.cancelled_caught
        assert not stays.cancel_called
        tasks.cancel_scope.cancel()
