"""Undoes a body's content codings (gzip, deflate, br, zstd) in small pieces.

A kilobyte can hold gigabytes, so nothing here gives more than a piece at a time, and who asks for
the next piece decides whether there is one. The HTTP client's own decoders are not used: of a gzip
body of several members they give the first and drop the rest without a word.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it ships no types

from webis_mcp.errors import FetchFailed, PageTooLarge

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

ACCEPTED = "gzip, deflate, br, zstd"
MAX_CODINGS = 5
GZIP = zlib.MAX_WBITS | 16
PIECE_BYTES = 65_536
ZSTD_WINDOW_LOG = 23
"""8 MB: the most that a browser has to support (RFC 9659); a frame may ask for 2 GB."""


class Decoder(Protocol):
    """One coding: takes what comes, gives pieces. A piece may be empty: work was done."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def is_complete(self) -> bool: ...


class Gzip:
    """gzip. Members may follow each other; what follows them otherwise is padding."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(GZIP)

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        while data or len(piece) == PIECE_BYTES:  # a full piece: more may be held back
            if self._inflate.eof:
                if not data.startswith(b"\x1f"):
                    return
                self._inflate = zlib.decompressobj(GZIP)
            piece = self._inflate.decompress(data, PIECE_BYTES)
            yield piece
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def is_complete(self) -> bool:
        return self._inflate.eof


class Deflate:
    """deflate, with the wrapping it should have or without it, as some servers send it."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj()
        self._first = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        while (data or len(piece) == PIECE_BYTES) and not self._inflate.eof:
            if self._first and not _has_zlib_header(data):
                self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            self._first = False
            piece = self._inflate.decompress(data, PIECE_BYTES)
            yield piece
            data = self._inflate.unconsumed_tail

    def is_complete(self) -> bool:
        return self._inflate.eof


class Brotli:
    """br."""

    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = data
        while piece and not self._brotli.is_finished():
            piece = self._brotli.process(data, output_buffer_limit=PIECE_BYTES)
            yield piece
            data = b""

    def is_complete(self) -> bool:
        return bool(self._brotli.is_finished())


class Zstd:
    """zstd. Frames may follow each other."""

    def __init__(self) -> None:
        self._zstd = _zstd()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data or not (self._zstd.needs_input or self._zstd.eof):
            if self._zstd.eof:
                self._zstd = _zstd()
            yield self._zstd.decompress(data, PIECE_BYTES)
            data = self._zstd.unused_data if self._zstd.eof else b""

    def is_complete(self) -> bool:
        return self._zstd.eof


def _zstd() -> ZstdDecompressor:
    return ZstdDecompressor(options={DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})


def _has_zlib_header(data: bytes) -> bool:
    if len(data) == 1:
        return data[0] & 15 == zlib.DEFLATED
    return data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0


DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": Gzip,
    "x-gzip": Gzip,
    "deflate": Deflate,
    "br": Brotli,
    "zstd": Zstd,
}


class Decoding:
    """All the codings of one body, the last applied undone first.

    Args:
        header: the value of Content-Encoding; may be empty.
        max_bytes: what the body, and each layer of it, may come to.

    Raises:
        FetchFailed: a coding is unknown, or there are too many.
    """

    def __init__(self, header: str, max_bytes: int) -> None:
        names = [name.strip() for name in header.lower().split(",")]
        names = [name for name in names if name not in ("", "identity")]
        if len(names) > MAX_CODINGS:
            raise FetchFailed(f"The page is compressed {len(names)} times over.")
        for name in names:
            if name not in DECODERS:
                raise FetchFailed(f"The page is compressed in an unknown way ({name[:20]!a}).")
        self._layers = [Layer(DECODERS[name](), max_bytes) for name in reversed(names)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` adds to the body, in pieces, empty ones among them.

        Raises:
            FetchFailed: the data is not what its coding says.
            PageTooLarge: it comes to too much.
        """
        pieces: Iterator[bytes] = iter((data,))
        for layer in self._layers:
            pieces = layer.through(pieces)
        try:
            yield from pieces
        except (zlib.error, brotli.error, ZstdError) as error:
            raise FetchFailed(
                "The page's compression is broken.", hint="Another try may fetch it whole."
            ) from error

    def finish(self) -> None:
        """Say that the body is over.

        Raises:
            FetchFailed: it ended too soon.
        """
        if not all(layer.is_complete() for layer in self._layers):
            raise FetchFailed(
                "The page's compressed data ended too soon.", hint="Another try may fetch it whole."
            )


class Layer:
    """One coding of several. Each is counted: a layer may swell to gigabytes that the next one
    shrinks to nothing, and all that time nothing comes out."""

    def __init__(self, decoder: Decoder, max_bytes: int) -> None:
        self._decoder = decoder
        self._max_bytes = max_bytes
        self._given = 0
        self._begun = False

    def through(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for data in pieces:
            self._begun = self._begun or bool(data)
            for piece in self._decoder.feed(data):
                self._given += len(piece)
                if self._given > self._max_bytes:
                    raise PageTooLarge(
                        f"The page unpacks to over {self._max_bytes:,} bytes.",
                        hint="Ask for a smaller page; WEBIS_MAX_PAGE_BYTES sets the limit.",
                    )
                yield piece

    def is_complete(self) -> bool:
        """Whether the coding has ended; one that never began, an empty body, has."""
        return not self._begun or self._decoder.is_complete()
