"""Calls of the sandbox's Empathy."""

from __future__ import annotations

import json

from batchkit.testing import Request, Response, Sandbox

EVENT = {"q": "x", "lang": "es"}


def track(
    sandbox: Sandbox, *events: object, sink: str = "click", instance: str = "shop"
) -> Response:
    path = f"/empathy/tagging/v1/track/{instance}/{sink}/batch"
    return sandbox.handle(Request.of("POST", path, body=json.dumps(events).encode()))
