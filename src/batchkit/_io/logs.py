"""What clients log: requests under `batchkit.requests`, runs under `batchkit.runs`.

A line holds no credential and no item, and of a vendor's words only why a run stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import attrs

from .._core.operations import Operation
from .._core.run.breaker import Outage
from .._core.text import one_line
from ..outcomes import Report, RequestRecord

_ROOT = logging.getLogger("batchkit")
_ROOT.addHandler(logging.NullHandler())
_REQUESTS = _ROOT.getChild("requests")
_RUNS = _ROOT.getChild("runs")

_OF_REQUESTS = [each.name for each in attrs.fields(RequestRecord) if each.name != "body"]
_OF_RUNS = (
    *("total", "succeeded", "accepted", "rejected", "skipped", "unknown", "unsent"),
    *("requests", "retries", "polls", "bytes_sent", "elapsed"),
)


def wants(*, again: bool = False) -> bool:
    """Whether anybody reads of requests; `again` for one that will be sent again."""
    return _REQUESTS.isEnabledFor(logging.WARNING if again else logging.DEBUG)


def request_began(record: RequestRecord) -> None:
    """It is sent now."""
    template = "%s %s: %s %s begins: attempt %d, items: %d from index %d, %d bytes"
    told = _told(record)
    del told["seconds"]  # it has taken none yet
    size = (record.attempt, record.items, record.first_index, record.bytes_sent)
    _log(_REQUESTS, logging.DEBUG, template, *_begin(record), *size, told=told)


def request_ended(record: RequestRecord) -> None:
    """It is over."""
    said = str(record.status) if record.reason is None else record.reason
    if record.request_id is not None:
        said += f" (request id {record.request_id})"
    level = logging.DEBUG
    if record.retry_in is not None:
        level, said = (
            logging.WARNING,
            f"{said}; it is sent again, in {record.retry_in:.2f} s at the earliest",
        )
    template = "%s %s: %s %s ended: attempt %d, %.3f s: %s"
    args = (record.attempt, record.seconds, said)
    _log(_REQUESTS, level, template, *_begin(record), *args, told=_told(record))


def requests_paused(operation: Operation, seconds: float) -> None:
    """The vendor asked everybody to wait."""
    template, told = "%s %s: all requests wait %.1f s, as the vendor asks", {"retry_in": seconds}
    _log_of(operation, _REQUESTS, logging.WARNING, template, seconds, told=told)


def outage_goes_on(operation: Operation, outage: Outage, seconds: float, *, again: bool) -> None:
    """Nothing gets through; `again` after a request that tried."""
    why = outage.trouble.value
    template = "%s %s: nothing gets through (%s); in %.1f s one request tries again"
    if again:
        template = "%s %s: still nothing gets through (%s); in %.1f s the next request tries"
    told = {"reason": why, "retry_in": seconds}
    _log_of(operation, _REQUESTS, logging.WARNING, template, why, seconds, told=told)


def outage_ended(operation: Operation) -> None:
    """Something got through again."""
    _log_of(operation, _REQUESTS, logging.INFO, "%s %s: requests get through again")


def run_began(operation: Operation) -> None:
    """A call begins."""
    _log_of(operation, _RUNS, logging.INFO, "%s %s: the run began")


def run_ended(operation: Operation, report: Report[Any], reason: str | None, *, left: bool) -> None:
    """A call is over; `reason` says why it stopped before its end; `left` if nobody read on."""
    told: dict[str, object] = {name: getattr(report, name) for name in _OF_RUNS}
    if reason is None:
        template = f"%s %s: the run {'was left' if left else 'ended'}: %s"
        _log_of(operation, _RUNS, logging.INFO, template, report, told=told)
    else:
        told["reason"] = line = one_line(reason)
        template = "%s %s: the run stopped: %s (%s)"
        _log_of(operation, _RUNS, logging.WARNING, template, line, report, told=told)


def _begin(record: RequestRecord) -> tuple[str, str, str, str]:
    return record.vendor, record.operation, record.method, record.url


def _told(record: RequestRecord) -> dict[str, object]:
    told = {name: getattr(record, name) for name in _OF_REQUESTS}
    return {name: value for name, value in told.items() if value is not None}


def _log_of(
    operation: Operation,
    logger: logging.Logger,
    level: int,
    template: str,
    *args: object,
    told: Mapping[str, object] | None = None,
) -> None:
    name = {"vendor": operation.vendor, "operation": operation.name}
    told = {**name, **(told or {})}
    _log(logger, level, template, *name.values(), *args, told=told)


def _log(
    logger: logging.Logger, level: int, template: str, *args: object, told: Mapping[str, object]
) -> None:
    if logger.isEnabledFor(level):
        extra = {f"batchkit_{name}": value for name, value in told.items()}
        with suppress(Exception):  # a filter may raise anything, and no account depends on one
            logger.log(level, template, *args, extra=extra)
