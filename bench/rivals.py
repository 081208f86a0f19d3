"""Ways to send the same items without batchkit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import orjson
from harness import Contender, chunks
from workloads import Item

SIZE = 1_000
ATTEMPTS = 6

Envelope = Callable[[list[Item]], object]


def floor(client: httpx.Client, url: str, envelope: Envelope, items: list[Item]) -> Contender:
    """As little as can be done: no retry, no account, no check but the status."""
    headers = {"Content-Type": "application/json"}

    def run() -> int:
        taken = 0
        for chunk in chunks(items, SIZE):
            body = orjson.dumps(envelope(chunk))
            if client.post(url, content=body, headers=headers).is_success:
                taken += len(chunk)
        return taken

    return run


def by_hand(client: httpx.Client, url: str, envelope: Envelope, items: list[Item]) -> Contender:
    """The loop that a careful person writes with what httpx offers by itself."""

    def post(chunk: list[Item]) -> httpx.Response | None:
        response: httpx.Response | None = None
        for attempt in range(ATTEMPTS):
            try:
                response = client.post(url, json=envelope(chunk))
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code not in {429, 500, 502, 503, 504}:
                break
            time.sleep(min(30.0, 0.5 * 2**attempt))
        return response

    def run() -> int:
        taken = 0
        failed: list[tuple[int, Item]] = []
        index = 0
        for chunk in chunks(items, SIZE):
            response = post(chunk)
            if response is not None and response.is_success:
                taken += len(chunk)
            else:
                failed += enumerate(chunk, index)
            index += len(chunk)
        return taken

    return run


def streaming_bulk(url: str, items: list[Item]) -> Contender | None:
    """A peer's SDK at the same job: one result for each item; None where it is not installed."""
    try:
        from elasticsearch import Elasticsearch, helpers
    except ImportError:
        return None
    client = Elasticsearch(url)

    def run() -> int:
        actions: Iterable[dict[str, Any]] = (
            {"_op_type": "index", "_index": "items", "_source": item} for item in items
        )
        return sum(ok for ok, _ in helpers.streaming_bulk(client, actions, chunk_size=SIZE))

    return run
