"""OpenTelemetry spans of runs and requests, in all three colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

import batchkit
from batchkit import Limits, RetryPolicy
from batchkit._io import observer
from tests.contract.colours import COLOURS, Colour, Played, Scene, answer, people
from tests.contract.test_ecwid import new, scene

all_colours = pytest.mark.parametrize("colour", COLOURS)
ONE = {"max_in_flight": 1}
PAIRS = {**ONE, "limits": Limits(max_items=2)}
TAKEN = answer(201, x_request_id="r-1")
START = 1_700_000_000 * 10**9


def use(provider: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's provider, for one test: it can be set only once in a process."""
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    use(provider, monkeypatch)
    yield exporter
    provider.shutdown()


def drip(number: int, *answers: Any, colour: Colour, **more: Any) -> Played:
    options = {**ONE, **more.pop("options", {})}
    scene = Scene(items=lambda: people(number), answers=answers, options=options, **more)
    return scene.play(colour)


def told(spans: InMemorySpanExporter) -> tuple[list[ReadableSpan], ReadableSpan]:
    """The spans of the requests, in order, and that of the one run."""
    *requests, run = spans.get_finished_spans()
    return sorted(requests, key=_resent), run


def _resent(span: ReadableSpan) -> Any:
    """An answer wakes others before it is told of, so the next attempt may be told of first."""
    return (span.attributes or {}).get("http.request.resend_count", 0)


@all_colours
def test_a_run_has_a_span_and_each_request_one_below_it(
    colour: Colour, spans: InMemorySpanExporter
) -> None:
    played = drip(3, TAKEN, colour=colour, options=PAIRS)

    requests, run = told(spans)
    assert (run.name, run.kind, run.parent) == (
        "batchkit Drip subscribers",
        SpanKind.INTERNAL,
        None,
    )
    assert [each.name for each in requests] == ["POST", "POST"]
    for each in requests:
        assert each.kind is SpanKind.CLIENT
        assert each.parent is not None
        assert each.parent.span_id == run.get_span_context().span_id
    assert run.attributes == {
        "batchkit.vendor": "Drip",
        "batchkit.operation": "subscribers",
        "batchkit.items": 3,
        "batchkit.succeeded": 0,
        "batchkit.accepted": 3,
        **{f"batchkit.{name}": 0 for name in ("rejected", "skipped", "unknown", "unsent")},
        "batchkit.requests": 2,
        "batchkit.retries": 0,
        "batchkit.polls": 0,
    }
    assert requests[1].attributes == {
        "batchkit.vendor": "Drip",
        "batchkit.operation": "subscribers",
        "batchkit.items": 1,
        "batchkit.first_index": 2,
        "batchkit.request_id": "r-1",
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "server.address": "api.getdrip.com",
        "server.port": 443,
        "url.full": "https://api.getdrip.com/v2/9999999/subscribers/batches",
    }
    assert {each.status.status_code for each in (run, *requests)} == {StatusCode.UNSET}
    assert played.report.accepted == 3


@all_colours
def test_spans_have_the_times_of_what_they_stand_for(
    colour: Colour, spans: InMemorySpanExporter
) -> None:
    played = drip(1, answer(429, retry_after=60), TAKEN, colour=colour)

    (first, second), run = told(spans)
    waited = played.report.elapsed * 1e9
    assert (first.start_time, run.start_time) == (START, START)
    assert second.start_time == second.end_time == pytest.approx(START + waited, rel=1e-15)
    assert run.end_time == second.end_time


@all_colours
def test_a_repeated_request_says_how_often_and_a_failed_one_why(
    colour: Colour, spans: InMemorySpanExporter
) -> None:
    drip(1, httpx.ConnectError("away"), answer(503), TAKEN, colour=colour)

    (lost, busy, taken), run = told(spans)
    resent = [
        dict(each.attributes or {}).get("http.request.resend_count") for each in told(spans)[0]
    ]
    assert resent == [None, 1, 2]
    assert lost.attributes is not None
    assert "http.response.status_code" not in lost.attributes
    assert lost.attributes["error.type"] == "connecting"
    assert lost.status.status_code is StatusCode.ERROR
    assert lost.status.description == "no connection could be made (ConnectError: away)"
    assert busy.attributes is not None
    assert busy.attributes["error.type"] == "503"
    assert (busy.status.status_code, busy.status.description) == (StatusCode.ERROR, None)
    for each in (taken, run):
        assert "error.type" not in (each.attributes or {})


def test_an_answer_that_broke_off_failed_while_it_came(spans: InMemorySpanExporter) -> None:
    def say(request: httpx.Request) -> httpx.Response:
        def parts() -> Iterator[bytes]:
            yield b"{"
            raise httpx.ReadError("gone")

        return httpx.Response(201, content=parts())

    with httpx.Client(transport=httpx.MockTransport(say)) as http:
        options = {"retry": RetryPolicy(attempts=1)}
        batchkit.Drip("1", api_key="k", http_client=http, **options).subscribers.send(people(1))
    [request], _ = told(spans)
    assert request.attributes is not None
    assert request.attributes["error.type"] == "answering"
    assert request.status.description == "the answer broke off"


