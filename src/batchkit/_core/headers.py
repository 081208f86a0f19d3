"""What headers say: how long to wait, how much is left of a quota, which request it was.

Headers are keyed in lower case, and a vendor's own names for them come from its operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from .text import one_line

_SECONDS = re.compile(r"[0-9]{1,100}(?:\.[0-9]{1,9})?")
_COUNT = re.compile(r"[0-9]{1,9}")
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


def requests_left(headers: Mapping[str, str], name: str) -> int | None:
    """How many requests are left of the quota, by the header called `name`; `None`: not said."""
    told = headers.get(name, "").strip(" \t")
    return int(told) if _COUNT.fullmatch(told) else None


def request_id(headers: Mapping[str, str], names: Iterable[str]) -> str | None:
    """The vendor's id of the request, under the first of these names; `None` where it gave none."""
    told = next((headers[name] for name in names if name in headers), None)
    return (one_line(told) or None) if told else None


def _unix_time(value: str) -> float | None:
    if not _DATE.fullmatch(value):
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
