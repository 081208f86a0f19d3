"""What an Empathy model's values look like on the wire, and that both JSON writers agree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.items import jsontext as core_json
from batchkit._core.items.models import InvalidItem
from batchkit.empathy import BrowseCheckoutEvent, BrowseProductEvent, CheckoutEvent
from batchkit.empathy.fields import Event
from batchkit.values import UNSET
from tests.empathy.wire import SAMPLE, encode, refusal, sent


@pytest.fixture(params=["orjson", "standard library"], autouse=True)
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of this file holds for both JSON writers."""
    if request.param == "standard library":
        monkeypatch.setattr(core_json, "orjson", None)


def text_of(**fields: Any) -> object:
    """What the one field of a model is sent as."""
    wire = sent("browseCheckout", BrowseCheckoutEvent(lang="es", **fields))
    assert wire.pop("lang") == "es"
    [value] = wire.values()
    return value


def refusal_of(**fields: Any) -> str:
    return refusal("browseCheckout", BrowseCheckoutEvent(lang="es", **fields))


def test_a_model_says_what_the_mapping_says() -> None:
    event = CheckoutEvent(
        q="jeans",
        title="Jeans_acid_wash_skinny",
        product_id="0001-2589-3698",
        page=1,
        url="https://mypdppage.com",
        scope="desktop",
        lang="es",
        store="es",
        session="83065720-6d15-4bda-a7a8-bf87eb9637ce",
        user="744b0f7a-32c9-4f89-9427-d84135aefa7e",
        transaction_id="42313-PWM",
        currency="USD",
        revenue=Decimal("30.50"),
    )
    assert sent("checkout", event) == SAMPLE[0]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"page": 1}, "1"),
        ({"page": -1}, "-1"),
        ({"page": "07"}, "07"),
        ({"position": 2**64 - 1}, "18446744073709551615"),
        ({"filtered": True}, "true"),
        ({"spellcheck": False}, "false"),
        ({"follow": "FALSE"}, "FALSE"),
        ({"revenue": 30}, "30"),
        ({"revenue": 30.5}, "30.5"),
        ({"revenue": 0.1}, "0.1"),
        ({"revenue": 1.2345}, "1.2345"),
        ({"revenue": -0.0005}, "-0.0005"),
        ({"revenue": 1e20}, "100000000000000000000"),
        ({"revenue": Decimal("30.50")}, "30.50"),
        ({"revenue": Decimal("1E+3")}, "1000"),
        ({"revenue": Decimal("1E-7")}, "0.0000001"),
        ({"revenue": "30,50"}, "30,50"),
        ({"title": ""}, ""),
    ],
)
def test_a_models_value_goes_out_as_text(fields: dict[str, Any], text: str) -> None:
    assert text_of(**fields) == text


class Device(StrEnum):
    PHONE = "mobile"


class Kind(str, Enum):  # noqa: UP042 - its `str()` is not its value, unlike a StrEnum's
    ORGANIC = "4"


class Place(IntEnum):
    FIRST = 1


class Ratio(float):
    def __repr__(self) -> str:
        return "Ratio"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"scope": Device.PHONE}, "mobile"),
        ({"type": Kind.ORGANIC}, "4"),
        ({"position": Place.FIRST}, "1"),
        ({"revenue": Ratio(2.5)}, "2.5"),
    ],
)
def test_a_value_of_a_derived_type_goes_out_as_its_base(fields: dict[str, Any], text: str) -> None:
    assert text_of(**fields) == text


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-5, 1.23456, 1 / 3])
def test_a_float_with_the_noise_of_a_calculation_is_refused(value: float) -> None:
    assert refusal_of(revenue=value) == (
        "`revenue` is a float with more than four decimals; round it, or give a Decimal."
    )


@pytest.mark.parametrize(
    "value", [float("nan"), float("-inf"), Decimal("sNaN"), Decimal("Infinity")]
)
def test_an_amount_that_is_not_finite_is_refused(value: object) -> None:
    assert refusal_of(revenue=value) == "`revenue` is not finite; it must be a number."


