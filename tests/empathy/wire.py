"""What Empathy's tests share: the vendor's sample, and an item's way to the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchkit._core.items.models import InvalidItem
from batchkit.empathy.operations import operation

# The two events of the vendor's page on batches, as they stand there.
SAMPLE: list[dict[str, object]] = [
    {
        "q": "jeans",
        "title": "Jeans_acid_wash_skinny",
        "productId": "0001-2589-3698",
        "page": "1",
        "url": "https://mypdppage.com",
        "scope": "desktop",
        "lang": "es",
        "store": "es",
        "session": "83065720-6d15-4bda-a7a8-bf87eb9637ce",
        "user": "744b0f7a-32c9-4f89-9427-d84135aefa7e",
        "transactionId": "42313-PWM",
        "currency": "USD",
        "revenue": "30.50",
    },
    {
        "q": "jeans",
        "title": "Jeans_acid_wash_skinny",
        "productId": "0001-2589-3700",
        "page": "1",
        "url": "https://mypdppage.com",
        "scope": "desktop",
        "lang": "es",
        "store": "es",
        "session": "83065720-6d15-4bda-a7a8-bf87eb9637ce",
        "user": "744b0f7a-32c9-4f89-9427-d84135aefa7e",
        "transactionId": "42314-PWM",
        "currency": "USD",
        "revenue": "10.00",
    },
]


def encode(sink: str, item: object, **options: bool) -> bytes:
    return operation("shop", sink, **options).encode(item, 0, "2026-01-01T00:00:00Z")


def sent(sink: str, item: object, **options: bool) -> Any:
    return json.loads(encode(sink, item, **options))


def refusal(sink: str, item: object, **options: bool) -> str:
    with pytest.raises(InvalidItem) as caught:
        encode(sink, item, **options)
    return str(caught.value)
