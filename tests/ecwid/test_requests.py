"""An entry of a batch: what a model remembers, and which fields are refused."""

from __future__ import annotations

import copy
import pickle
from collections import UserDict
from decimal import Decimal
from typing import Any

import attrs
import pytest

from batchkit._core.items.models import InvalidItem, Model
from batchkit.ecwid import ApiRequest
from batchkit.ecwid.requests import METHODS, fields, given_id
from batchkit.values import UNSET


def refusal(item: object) -> str:
    with pytest.raises(InvalidItem) as caught:
        fields(item)
    return str(caught.value)


def get(**given: object) -> dict[str, object]:
    return {"method": "GET", "path": "/profile", **given}


# The model


def test_a_request_is_made_from_its_parts_in_order() -> None:
    made = ApiRequest("PUT", "/products/7", {"price": 5}, "a")

    assert made == ApiRequest(method="PUT", path="/products/7", body={"price": 5}, id="a")
    assert fields(made) == {
        "id": "a",
        "path": "/products/7",
        "method": "PUT",
        "body": {"price": 5},
    }


@pytest.mark.parametrize("nothing", [None, UNSET])
def test_what_was_not_given_is_absent(nothing: Any) -> None:
    assert fields(ApiRequest("GET", "/profile", nothing, nothing)) == get()


@pytest.mark.parametrize("body", [{}, [], "", 0, False])
def test_an_empty_body_is_still_a_body(body: Any) -> None:
    assert fields(ApiRequest("POST", "/products", body))["body"] == body


def test_a_request_is_a_model() -> None:
    assert isinstance(ApiRequest("GET", "/profile"), Model)


def test_building_a_request_checks_nothing() -> None:
    wrong: Any = object()

    ApiRequest(wrong, wrong, wrong, wrong)


def test_building_a_request_knows_its_arguments() -> None:
    make: Any = ApiRequest

    with pytest.raises(TypeError):
        make("GET")
    with pytest.raises(TypeError):
        make("GET", "/profile", headers={})


def test_a_request_does_not_change() -> None:
    request: Any = ApiRequest("GET", "/profile")

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        request.path = "/products"


def test_a_request_shows_its_parts() -> None:
    assert repr(ApiRequest("GET", "/profile", id="a")) == (
        "ApiRequest(method='GET', path='/profile', body=None, id='a')"
    )


def test_a_request_is_copied_and_pickled() -> None:
    request = ApiRequest("POST", "/products", {"name": "x"}, "a")

    for twin in (copy.deepcopy(request), pickle.loads(pickle.dumps(request))):
        assert twin == request
        assert fields(twin) == fields(request)


def test_an_evolved_request_is_sent_as_it_is_now() -> None:
    request = attrs.evolve(ApiRequest("GET", "/products", id="a"), path="/orders", id=None)

    assert fields(request) == {"method": "GET", "path": "/orders"}


# What is refused


@pytest.mark.parametrize("method", METHODS)
def test_the_vendor_knows_four_methods(method: Any) -> None:
    assert fields(ApiRequest(method, "/profile"))["method"] == method


@pytest.mark.parametrize("method", ["get", "PATCH", "", "GET "])
def test_any_other_method_is_refused(method: str) -> None:
    assert refusal(get(method=method)) == (
        "`method` is a string that the vendor does not know; use `GET`, `POST`, `PUT` or `DELETE`."
    )


@pytest.mark.parametrize("name", ["method", "path"])
@pytest.mark.parametrize("value", [None, 1, b"GET", ["GET"]])
def test_a_method_and_a_path_are_text(name: str, value: object) -> None:
    assert refusal(get(**{name: value})).startswith(f"`{name}` is ")


@pytest.mark.parametrize("name", ["method", "path"])
def test_without_a_method_or_a_path_there_is_nothing_to_run(name: str) -> None:
    item = get()
    del item[name]

    assert refusal(item) == f"`{name}` is missing, and an API request requires it."


def test_a_path_out_of_the_store_is_refused() -> None:
    assert "`..`" in refusal(ApiRequest("GET", "/../1/orders"))


@pytest.mark.parametrize("name", [1, True, b"a", ["a"]])
def test_an_id_is_text(name: object) -> None:
    assert refusal(get(id=name)).startswith("`id` is ")


@pytest.mark.parametrize("name", ["", " \n"])
def test_an_id_is_not_empty(name: str) -> None:
    assert refusal(get(id=name)).startswith("`id` is empty")


def test_a_null_id_is_a_missing_one() -> None:
    assert fields(get(id=None))["id"] is None


@pytest.mark.parametrize(
    "body", [{"price": Decimal("1.50"), "tags": ["a", None]}, [1, 2.5], "x", "", 7, True, None]
)
def test_a_body_may_be_any_json(body: object) -> None:
    assert fields(get(body=body))["body"] == body


@pytest.mark.parametrize("body", [b"x", {1: 2}, {"when": object()}, [float("nan")], 2**64])
def test_a_body_that_json_cannot_say_is_refused(body: object) -> None:
    assert refusal(get(body=body)).startswith("`body")


def test_a_mapping_may_hold_keys_that_nobody_knows() -> None:
    item = get(note={"a": 1})

    assert fields(item) == item


@pytest.mark.parametrize("item", [None, "GET /profile", ["GET", "/profile"], object()])
def test_an_item_is_a_request_or_a_mapping(item: object) -> None:
    assert refusal(item).endswith("ApiRequest, or a mapping.")


# The id that came with an item


@pytest.mark.parametrize(
    "item", [ApiRequest("GET", "/..", id="a"), {"id": "a"}, UserDict({"id": "a", "path": 1})]
)
def test_a_refused_items_own_id_is_known(item: object) -> None:
    assert given_id(item) == "a"


@pytest.mark.parametrize("item", [ApiRequest("GET", "/"), {}, {"id": 1}, {"id": " "}, 5, None])
def test_an_item_may_come_without_an_id(item: object) -> None:
    assert given_id(item) is None