@all_colours
def test_a_run_that_stops_has_an_error(colour: Colour, spans: InMemorySpanExporter) -> None:
    played = drip(3, answer(401), colour=colour)

    _, run = told(spans)
    assert run.attributes is not None
    assert run.attributes["error.type"] == "AuthenticationError"
    assert run.attributes["batchkit.unsent"] == 3
    assert run.status.status_code is StatusCode.ERROR
    assert run.status.description == str(played.error)


@all_colours
def test_of_what_the_callers_code_raises_only_the_type_is_said(
    colour: Colour, spans: InMemorySpanExporter
) -> None:
    def tell(report: Any) -> None:
        raise LookupError("no row for ada@shop.example")

    drip(3, TAKEN, colour=colour, on_progress=tell)

    _, run = told(spans)
    assert run.attributes is not None
    assert run.attributes["error.type"] == "LookupError"
    assert run.status.description == "The caller's own code raised LookupError."


@all_colours
def test_a_run_is_below_the_callers_own_span(colour: Colour, spans: InMemorySpanExporter) -> None:
    with trace.get_tracer("shop").start_as_current_span("night") as night:
        drip(1, TAKEN, colour=colour)
        assert trace.get_current_span() is night
    _, run, outer = spans.get_finished_spans()
    assert run.parent is not None
    assert run.parent.span_id == outer.get_span_context().span_id


@all_colours
def test_a_question_belongs_to_no_run(colour: Colour, spans: InMemorySpanExporter) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"deleteCount": 1}))
    with trace.get_tracer("shop").start_as_current_span("night"):
        if colour == "sync":
            with httpx.Client(transport=transport) as http:
                batchkit.Ecwid("1", token="secret", http_client=http).batches.delete("t1")
        else:

            async def main() -> None:
                async with httpx.AsyncClient(transport=transport) as http:
                    ecwid = batchkit.AsyncEcwid("1", token="secret", http_client=http)
                    await ecwid.batches.delete("t1")

            anyio.run(main, backend=colour)
    question, outer = spans.get_finished_spans()
    assert question.name == "DELETE"
    assert question.parent is not None
    assert question.parent.span_id == outer.get_span_context().span_id


@all_colours
def test_the_vendor_is_told_nothing_of_it(colour: Colour, spans: InMemorySpanExporter) -> None:
    played = drip(1, TAKEN, colour=colour)
    assert len(spans.get_finished_spans()) == 2
    assert not {"traceparent", "tracestate", "baggage"} & set(played.sent[0].headers)


@all_colours
def test_a_ticket_is_asked_about_below_the_run(colour: Colour, spans: InMemorySpanExporter) -> None:
    played = scene(new(3)).play(colour)
    requests, run = told(spans)
    names = [each.name for each in requests]
    assert (names.count("POST"), names.count("GET")) == (2, played.report.polls)
    assert all("?" not in str((each.attributes or {})["url.full"]) for each in requests)
    assert (run.attributes or {})["batchkit.polls"] == played.report.polls


def test_a_port_of_its_own_is_said(spans: InMemorySpanExporter) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(201))
    for url, port in (("http://localhost:8080", 8080), ("http://127.0.0.1", 80)):
        with httpx.Client(transport=transport) as http:
            drip = batchkit.Drip("1", api_key="key", base_url=url, http_client=http)
            drip.subscribers.send(people(1))
        [request], _ = told(spans)
        assert (request.attributes or {})["server.port"] == port
        spans.clear()


class Broken(SpanProcessor):
    """An exporter that has no luck."""

    def __init__(self, breaks_at: int) -> None:
        self._left = breaks_at

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self._left -= 1
        if self._left == 0:
            raise LookupError

    def on_end(self, span: ReadableSpan) -> None:
        raise LookupError


@all_colours
@pytest.mark.parametrize("breaks_at", [1, 2, 0], ids=["run", "request", "only at the end"])
def test_a_processor_that_raises_changes_nothing(
    colour: Colour, breaks_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = TracerProvider()
    provider.add_span_processor(Broken(breaks_at))
    use(provider, monkeypatch)
    played = drip(5, answer(503), TAKEN, colour=colour, options=PAIRS)
    assert (played.report.accepted, played.error) == (5, None)


@all_colours
def test_what_is_not_sampled_is_not_made(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    use(TracerProvider(sampler=ALWAYS_OFF), monkeypatch)
    monkeypatch.setattr(observer, "RequestRecord", lambda **told: made.append(told))
    drip(5, TAKEN, colour=colour, options=PAIRS)
    assert made == []


@pytest.mark.parametrize("provider", [trace.ProxyTracerProvider, trace.NoOpTracerProvider])
def test_without_a_provider_a_question_makes_no_record(
    provider: type[trace.TracerProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr(trace, "get_tracer", provider().get_tracer)
    monkeypatch.setattr(observer, "RequestRecord", lambda **told: made.append(told))
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"deleteCount": 1}))
    with httpx.Client(transport=transport) as http:
        batchkit.Ecwid("1", token="secret", http_client=http).batches.delete("t1")
    assert made == []


def test_our_version_is_looked_up_once(
    spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    drip(1, TAKEN, colour="sync")
    monkeypatch.setattr("batchkit._io.settings.version", None)
    drip(1, TAKEN, colour="sync")
    assert len(spans.get_finished_spans()) == 4