@pytest.mark.parametrize("value", [Decimal("1E+999999999"), Decimal("1E-999999999"), 1e300])
def test_an_amount_of_absurd_size_is_refused_before_it_is_spelled_out(value: object) -> None:
    assert "too large or too small" in refusal_of(revenue=value)


@pytest.mark.parametrize(
    "value", [2**64, 2**70, -(2**63) - 1, pytest.param(10**5_000, id="5,000 digits")]
)
def test_a_whole_number_beyond_64_bits_is_refused(value: int) -> None:
    assert "beyond 64 bits" in refusal_of(page=value)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": 5},
        {"title": b"x"},
        {"title": ["x"]},
        {"title": object()},
        {"page": True},
        {"page": 1.0},
        {"page": Decimal(1)},
        {"position": [1]},
        {"filtered": 1},
        {"revenue": True},
        {"revenue": 1j},
        {"extra": {"own": ["x"]}},
        {"extra": {"own": UNSET}},
    ],
)
def test_a_models_value_of_a_wrong_type_is_refused(fields: dict[str, Any]) -> None:
    reason = refusal_of(**fields)
    assert "; it must be " in reason
    assert reason.endswith(".")


@pytest.mark.parametrize("fields", [{"user": None}, {"page": None}, {"extra": {"own": None}}])
def test_none_in_a_model_is_refused_with_the_advice_to_leave_it_out(fields: dict[str, Any]) -> None:
    assert "leave it out (UNSET)." in refusal_of(**fields)


def test_extra_fields_of_a_model_are_sent_flat_and_as_text() -> None:
    own = {"warehouse": "w1", "rank": 3, "express": True, "weight": Decimal("1.5"), "score": 0.5}
    event = BrowseProductEvent(lang="es", extra=own)
    assert sent("browseProduct", event) == {
        "lang": "es", "warehouse": "w1", "rank": "3", "express": "true", "weight": "1.5",
        "score": "0.5",
    }  # fmt: skip


def test_an_extra_field_must_not_stand_for_an_attribute() -> None:
    assert "`productId`" in refusal_of(extra={"productId": "x"})


@pytest.mark.parametrize("own", [5, ["x"], {5: "x"}])
def test_extra_fields_are_a_mapping_with_strings_for_keys(own: object) -> None:
    assert refusal_of(extra=own).endswith(".")


def test_a_reason_never_contains_the_items_values() -> None:
    secrets = {"title": b"hunter2", "page": 10**40, "position": ["hunter2"], "revenue": 0.123456}
    for name, value in secrets.items():
        reason = refusal_of(**{name: value})
        assert "hunter2" not in reason
        assert "123456" not in reason
        assert "0000" not in reason


# Both writers

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=256).filter(
    "__proto__".__ne__
)
VALUES = (
    TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)


def written_plainly(sink: str, item: object) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_json, "orjson", None)
        return encode(sink, item)


@given(st.dictionaries(NAMES, VALUES))
def test_both_writers_send_a_mapping_with_equal_content(event: Mapping[str, object]) -> None:
    assert sent("display", event) == json.loads(written_plainly("display", event)) == event


@given(
    st.builds(
        BrowseCheckoutEvent,
        lang=st.just("es"),
        title=TEXTS,
        page=st.integers(-(2**63), 2**64 - 1) | TEXTS,
        filtered=st.booleans(),
        revenue=st.decimals(-(10**9), 10**9, places=2) | st.integers(-(10**9), 10**9),
    )
)
def test_both_writers_send_a_model_with_equal_bytes_and_text_alone(event: Event) -> None:
    body = encode("browseCheckout", event)
    assert body == written_plainly("browseCheckout", event)
    assert all(type(value) is str for value in json.loads(body).values())


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_never_written_with_an_exponent(amount: Decimal) -> None:
    try:
        text = text_of(revenue=amount)
    except InvalidItem:
        assert not -30 < amount.adjusted() < 30
    else:
        assert Decimal(str(text)) == amount
        assert "E" not in str(text).upper()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_written_exactly_or_refused(amount: float) -> None:
    try:
        text = str(text_of(revenue=amount))
    except InvalidItem:
        return
    assert float(text) == amount
    assert len(text.partition(".")[2]) <= 4
