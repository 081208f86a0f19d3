"""Why an item cannot be sent, told from what only struck while it was read.

An exception of a signal handler, such as the time limit of a job queue, comes up between any two
steps, and nothing in it tells where it is from. But what an item raises it raises each time that it
is read. So an item is refused for what it raises twice. Anything else says nothing of it, and is
raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..text import one_line
from .models import InvalidItem

_LOOKS = 3
"""How often an item is read at most, to see what it raises."""


def reason(
    problem: Exception, again: Callable[[], object], before: Sequence[Exception] = ()
) -> str:
    """Why an item is refused that raised `problem`; `again` reads it once more.

    `before` is what earlier looks raised. Raises what was not the item's own.
    """
    raised = (*before, problem)
    if _is_our_word(problem) or _mark(problem) in map(_mark, before):
        strange = [each for each in before if _mark(each) != _mark(problem)]
        if not strange:
            return _why(problem)
        raise _origin(strange[0])
    another = _raised_by(again) if len(raised) < _LOOKS else None
    if another is None:
        raise _origin(raised[0])
    return reason(another, again, raised)


def too_large(size: int, most: int) -> str:
    """Why an item of so many bytes is refused."""
    room = f"at most {most:,} fit" if most > 0 else "the envelope leaves no room in max_bytes"
    return f"The item is {size:,} bytes of JSON; {room}."


def _raised_by(read: Callable[[], object]) -> Exception | None:
    try:
        read()
    except Exception as problem:
        return problem
    return None


def _is_our_word(problem: Exception) -> bool:
    """Whether a check of ours found it by itself, and no exception behind it."""
    return isinstance(problem, InvalidItem) and problem.__context__ is None


def _mark(problem: Exception) -> tuple[type, str]:
    """What two looks have in common if the item is the reason."""
    return type(problem), str(problem) if isinstance(problem, InvalidItem) else ""


def _origin(problem: BaseException) -> BaseException:
    """What is behind it: a check of ours may have taken it for the item's."""
    if isinstance(problem, InvalidItem):
        problem = problem.__context__ or problem
        problem = problem.__cause__ or problem  # orjson puts its own around what a default raises
    return problem


def _why(problem: Exception) -> str:
    known = isinstance(problem, InvalidItem)
    return one_line(str(problem)) if known else f"Reading the item raised {type(problem).__name__}."
