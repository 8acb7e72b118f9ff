"""Content codings: read whole, in small pieces, and never beyond the limit."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.errors import FetchFailed, PageTooLarge
from webis_mcp.service.fetching.codings import PIECE_BYTES, Decoding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"<p>High water at Port Elsin is at ten past four.</p>" * 5000
LIMIT = 1_000_000

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: bytes(brotli.compress(data, quality=2)),
    "zstd": zstd.compress,
}
CODINGS = pytest.mark.parametrize("coding", sorted(ENCODERS))


def raw_deflate(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


def decoded(header: str, data: bytes, *, step: int = 16_384, limit: int = LIMIT) -> bytes:
    """The body, fed in steps; no piece may be large."""
    decoding = Decoding(header, limit)
    pieces = []
    for start in range(0, len(data), step):
        for piece in decoding.feed(data[start : start + step]):
            assert len(piece) <= 2 * PIECE_BYTES
            pieces.append(piece)
    decoding.finish()
    return b"".join(pieces)


@CODINGS
@pytest.mark.parametrize("step", [2, 1000, 10_000_000])
def test_a_coded_body_is_read_whole(coding: str, step: int) -> None:
    assert decoded(coding, ENCODERS[coding](TEXT), step=step) == TEXT


@pytest.mark.parametrize("header", ["", "identity", " , identity"])
def test_a_plain_body_passes(header: str) -> None:
    assert decoded(header, TEXT) == TEXT


def test_deflate_may_lack_its_wrapping() -> None:
    assert decoded("deflate", raw_deflate(TEXT)) == TEXT
    assert decoded("deflate", zlib.compress(TEXT), step=1) == TEXT


@pytest.mark.parametrize("step", [1, 100, 10_000])
def test_gzip_members_and_zstd_frames_are_all_read(step: int) -> None:
    assert decoded("gzip", gzip.compress(b"High ") + gzip.compress(b"water"), step=step) == (
        b"High water"
    )
    assert decoded("zstd", zstd.compress(b"High ") + zstd.compress(b"water"), step=step) == (
        b"High water"
    )


def test_padding_after_a_gzip_body_is_ignored() -> None:
    assert decoded("gzip", gzip.compress(TEXT) + b"\0" * 100) == TEXT


def test_codings_are_undone_last_first() -> None:
    data = TEXT
    for coding in ("br", "gzip", "zstd", "deflate", "gzip"):
        data = ENCODERS[coding](data)
    assert decoded("br, GZIP, zstd,deflate, x-gzip", data) == TEXT


def test_more_than_five_codings_are_refused() -> None:
    with pytest.raises(FetchFailed, match="6 times"):
        Decoding(", ".join(["gzip"] * 6), LIMIT)


def test_an_unknown_coding_is_refused() -> None:
    with pytest.raises(FetchFailed, match="'compress'"):
        Decoding("gzip, compress", LIMIT)


@CODINGS
def test_a_bomb_ends_at_the_limit(coding: str) -> None:
    bomb = ENCODERS[coding](b"a" * 50_000_000)
    given = 0
    decoding = Decoding(coding, LIMIT)
    pieces = decoding.feed(bomb)
    while given + PIECE_BYTES <= LIMIT:
        piece = next(pieces)
        assert len(piece) <= 2 * PIECE_BYTES
        given += len(piece)
    with pytest.raises(PageTooLarge):
        list(pieces)


def test_a_layer_that_swells_and_shrinks_again_ends_at_the_limit() -> None:
    empty_members = gzip.compress(gzip.compress(b"") * 100_000)
    with pytest.raises(PageTooLarge):
        decoded("gzip, gzip", empty_members)


def test_a_long_silence_still_gives_the_floor_to_others() -> None:
    members = gzip.compress(b"") * 50
    assert list(Decoding("gzip", LIMIT).feed(members)).count(b"") == 50


def test_a_zstd_frame_cannot_ask_for_a_huge_window() -> None:
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 27}
    compressor = zstd.ZstdCompressor(options=options)
    data = compressor.compress(TEXT) + compressor.flush()
    with pytest.raises(FetchFailed, match="broken"):
        decoded("zstd", data)


@CODINGS
def test_a_body_that_ends_too_soon_fails(coding: str) -> None:
    with pytest.raises(FetchFailed, match="too soon"):
        decoded(coding, ENCODERS[coding](TEXT)[:-10])


@CODINGS
def test_an_empty_body_is_whole(coding: str) -> None:
    assert decoded(coding, b"") == b""


@given(st.sampled_from(sorted(ENCODERS)), st.binary(max_size=200))
def test_garbage_never_does_worse_than_fail(coding: str, data: bytes) -> None:
    with suppress(FetchFailed, PageTooLarge):
        decoded(coding, data, limit=10_000)


@given(st.sampled_from(sorted(ENCODERS)), st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_body_never_does_worse_than_fail(coding: str, place: int, byte: int) -> None:
    data = bytearray(ENCODERS[coding](TEXT))
    data[place % len(data)] = byte
    with suppress(FetchFailed, PageTooLarge):
        decoded(coding, bytes(data))
