"""Programs with OpenTelemetry, with its API alone, and without: each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys, httpx, batchkit
{before}
def send():
    transport = httpx.MockTransport(lambda request: httpx.Response(201))
    with httpx.Client(transport=transport) as http:
        drip = batchkit.Drip("1", api_key="key", http_client=http)
        return drip.subscribers.send([{{"email": "ada@shop.example"}}])
assert send().accepted == 1
{after}
"""


SETS_A_PROVIDER = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
kept, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
"""
FINDS_SPANS = """
request, run = kept.get_finished_spans()
scope = request.instrumentation_scope
assert (scope.name, scope.schema_url) == ("batchkit", "https://opentelemetry.io/schemas/1.23.0")
assert scope.version
"""
PROGRAMS = {
    "not imported": ("", "assert not [name for name in sys.modules if 'opentelemetry' in name]"),
    "no provider": ("import opentelemetry.trace", "assert 'opentelemetry.sdk' not in sys.modules"),
    "a provider": (SETS_A_PROVIDER, FINDS_SPANS),
}


@pytest.mark.parametrize(("before", "after"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_whole_program(before: str, after: str) -> None:
    program = PROGRAM.format(before=before, after=after)
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
