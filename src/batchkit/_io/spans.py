"""OpenTelemetry: a span for each run, and below it one for each request.

Only the API is used, and only if the program has imported it, as whoever sets a tracer provider
does. The names are those of the semantic conventions for HTTP, stable since their version 1.23.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from .._core.effects import Failure, Response
from .._core.operations import Operation
from .._core.text import one_line
from ..outcomes import Report, RequestRecord
from . import clock
from .settings import package_version

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

_SCHEMA = "https://opentelemetry.io/schemas/1.23.0"
_COUNTS = (
    *("succeeded", "accepted", "rejected", "skipped", "unknown", "unsent"),
    *("requests", "retries", "polls"),
)
_PORTS = {"http": 80, "https": 443}


class Spans:
    """The spans of one run, or of a question that belongs to none."""

    def __init__(
        self, tracer: Tracer, context: Context, run: Span | None, operation: Operation, url: str
    ) -> None:
        self._tracer = tracer
        self._context = context
        self._run = run
        parts = urlsplit(url)
        self._shared = {
            **_names(operation),
            "server.address": parts.hostname or "",
            "server.port": parts.port or _PORTS[parts.scheme],
        }

    @classmethod
    def begin(
        cls, operation: Operation, url: str, began: float, *, is_question: bool
    ) -> Self | None:
        """The span of a run begins, below the caller's own; `None` where nobody records it."""
        if "opentelemetry.trace" not in sys.modules:
            return None
        from opentelemetry import context, trace

        with suppress(Exception):  # as with a log: no account depends on a program's exporters
            tracer = trace.get_tracer("batchkit", package_version(), schema_url=_SCHEMA)
            if isinstance(tracer, (trace.NoOpTracer, trace.ProxyTracer)):  # there is no provider
                return None
            if is_question:
                return cls(tracer, context.get_current(), None, operation, url)
            run = tracer.start_span(
                f"batchkit {operation.vendor} {operation.name}",
                attributes=_names(operation),
                start_time=_nanoseconds(began),
            )
            if run.is_recording():
                return cls(tracer, trace.set_span_in_context(run), run, operation, url)
        return None

    def request(self, record: RequestRecord, reply: Response | Failure) -> None:
        """A request is over; its span is made after the fact."""
        from opentelemetry.trace import SpanKind

        told: dict[str, str | int] = {
            **self._shared,
            "http.request.method": record.method,
            "url.full": record.url,
            "batchkit.items": record.items,
            "batchkit.first_index": record.first_index,
        }
        if record.status is not None:
            told["http.response.status_code"] = record.status
        if record.request_id is not None:
            told["batchkit.request_id"] = record.request_id
        if record.attempt > 1:
            told["http.request.resend_count"] = record.attempt - 1
        with suppress(Exception):
            span = self._tracer.start_span(
                record.method,
                context=self._context,
                kind=SpanKind.CLIENT,
                attributes=told,
                start_time=_nanoseconds(record.began),
            )
            if (error := _error(reply)) is not None:
                _fail(span, error, record.reason)
            span.end(_nanoseconds(record.began + record.seconds))

    def end(self, report: Report[Any], error: str | None, reason: str | None) -> None:
        """The run is over; `error` is the type of what it raises, and `reason` says why."""
        if self._run is None:
            return
        with suppress(Exception):
            self._run.set_attribute("batchkit.items", report.total)
            for name in _COUNTS:
                self._run.set_attribute(f"batchkit.{name}", getattr(report, name))
            if error is not None:
                _fail(self._run, error, reason)
            self._run.end(_nanoseconds(clock.current().time()))


def _names(operation: Operation) -> dict[str, str | int]:
    return {"batchkit.vendor": operation.vendor, "batchkit.operation": operation.name}


def _fail(span: Span, error: str, reason: str | None) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", error)
    span.set_status(StatusCode.ERROR, None if reason is None else one_line(reason))


def _error(reply: Response | Failure) -> str | None:
    """One of few words: the status, or how far the request came."""
    if isinstance(reply, Failure):
        return reply.phase.name.lower()
    if reply.status >= 400:
        return str(reply.status)
    return None if reply.complete else "answering"


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
