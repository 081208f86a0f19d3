"""Context variables of the caller's are there where requests are sent, in all three colours."""

from __future__ import annotations

from contextvars import ContextVar

import httpx
import pytest

from tests.contract.colours import COLOURS, Colour, Sent
from tests.contract.test_records import drip

tenant = ContextVar("tenant", default="nobody")


@pytest.mark.parametrize("colour", COLOURS)
def test_a_transport_sees_the_callers_context(colour: Colour) -> None:
    seen: list[str] = []

    def look(sent: Sent) -> httpx.Response:
        seen.append(tenant.get())
        return httpx.Response(201)

    before = tenant.set("shop-7")
    try:
        drip(3, look).play(colour)
    finally:
        tenant.reset(before)
    assert seen == ["shop-7"]
