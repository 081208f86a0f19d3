"""Reading `Retry-After`: seconds, or an HTTP date measured by the server's own clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,100}(?:\.[0-9]{1,9})?")
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


def _unix_time(value: str) -> float | None:
    if not _DATE.fullmatch(value):
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
