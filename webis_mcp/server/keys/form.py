"""The form of a key: `wbs_`, 8 characters that name it, `_`, 43 secret ones, 6 of a checksum.

The prefix and the checksum let a scanner find a leaked key, and let us refuse a typing error before
anything is looked up. Knows no file, no clock and no scopes.
"""

from __future__ import annotations

import hashlib
import math
import re
import secrets
import string
import zlib

PREFIX = "wbs_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

ID_LENGTH = 8

SECRET_LENGTH = 43
"""62^43 is a little over 2^256."""

CHECK_LENGTH = 6
"""62^6 is over 2^32, the range of a CRC32."""

LONGEST = 512
"""Characters of a key; what is longer is refused unread. The predecessor's users chose theirs."""

ENOUGH_BITS = 128
"""Below that a secret may be guessed by one who has its digest."""

_FORM = re.compile(
    rf"{PREFIX}[0-9A-Za-z]{{{ID_LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECK_LENGTH}}}"
)

_KINDS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_OTHER_CHARACTERS = 33
"""Of printable ASCII, those that are neither digit nor letter."""


def new_key() -> str:
    """A key that nobody has seen."""
    return with_check(f"{PREFIX}{_random(ID_LENGTH)}_{_random(SECRET_LENGTH)}")


def with_check(body: str) -> str:
    """A key's body with its checksum behind it."""
    return body + _base62(zlib.crc32(body.encode()), CHECK_LENGTH)


def is_whole(key: str) -> bool:
    """Whether a string has the form of our keys, and its checksum fits."""
    if not _FORM.fullmatch(key):
        return False
    body = key[:-CHECK_LENGTH]
    return key == with_check(body)


def may_be_key(presented: str) -> bool:
    """Whether it is worth a digest: one of our keys without a typing error, or one of a form that
    we do not know, for the predecessor's keys have none."""
    if presented.startswith(PREFIX):
        return is_whole(presented)
    return 0 < len(presented) <= LONGEST


def digest_of(key: str) -> bytes:
    """What is kept of a key. A fast digest will do: there is nothing to guess in 256 random bits,
    and a slow one (argon2: 260 ms) would let anybody keep us busy."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def id_of(key: str) -> str:
    """The public name of a key: what it says itself, or else the beginning of its digest."""
    if is_whole(key):
        return key[len(PREFIX) : len(PREFIX) + ID_LENGTH]
    return _base62(int.from_bytes(digest_of(key)[:8]), ID_LENGTH)


def most_bits(chosen: str) -> float:
    """How many bits a key that somebody chose holds at most, by its kinds of characters."""
    kinds = sum(len(kind) for kind in _KINDS if set(chosen) & set(kind))
    if set(chosen) - set("".join(_KINDS)):
        kinds += _OTHER_CHARACTERS
    return len(chosen) * math.log2(kinds) if kinds > 1 else 0.0


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
