"""A body is read once: not too large, not too late, and not too many together."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest
from starlette.types import Message, Receive

from webis_mcp.server.http.answers import Refusal
from webis_mcp.server.http.bodies import Bodies, ClientGone, replay


def sending(*pieces: bytes, then: Message | None = None) -> Receive:
    """A client that sends a body in pieces and then waits, or does something else."""
    last = len(pieces) - 1
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": number < last or then is not None}
        for number, piece in enumerate(pieces)
    ]
    coming = iter([*messages, *([then] if then else [])])

    async def receive() -> Message:
        for message in coming:
            return message
        await anyio.sleep_forever()
        raise AssertionError("Nothing comes any more.")

    return receive


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Sequence[tuple[bytes, bytes]]]:
    return {"headers": headers}


async def test_the_pieces_of_a_body_are_put_together() -> None:
    async with Bodies().received(scope(), sending(b"ab", b"", b"c"), 3) as body:
        assert body == b"abc"


async def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    declared = scope((b"content-length", b"4"))
    async with Bodies().received(declared, sending(), 3) as body:
        assert isinstance(body, Refusal)
        assert body.status == 413


async def test_a_body_that_does_not_say_how_long_it_is_is_refused_at_the_limit() -> None:
    async with Bodies().received(scope(), sending(b"ab", b"cd"), 3) as body:
        assert isinstance(body, Refusal)
        assert body.status == 413
        assert "WEBIS_MAX_PAGE_BYTES" in body.words


async def test_a_body_that_stops_coming_is_given_up() -> None:
    waits = sending(b"ab", then={"type": "http.request", "body": b"", "more_body": True})
    async with Bodies(seconds=0.01).received(scope(), waits, 3) as body:
        assert isinstance(body, Refusal)
        assert body.status == 408


async def test_a_client_that_leaves_is_told_nothing() -> None:
    leaves = sending(b"ab", then={"type": "http.disconnect"})
    with pytest.raises(ClientGone):
        async with Bodies().received(scope(), leaves, 3):
            pass


async def test_bodies_together_take_no_more_memory_than_there_is() -> None:
    bodies = Bodies(memory=5)
    async with bodies.received(scope(), sending(b"abc"), 9) as first:
        assert first == b"abc"
        async with bodies.received(scope(), sending(b"abc"), 9) as second:
            assert isinstance(second, Refusal)
            assert second.status == 503
    async with bodies.received(scope(), sending(b"abcde"), 9) as third:
        assert third == b"abcde"


async def test_a_body_is_given_once_more_and_then_what_comes() -> None:
    again = replay(b"abc", sending(then={"type": "http.disconnect"}))
    assert await again() == {"type": "http.request", "body": b"abc", "more_body": False}
    assert await again() == {"type": "http.disconnect"}
