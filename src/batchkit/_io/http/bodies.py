"""An answer's body: bounded in size before and after decoding."""

from __future__ import annotations

import zlib
from typing import Final

MOST_BYTES: Final = 16 * 1024 * 1024
"""The largest body that is read, as sent and as decoded."""


class TooMuch(Exception):
    """The body is larger than `MOST_BYTES`, or encoded in a way that was not asked for."""


class Body:
    """Collects the raw bytes of one answer."""

    def __init__(self, encoding: str) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._encoding = encoding.strip().lower()

    def add(self, part: bytes) -> None:
        """Take the next bytes as they came."""
        self._size += len(part)
        if self._size > MOST_BYTES:
            raise TooMuch
        self._parts.append(part)

    def decoded(self) -> bytes:
        """The body itself. `identity` was asked for; one layer of gzip is put up with."""
        raw = b"".join(self._parts)
        if self._encoding in ("", "identity"):
            return raw
        if self._encoding not in ("gzip", "x-gzip"):
            raise TooMuch
        unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            body = unzip.decompress(raw, MOST_BYTES)
        except zlib.error:
            raise TooMuch from None
        if not unzip.eof:  # more than we read, or cut short without any other sign
            raise TooMuch
        return body
