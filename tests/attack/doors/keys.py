"""Keys in each state, by each way that a key may come in: only a good one opens anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.attack.doors.served import Served, served, within
from tests.attack.doors.speaking import PAGE, Answer, ask, call, post
from tests.attack.doors.verdicts import Case, cases_of, expect, judge
from tests.support.keys import add_key
from webis_mcp.server.keys.file import changing
from webis_mcp.server.keys.form import PREFIX, id_of, new_key
from webis_mcp.server.keys.record import Record, Scope

REFUSED = (401, 403)


def run(corpus: Path) -> list[bool]:
    """Plays all cases on one server, each from an address of its own: too many wrong keys from one
    are another matter."""
    with served() as server:
        keys = keys_of(server)

        def play_one(number: int, case: Case) -> bool:
            return judge(case, lambda: play(server, case, keys, f"127.0.1.{number + 1}"))

        return [play_one(number, case) for number, case in enumerate(cases_of(corpus, "auth"))]


def keys_of(server: Served) -> dict[str, str]:
    """A key for each state but those that need two headers or none."""
    good, other = server.key, server.key[-1]
    keys = {
        "empty": "",
        "wrong": "wrong",
        "wrong-same-length": new_key(),
        "wrong-last-char": good[:-1] + ("x" if other != "x" else "y"),
        "prefix-only": f"{PREFIX}{id_of(good)}",
        "lower-cased": good.lower(),
        "with-space": f"{good[:30]} {good[30:]}",
        "with-newline": f"{good[:30]}\r\n {good[30:]}",
        "expired": add_key(server.keys, "expired", expires=time.time() - 1),
        "revoked": add_key(server.keys, "revoked"),
        "disabled": add_key(server.keys, "disabled"),
        "wrong-scope": add_key(server.keys, "narrow", scopes=frozenset({Scope.DIAGNOSE})),
    }
    for key in (keys["revoked"], keys["disabled"]):
        opened = within(3, partial(opens, server, key))
        expect(opened, "a key that is yet to fall opens nothing")
    with changing(server.keys) as records:
        records[:] = [fallen(record) for record in records if record.name != "disabled"]
    fell = within(1, lambda: not opens(server, keys["revoked"]))
    expect(fell, "a revoked key still opens something after a second")
    return keys


def opens(server: Served, key: str) -> bool:
    return by_bearer(server, key).status == 200


def fallen(record: Record) -> Record:
    """The record, revoked if that is its name."""
    return replace(record, revoked=time.time()) if record.name == "revoked" else record


def play(server: Served, case: Case, keys: Mapping[str, str], source: str) -> str:
    """Tries a key by each way in, and a good one after each."""
    answers = {name: way(server, source) for name, way in ways(server, case.name, keys).items()}
    for name, answer in answers.items():
        told = f"{answer.status} by {name}: {answer.body[:200]!r}"
        expect(answer.status in REFUSED, told)
        expect(server.key.encode() not in answer.body, "the answer quotes the key")
        good = by_bearer(server, server.key, source)
        expect(good.status == 200 and b"ferry" in good.body, f"then a good key: {good.status}")
    return ", ".join(f"{answer.status} by {name}" for name, answer in answers.items())


Way = Callable[[Served, str], Answer]


def ways(server: Served, state: str, keys: Mapping[str, str]) -> dict[str, Way]:
    """How a key in that state may be presented."""
    if state == "none":
        return {"nothing": lambda server, source: ask(server.port, message(server), source)}
    if state == "two-headers":
        return {
            "a bad one behind": partial(by_two, keys=(server.key, "wrong")),
            "a bad one before": partial(by_two, keys=("wrong", server.key)),
            "a good one twice": partial(by_two, keys=(server.key, server.key)),
            "a header of each kind": by_both_kinds,
        }
    key = keys[state]
    return {
        "Authorization": lambda server, source: by_bearer(server, key, source),
        "X-API-Key": lambda server, source: ask(
            server.port, message(server, {"X-API-Key": key}), source
        ),
        "the body of /generate": lambda server, source: by_body(server, key, source),
    }


def message(server: Served, headers: Mapping[str, str] | None = None) -> bytes:
    return post(call(PAGE), server.port, headers=headers)


def by_bearer(server: Served, key: str, source: str = "127.0.0.1") -> Answer:
    return ask(server.port, message(server, {"Authorization": f"Bearer {key}"}), source)


def by_body(server: Served, key: str, source: str) -> Answer:
    body = {"prompt": "x", "api_key": key}
    return ask(server.port, post(body, server.port, path="/generate"), source)


def by_two(server: Served, source: str, keys: tuple[str, str]) -> Answer:
    first, second = keys
    data = message(server, {"Authorization": f"Bearer {first}"})
    twice = data.replace(b"\r\n", f"\r\nAuthorization: Bearer {second}\r\n".encode(), 1)
    return ask(server.port, twice, source)


def by_both_kinds(server: Served, source: str) -> Answer:
    both = {"Authorization": f"Bearer {server.key}", "X-API-Key": "wrong"}
    return ask(server.port, message(server, both), source)
