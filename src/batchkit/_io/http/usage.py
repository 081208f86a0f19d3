"""Who uses a transport: its connections are closed under nobody's hands."""

from __future__ import annotations

import threading


class Usage:
    """Counts the requests under way, from whatever thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._ended = False

    @property
    def has_ended(self) -> bool:
        """Whether no request may begin any more."""
        return self._ended

    def begin(self) -> bool:
        """One more request is under way, unless this is false."""
        with self._lock:
            self._under_way += not self._ended
            return not self._ended

    def over(self) -> bool:
        """A request is over; whether the connections are to be closed now."""
        with self._lock:
            self._under_way -= 1
            return self._ended and not self._under_way

    def end(self) -> bool:
        """No request may begin any more; whether the connections are to be closed now.

        Else the last request that is under way is told to.
        """
        with self._lock:
            self._ended = True
            return not self._under_way
