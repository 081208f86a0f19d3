"""JSON as the sandbox reads it, with orjson and without."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from batchkit.testing import _json
from tests.testing.shop import NEW, Shop


@pytest.fixture(params=["orjson", "stdlib"])
def codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    if request.param == "stdlib":
        monkeypatch.setitem(sys.modules, "orjson", None)
    _json._parser.cache_clear()
    yield _json
    _json._parser.cache_clear()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"[1e999]",
        b"\xff",
        b"[1]x",
        b"\xef\xbb\xbf[]",
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(codec: ModuleType, body: bytes) -> None:
    with pytest.raises(codec.MalformedJsonError):
        codec.decode(body)


def test_what_is_json_is_read(codec: ModuleType) -> None:
    assert codec.decode('{"ä":[1,2.5,null,true]}'.encode()) == {"ä": [1, 2.5, None, True]}


def test_text_is_written_as_utf_8_without_spaces(codec: ModuleType) -> None:
    assert codec.encode({"ä": [1, None]}) == '{"ä":[1,null]}'.encode()


def test_half_a_surrogate_pair_does_not_stop_an_answer(codec: ModuleType) -> None:
    assert codec.encode("\ud800") == b'"?"'


def test_a_number_beyond_all_bounds_is_400_and_the_sandbox_goes_on(codec: ModuleType) -> None:
    shop = Shop(seconds_per_entry=0)
    body = b'[{"method":"POST","path":"/products","body":{"name":"x","price":-1e999}}]'

    assert shop.call("POST", value=body).status == 400
    shop.submit(NEW)
    assert shop.ledger.count() == 1
