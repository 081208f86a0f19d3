"""What a batch of Ecwid's holds: requests to its REST API.

Vendor document: https://docs.ecwid.com/api-reference/rest-api/batch-requests/create-batch-request.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import attrs

from .._core.items import field_rules
from .._core.items.models import FieldRule, InvalidItem, Model, Schema, wire_form, wrong
from ..values import UNSET, JsonValue, Unset
from .paths import check_path

METHODS: Final = ("GET", "POST", "PUT", "DELETE")

_FIELDS = ("id", "path", "method", "body")
_NULL = (type(None),)


def _look_at_path(name: str, value: object, typed: bool) -> None:
    if not isinstance(value, str):
        raise wrong(name, value, "a string such as /products/7")
    check_path(value)


@attrs.frozen(slots=False)
class ApiRequest(Model):
    """One request to the store's REST API, run by the vendor as an entry of a batch.

    The vendor documents `body` as a string, but its own sample and clients send an object. There
    are no headers and no binary bodies: a picture goes in by its URL.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    """What follows the store's id in the endpoint's URL, query included: `/products/7`. What a URL
    cannot hold is percent-encoded, a plus as `%2B`."""
    body: JsonValue | Unset = None
    """The request's JSON; `None` for none."""
    id: str | Unset | None = None
    """Your name for the request, unique in one input; made if it is `None`. Results go by it."""

    # The body is not in it: like a field that nobody knows, it may be whatever JSON can say. A
    # mapping's null id is a missing one.
    shape: ClassVar[Schema] = Schema(
        "an API request",
        {
            "id": attrs.evolve(field_rules.identifier(), types=_NULL),
            "path": FieldRule(what="a path", look=_look_at_path, required=True),
            "method": field_rules.choice(*METHODS, required=True),
        },
    )

    def __attrs_post_init__(self) -> None:
        given = self.__dict__
        given["_wire"] = {
            name: given[name]
            for name in _FIELDS
            if given[name] is not None and given[name] is not UNSET
        }


def fields(item: object) -> dict[str, object]:
    """The item's fields, checked. Raises `InvalidItem`.

    Mappings are asked for no less than models: without a method or a path there is nothing to
    run, and no telling whether it may be repeated.
    """
    wire, _ = wire_form(item, ApiRequest)
    ApiRequest.shape.check(wire, True)
    return wire


def given_id(item: object) -> str | None:
    """The id that the caller gave an item of any kind, valid or not; `None` without one."""
    try:
        own = wire_form(item, ApiRequest)[0].get("id")
    except InvalidItem:
        return None
    return own if isinstance(own, str) and own.strip() else None
