"""A client of the sandbox's Ecwid, on a clock that is set by hand."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from batchkit.testing import Request, Response, Sandbox

HEADERS = {"Authorization": "Bearer secret_x", "Content-Type": "application/json"}
NEW = {"path": "/products", "method": "POST", "body": {"name": "Tea"}}
MISSING = {"path": "/products/999", "method": "DELETE"}


class Shop:
    """A sandbox in which an entry takes a second, seen from a client of Ecwid."""

    def __init__(self, **options: Any) -> None:
        self.now = 0.0
        options = {"seconds_per_entry": 1.0, **options}
        self.sandbox = Sandbox(clock=lambda: self.now, **options)
        self.ledger = self.sandbox.ledger

    def call(
        self,
        method: str,
        path: str = "/7/batch",
        value: object = None,
        headers: dict[str, str] = HEADERS,
        **query: Any,
    ) -> Response:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        target = f"/ecwid/api/v3{path}?{urlencode(query)}"
        return self.sandbox.handle(Request.of(method, target, headers, body))

    def submit(self, *entries: object, store: str = "7", **query: Any) -> str:
        response = self.call("POST", f"/{store}/batch", list(entries), **query)
        assert response.status == 200, response.body
        ticket: str = answer(response)["ticket"]
        return ticket

    def look(self, ticket: str, store: str = "7", **query: Any) -> Any:
        response = self.call("GET", f"/{store}/batch", ticket=ticket, **query)
        assert response.status == 200, response.body
        return answer(response)

    def run(self, *entries: object, **query: Any) -> list[Any]:
        """Submit, wait and give the inner results as (code, body) pairs."""
        query.setdefault("stopOnFirstFailure", "false")
        ticket = self.submit(*entries, **query)
        self.now += len(entries)
        responses = self.look(ticket)["responses"]
        return [(entry["httpStatusCode"], entry["httpBody"]) for entry in responses]


def answer(response: Response) -> Any:
    return json.loads(response.body)


def get(path: str) -> dict[str, str]:
    return {"path": path, "method": "GET"}


def put(path: str, body: object) -> dict[str, object]:
    return {"path": path, "method": "PUT", "body": body}


def post(body: object) -> dict[str, object]:
    return {**NEW, "body": body}
