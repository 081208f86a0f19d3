"""The little shop behind the Ecwid sandbox: what the entries of a batch are run against.

Products can be made, changed, read and deleted; the profile and an empty list of orders can be
read. They are kept as JSON text, so that a million of them stay affordable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, cast
from urllib.parse import parse_qsl, unquote

from .._json import JsonValue, decode_exactly, encode

_LONGEST_PAGE = 100
_PRODUCT_ID = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request inside a batch; `path` may carry a query and may lack its leading slash."""

    method: str
    path: str
    body: JsonValue = None


class Result(NamedTuple):
    """How an entry ended: its inner status and its JSON body as text."""

    code: int
    body: str


_UPDATED = Result(200, '{"updateCount":1}')
_DELETED = Result(200, '{"deleteCount":1}')


class Store:
    """One shop, with `products` products in it from the start, of ids 1 and up."""

    def __init__(self, store_id: str, *, products: int = 0) -> None:
        self._store_id = store_id
        self._products: dict[int, bytes] = {}
        self._skus: set[str] = set()
        self._last_id = 0
        for number in range(1, products + 1):
            self._create({"name": f"Product {number}"})

    def run(self, entry: Entry) -> Result:
        """Carry out one entry."""
        try:
            return self._run(entry)
        except RecursionError:
            return _wrong("the body is nested too deeply")

    def _run(self, entry: Entry) -> Result:
        path, _, query = entry.path.partition("?")
        match [unquote(segment) for segment in path.removeprefix("/").split("/")]:
            case ["products"]:
                return self._run_on_products(entry, dict(parse_qsl(query)))
            case ["products", product_id]:
                return self._run_on_product(entry, product_id)
            case ["profile"]:
                return self._profile() if entry.method == "GET" else _not_allowed()
            case ["orders"]:
                return (
                    _page({}, dict(parse_qsl(query))) if entry.method == "GET" else _not_allowed()
                )
            case ["orders", _]:
                return failed(404, "ORDER_NOT_FOUND", "no such order")
            case _:
                return failed(404, "", "no such endpoint")

    def _run_on_products(self, entry: Entry, query: Mapping[str, str]) -> Result:
        if entry.method == "GET":
            return _page(self._products, query)
        if entry.method != "POST":
            return _not_allowed()
        if not isinstance(entry.body, dict) or not entry.body.get("name"):
            return _wrong("a product needs a name")
        return self._create(entry.body)

    def _run_on_product(self, entry: Entry, product_id: str) -> Result:
        number = int(product_id) if _PRODUCT_ID.fullmatch(product_id) else 0
        text = self._products.get(number)
        if text is None:
            return failed(404, "PRODUCT_NOT_FOUND", f"no product {product_id}")
        match entry.method:
            case "GET":
                return Result(200, text.decode())
            case "DELETE":
                return self._delete(number, text)
            case "PUT":
                return self._update(number, text, entry.body)
            case _:
                return _not_allowed()

    def _create(self, fields: dict[str, JsonValue]) -> Result:
        number = self._last_id + 1
        refusal = self._claim_sku(fields.get("sku", f"{number:05}"))
        if refusal is not None:
            return refusal
        self._last_id = number
        self._products[number] = encode({"sku": f"{number:05}", **fields, "id": number})
        return Result(200, f'{{"id":{number}}}')

    def _update(self, number: int, text: bytes, changes: JsonValue) -> Result:
        fields = _fields(text)
        if not isinstance(changes, dict):
            return _wrong("an update needs an object")
        if "sku" in changes and changes["sku"] != fields["sku"]:
            refusal = self._claim_sku(changes["sku"])
            if refusal is not None:
                return refusal
            self._skus.discard(str(fields["sku"]))
        self._products[number] = encode({**fields, **changes, "id": number})
        return _UPDATED

    def _delete(self, number: int, text: bytes) -> Result:
        fields = _fields(text)
        del self._products[number]
        self._skus.discard(str(fields["sku"]))
        return _DELETED

    def _claim_sku(self, sku: JsonValue) -> Result | None:
        if not isinstance(sku, str) or not sku:
            return _wrong("sku must be a string")
        if sku in self._skus:
            return failed(409, "SKU_ALREADY_EXISTS", f"sku {sku} belongs to another product")
        self._skus.add(sku)
        return None

    def _profile(self) -> Result:
        general: JsonValue = {
            "storeId": int(self._store_id),
            "storeUrl": f"https://store{self._store_id}.company.site",
        }
        return _result(200, {"generalInfo": general, "account": {"accountName": "Sandbox"}})


def _fields(text: bytes) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", decode_exactly(text))


def _page(rows: Mapping[int, bytes], query: Mapping[str, str]) -> Result:
    try:
        limit = min(int(query.get("limit", _LONGEST_PAGE)), _LONGEST_PAGE)
        offset = int(query.get("offset", 0))
    except ValueError:
        return _wrong("limit and offset are numbers")
    if limit < 0 or offset < 0:
        return _wrong("limit and offset are not negative")
    items = [decode_exactly(row) for row in islice(rows.values(), offset, offset + limit)]
    page: dict[str, JsonValue] = {
        "total": len(rows),
        "count": len(items),
        "offset": offset,
        "limit": limit,
        "items": items,
    }
    return _result(200, page)


def _result(code: int, value: JsonValue) -> Result:
    return Result(code, encode(value).decode())


def failed(code: int, error_code: str, message: str) -> Result:
    """An entry that came to nothing."""
    error: dict[str, JsonValue] = {"errorMessage": message}
    if error_code:
        error["errorCode"] = error_code
    return _result(code, error)


def _wrong(message: str) -> Result:
    return failed(400, "WRONG_PARAMETER", message)


def _not_allowed() -> Result:
    return failed(405, "METHOD_NOT_ALLOWED", "no such method here")
