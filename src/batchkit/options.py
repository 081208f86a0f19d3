"""What a caller may choose: how often, how fast and how much. All times are in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import attrs

from .exceptions import ConfigurationError

if TYPE_CHECKING:
    from tenacity import RetryCallState
    from tenacity.stop import stop_base
    from tenacity.wait import wait_base

    from .outcomes import Outcome, RequestRecord


def _number(
    least: float, *, above: bool = False, whole: bool = False
) -> Callable[[Any, attrs.Attribute[Any], object], None]:
    def validate(options: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        what = "a whole number" if whole else "a number"
        good = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if good and _is_in_range(cast(float, value), least, above=above):
            return
        limit = f"{'above' if above else 'of at least'} {least:g}"
        raise ConfigurationError(
            f"{type(options).__name__}({attribute.name}=…) is {value!r}; it must be {what} {limit}."
        )

    return validate


def _is_in_range(number: float, least: float, *, above: bool) -> bool:
    # No `isfinite`: it raises for a whole number that is too large for a float.
    return abs(number) <= sys.float_info.max and (number > least or (number == least and not above))


def _callable_or_none(what: str) -> Callable[[Any, attrs.Attribute[Any], object], None]:
    def validate(options: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is not None and not callable(value):
            name = f"{type(options).__name__}({attribute.name}=…)"
            raise ConfigurationError(f"{name} is {value!r}; it must be {what}.")

    return validate


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often a chunk is sent, and how long is waited in between.

    The wait before attempt *n* + 1 is drawn between 0 and `base_delay` × 2ⁿ⁻¹, at most
    `max_delay`. A server's `Retry-After` is a floor under it.

    When nothing but failures comes, not every chunk uses up its attempts: all requests to that
    vendor wait, and one at a time tries again, first after the wait that would follow the last
    attempt (30 s by default), then ever less often, up to ten times that.
    """

    attempts: int = attrs.field(default=6, validator=_number(1, whole=True))
    """Sendings in all, the first included."""
    base_delay: float = attrs.field(default=0.5, validator=_number(0))
    """Seconds; the longest wait after the first attempt."""
    max_delay: float = attrs.field(default=30.0, validator=_number(0))
    """Seconds; the longest wait that batchkit chooses by itself."""
    max_retry_after: float = attrs.field(default=3700.0, validator=_number(0))
    """Seconds; told to wait longer than this, or after failures for longer than this, a run ends
    with `RateLimitedError`."""
    wait: wait_base | Callable[[RetryCallState], float] | None = attrs.field(
        default=None, validator=_callable_or_none("a tenacity wait strategy")
    )
    """A tenacity wait strategy in place of the delays above; nothing is added to what it says."""
    stop: stop_base | Callable[[RetryCallState], bool] | None = attrs.field(
        default=None, validator=_callable_or_none("a tenacity stop strategy")
    )
    """A tenacity stop strategy instead of `attempts`."""


@attrs.frozen(kw_only=True)
class PollPolicy:
    """How often a ticket is asked about: after `initial` seconds, then ever less often."""

    initial: float = attrs.field(default=1.0, validator=_number(0, above=True))
    """Seconds from the ticket to the first question."""
    factor: float = attrs.field(default=1.25, validator=_number(1))
    """What the time since the ticket is multiplied by from one question to the next: 1.25 asks
    again when a quarter more has passed. No wait is shorter than `initial`, and none is longer
    than the last one times this."""
    maximum: float = attrs.field(default=10.0, validator=_number(0, above=True))
    """Seconds; the longest wait between two questions."""
    stall_timeout: float = attrs.field(default=900.0, validator=_number(0, above=True))
    """Seconds without any progress after which waiting ends with `DeadlineExceededError`."""


@attrs.frozen(kw_only=True)
class Pace:
    """At most `requests` in any `per` seconds.

    A burst at the start is allowed; a slot comes back `per` seconds after its answer.
    """

    requests: int = attrs.field(validator=_number(1, whole=True))
    per: float = attrs.field(validator=_number(0, above=True))
    """Seconds."""


@attrs.frozen(kw_only=True)
class Limits:
    """The most that one request may hold; never above the vendor's own limit.

    `None` leaves the operation's limit as it is.
    """

    max_items: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(_number(1, whole=True))
    )
    max_bytes: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(_number(1, whole=True))
    )
    """Bytes of the whole body, envelope included."""


_HOOK = _callable_or_none("a function of one argument, or None")


@attrs.frozen(kw_only=True)
class Hooks:
    """Functions of the caller's that are told what happens while a call goes on.

    They are called one after another in the thread or task that made the call, as `on_progress`
    is. An asynchronous client awaits what they return, if it can be awaited. What one of them
    raises ends the run and comes out unchanged, once what is in flight is accounted for; after
    that, and once a stream is left, none is called any more. While the source makes the run wait
    for its next item, none is called either.
    """

    request: Callable[[RequestRecord], object] | None = attrs.field(default=None, validator=_HOOK)
    """Called when a request is over, questions about tickets included."""
    retry: Callable[[RequestRecord], object] | None = attrs.field(default=None, validator=_HOOK)
    """Called after that, if the request will be sent again; `retry_in` says when."""
    outcome: Callable[[Outcome[Any]], object] | None = attrs.field(default=None, validator=_HOOK)
    """Called for each outcome when its chunk is settled, with `send` as well as with `stream`.

    A call that goes on with a journal tells the outcomes of earlier calls once more. Ecwid's
    `submit` tells an entry that has its ticket as `Unknown`, and `wait` tells it again."""
