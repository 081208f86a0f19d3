"""What headers say: how long to wait, how much is left of a quota, which request it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from .effects import Response
from .text import one_line

_SECONDS = re.compile(r"[0-9]{1,100}(?:\.[0-9]{1,9})?")
_COUNT = re.compile(r"[0-9]{1,9}")
_REQUEST_IDS = ("x-request-id", "x-amzn-requestid", "x-ecwid-api-request-id")
_DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ -~]{5,40}")


def retry_after(headers: Mapping[str, str], received: float) -> float | None:
    """Seconds that the server asks to wait; `None` if it does not say, or not in a way to trust.

    `headers` are keyed in lower case; `received` is when they came, in seconds of the Unix clock,
    and serves only where the answer has no `Date`.
    """
    value = headers.get("retry-after", "").strip(" \t")
    if _SECONDS.fullmatch(value):
        return float(value)
    until = _unix_time(value)
    if until is None:
        return None
    now = _unix_time(headers.get("date", "").strip(" \t"))
    wait = until - (received if now is None else now)
    return wait if wait > 0 else None


def requests_left(headers: Mapping[str, str]) -> int | None:
    """How many requests the vendor says are left of the quota; `headers` in lower case."""
    told = headers.get("x-ratelimit-remaining", "").strip(" \t")
    return int(told) if _COUNT.fullmatch(told) else None


def request_id(response: Response) -> str | None:
    """The vendor's id of the request; `None` where it gave none."""
    told = (response.headers[name] for name in _REQUEST_IDS if name in response.headers)
    return one_line(next(told, "")) or None


def _unix_time(value: str) -> float | None:
    if not _DATE.fullmatch(value):
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
