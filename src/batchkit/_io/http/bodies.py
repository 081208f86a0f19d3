"""An answer's body: bounded in size before and after decoding."""

from __future__ import annotations

import zlib
from typing import Final

MOST_BYTES: Final = 16 * 1024 * 1024
"""The largest body that is read, as sent and as decoded."""


_PIECE: Final = 256 * 1024
"""The most that is decoded at once."""


class BrokenBody(Exception):
    """The body broke off, or is encoded in a way that was not asked for."""


class TooLarge(BrokenBody):
    """The body is larger than `MOST_BYTES`."""


def confirm_size(body: bytes) -> bytes:
    """The body that somebody else has read already. Raises `TooLarge`."""
    if len(body) > MOST_BYTES:
        raise TooLarge
    return body


class BodyReader:
    """Collects one answer's raw bytes, and decodes them as they come.

    `identity` was asked for; one layer of gzip is put up with.
    """

    def __init__(self, encoding: str) -> None:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise BrokenBody
        zipped = encoding.endswith("gzip")
        self._unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if zipped else None
        self._raw_size = 0
        self._body = bytearray()  # one block, however small the parts are that come

    def add(self, part: bytes) -> None:
        """Take the next bytes as they came."""
        self._raw_size += len(part)
        if self._raw_size > MOST_BYTES:
            raise TooLarge
        if self._unzip is None:
            self._body += part
            return
        try:
            while part:
                self._keep(self._unzip.decompress(part, _PIECE))
                part = self._unzip.unconsumed_tail
        except zlib.error:
            raise BrokenBody from None
        if self._unzip.unused_data:  # a second body behind the first: half of it is worth nothing
            raise BrokenBody

    def decoded(self) -> bytes:
        """The body itself, once all of it has come."""
        if self._unzip is not None:
            self._keep(self._unzip.flush())
            if not self._unzip.eof:  # cut short, without any other sign
                raise BrokenBody
        return bytes(self._body)

    def _keep(self, piece: bytes) -> None:
        self._body += piece
        if len(self._body) > MOST_BYTES:
            raise TooLarge
