"""How old a key is, though the clock was set back: the system counts from its start as well."""

from __future__ import annotations

import time
from pathlib import Path

import attrs

from .._core.rulings import Entry

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def uptime() -> tuple[str, float] | None:
    """Which start of the system this is, and the seconds since; `None` where it does not say."""
    try:
        boot = _BOOT_ID.read_text().strip()
        return boot, time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, AttributeError):  # not Linux
        return None


class Eras:
    """Notes with each key when the system was started, and ages the keys that it finds."""

    def __init__(self, now: float) -> None:
        """`now` is in seconds of the Unix clock."""
        told = uptime()
        self._now = now
        self._boot: str | None = told and told[0]
        self._booted: float | None = told and now - told[1]
        self._known: dict[int, float | None] = {}

    def noted(self, entry: Entry, at: float) -> Entry:
        """The entry with the start of the system as it was told when the key was first sent."""
        if self._boot is None or entry.key_sent is None:
            self._known.pop(entry.start, None)
            return entry
        if entry.key_sent == at:
            told = uptime()
            self._known[entry.start] = told and at - told[1]
        booted = self._known.get(entry.start, self._booted)
        return attrs.evolve(entry, boot=self._boot, booted=booted)

    def aged(self, entry: Entry) -> Entry:
        """The entry as if the clock had not been set back since its key was first sent.

        A key that is of the future counts as forgotten anyway, and stays so.
        """
        if entry.key_sent is None or entry.booted is None or self._booted is None:
            return entry
        set_back = entry.booted - self._booted
        if entry.boot != self._boot or set_back <= 0 or entry.key_sent > self._now:
            return entry
        return attrs.evolve(entry, key_sent=max(0.0, entry.key_sent - set_back))
