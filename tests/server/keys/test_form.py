"""The form of keys: what is one of ours, and what a typing error does to it."""

from __future__ import annotations

import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.server.keys.form import (
    ALPHABET,
    ENOUGH_BITS,
    digest_of,
    id_of,
    is_whole,
    may_be_key,
    most_bits,
    new_key,
    with_check,
)

ids = st.text(ALPHABET, min_size=8, max_size=8)
secret_parts = st.text(ALPHABET, min_size=43, max_size=43)
keys = st.builds(lambda id, secret: with_check(f"wbs_{id}_{secret}"), ids, secret_parts)


def test_a_new_key_has_its_form_and_is_like_no_other() -> None:
    made = {new_key() for _ in range(100)}
    assert len(made) == 100
    assert all(is_whole(key) and len(key) == 62 for key in made)


def test_the_checksum_is_a_crc32_in_base_62() -> None:
    body = "wbs_laptop01_" + "k" * 43
    number = 0
    for digit in with_check(body)[-6:]:
        number = number * 62 + (string.digits + string.ascii_letters.swapcase()).index(digit)
    assert number == zlib.crc32(body.encode())


@given(keys)
def test_a_key_names_itself(key: str) -> None:
    assert is_whole(key)
    assert may_be_key(key)
    assert id_of(key) == key[4:12]


@given(keys, st.integers(0, 61), st.characters())
def test_any_changed_character_is_noticed(key: str, place: int, other: str) -> None:
    changed = key[:place] + other + key[place + 1 :]
    assert is_whole(changed) == (changed == key)
    assert (digest_of(changed) == digest_of(key)) == (changed == key)


@given(keys, st.integers(0, 60))
def test_two_swapped_characters_are_noticed(key: str, place: int) -> None:
    swapped = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
    assert is_whole(swapped) == (swapped == key)


@pytest.mark.parametrize("around", [" {}", "{} ", "{}\n", "Bearer {}", "\ufeff{}", "{}\0"])
def test_what_stands_around_a_key_is_not_cut_off(around: str) -> None:
    assert not is_whole(around.format(new_key()))


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    assert not is_whole(text)
    assert may_be_key(text) == (0 < len(text) <= 512 and not text.startswith("wbs_"))


def test_half_a_character_is_no_reason_to_fail() -> None:
    assert digest_of("\ud800") != digest_of("?")


def test_a_key_of_another_form_is_named_by_its_digest() -> None:
    assert id_of("correct horse") == id_of("correct horse") != id_of("correct house")
    assert len(id_of("correct horse")) == 8


@pytest.mark.parametrize(
    ("chosen", "enough"),
    [
        ("secret", False),
        ("12345678901234567890", False),
        ("sk-0123456789", False),
        ("f3a9c1d47b2e48a0b6d5e81c9f7a2043", True),  # a UUID's 128 bits
        ("zH7kQ2mX9vB4nT6wR1sL8p", True),
    ],
)
def test_a_short_key_is_told_from_a_long_one(chosen: str, enough: bool) -> None:
    assert (most_bits(chosen) >= ENOUGH_BITS) == enough
