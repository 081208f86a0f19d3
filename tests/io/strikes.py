"""An exception that strikes at one line of the library, in the caller's thread alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType
from typing import Any

import batchkit

LIBRARY = Path(batchkit.__file__).parent


class Strike(Exception):
    """What a time limit raises: an exception of the caller's, anywhere."""


class Striking:
    """Raises a `Strike` at the line with this number, of those that run in certain files."""

    def __init__(
        self, line: int, files: Collection[str], is_here: Callable[[], bool] = lambda: True
    ) -> None:
        """`is_here` tells whether what runs now is the caller's."""
        self._is_here = is_here
        self._line = line
        self._files = files
        self.lines = 0
        self.where = "nowhere"

    @property
    def struck(self) -> bool:
        """Whether there was such a line."""
        return self.lines >= self._line

    def __enter__(self) -> Striking:
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *raised: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename not in self._files or _is_in_destructor(frame):
            return None
        if event == "line" and not self.struck and self._is_here():
            self.lines += 1
            if self.struck:
                self.where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                raise Strike(self.where)
        return self._trace


def _is_in_destructor(frame: FrameType | None) -> bool:
    """Python itself drops what is raised there."""
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None
