"""What a journal keeps of the items of a chunk, if it is to: packed by a run, read by users."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Final

from .._core.items.chunks import Chunk
from .._core.rulings import Entry, positions_of

_LARGEST_REFUSED: Final = 100_000
"""Bytes of an item that is kept though it could not be sent."""
_MOST: Final = 100_000_000
"""Bytes of the items of one chunk: far more than cutting allows."""


def packed(chunk: Chunk, entry: Entry) -> bytes | None:
    """A line with position and JSON for each item that has not got through; `None` if all have."""
    through = positions_of(ruling for ruling in entry.rulings if ruling.got_through)
    encoded = [
        b"%d:%s" % (position, chunk.encoded[part])
        for part, position in enumerate(chunk.positions)
        if position not in through
    ]
    encoded += [
        b"%d:%s" % (position, text)
        for position in chunk.refused
        if (text := _plain(chunk.items[position])) is not None
    ]
    return zlib.compress(b"\n".join(encoded), 1) if encoded else None


def unpacked(kept: bytes | None) -> Mapping[int, bytes]:
    """The JSON of the items that were packed, by position; none where they cannot be read."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(kept or b"", _MOST)
        lines = text.split(b"\n") if unpacking.eof else ()  # else it is not whole, or too much
        pairs = (line.split(b":", 1) for line in lines)
        return {int(position): piece for position, piece in pairs}
    except (zlib.error, ValueError):
        return {}


def _plain(item: object) -> bytes | None:
    """The JSON of an item that could not be sent; `None` if it has none, or far too much."""
    try:
        text = json.dumps(item, allow_nan=False, ensure_ascii=False).encode()
    except Exception:  # an item may be any object, and do anything when read
        return None
    return text if len(text) <= _LARGEST_REFUSED else None
