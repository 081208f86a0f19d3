"""JSON in and out: two writers with one meaning, and a reader that is not careless."""

from __future__ import annotations

import enum
import json as standard
import math
import subprocess
import sys
import uuid
from collections import OrderedDict, UserDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.items import jsontext


class Colour(enum.Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: int


def refuse(value: object) -> object:
    raise TypeError("is of a type that JSON has no form for.")


def convert(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return refuse(value)


fast = jsontext.writer(convert)
Writer = Callable[[object], bytes]
WRITERS: list[Writer] = [fast, lambda value: jsontext.write_plainly(value, convert)]
both = pytest.mark.parametrize("write", WRITERS, ids=["orjson", "stdlib"])


def parsed(text: bytes) -> Any:
    return standard.loads(text, parse_float=Decimal)


good_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.datetimes()
)
bad_leaves = st.sampled_from(
    [
        *(math.nan, math.inf, -math.inf, 2**64, -(2**63) - 1, 2**70, "\ud800", "a\udfff"),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), object(), b"bytes", {1: 2}),
        *({None: 1}, {"\ud800": 1}, {1, 2}, date(2026, 1, 1), 1j),
    ]
)


def documents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(keys, inner, max_size=4)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(keys, inner, max_size=3).map(MappingProxyType)
        ),
        max_leaves=12,
    )


@given(documents(good_leaves))
def test_both_writers_write_the_same(value: object) -> None:
    quick, plain = (write(value) for write in WRITERS)
    assert parsed(quick) == parsed(plain)


@given(documents(good_leaves | bad_leaves))
def test_both_writers_refuse_the_same_in_the_same_words(value: object) -> None:
    def told(write: Writer) -> object:
        try:
            return parsed(write(value))
        except (TypeError, ValueError) as problem:
            return type(problem), str(problem)

    quick, plain = (told(write) for write in WRITERS)
    assert quick == plain


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_are_written_exactly(value: Decimal) -> None:
    for write in WRITERS:
        assert parsed(write([value])) == [value]


@both
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1e400"), b"1E+400"),
        (Decimal("1e-400"), b"1E-400"),
        (Decimal("0.1"), b"0.1"),
        (Decimal("12345678901234567890.123456789"), b"12345678901234567890.123456789"),
        (Decimal("19.99"), b"19.99"),
        (Decimal("1E+5"), b"100000"),
        ("é\n\u2028😀", '"é\\n\u2028😀"'.encode()),
        ([True, None, 1, {"a": ()}], b'[true,null,1,{"a":[]}]'),
        ("null", b'"null"'),
        (2**64 - 1, b"18446744073709551615"),
        (-(2**63), b"-9223372036854775808"),
    ],
)
def test_a_value_is_written_as(write: Writer, value: object, text: bytes) -> None:
    told = write(value)
    assert told == text or (isinstance(value, Decimal) and parsed(told) == value)


@both
@pytest.mark.parametrize(
    "value",
    [OrderedDict(a=[1]), UserDict(a=[1]), MappingProxyType({"a": (1,)}), {"a": [True * 1]}],
)
def test_every_kind_of_mapping_is_an_object(write: Writer, value: object) -> None:
    assert write(value) == b'{"a":[1]}'


@both
def test_a_named_tuple_is_an_array(write: Writer) -> None:
    assert write(Point(1, 2)) == b"[1,2]"


@both
def test_what_json_has_no_form_for_is_converted(write: Writer) -> None:
    moment = datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert write({"at": [moment]}) == b'{"at":["2026-05-04T12:00:00+00:00"]}'


@both
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [1, math.nan]}, "`a[1]` is nan, which JSON has no number for."),
        (math.inf, "The item is inf, which JSON has no number for."),
        ({"a": {"b": Decimal("sNaN")}}, "`a.b` is sNaN, which JSON has no number for."),
        ({"n": 2**70}, "`n` is a whole number beyond 64 bits; send it as text."),
        ({"t": "\ud800"}, "`t` holds half of a surrogate pair, which UTF-8 has no form for."),
        ({"a": {1: 2}}, "`a` has a key that is not a string."),
        ({"a": {"\udfff": 2}}, "`a` holds half of a surrogate pair, which UTF-8 has no form for."),
        ({"a": [object()]}, "`a[0]` is of a type that JSON has no form for."),
        ({"a": b"x"}, "`a` is of a type that JSON has no form for."),
        ({"a": date(2026, 1, 1)}, "`a` is of a type that JSON has no form for."),
    ],
)
def test_a_refusal_names_the_place(write: Writer, value: object, words: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        write(value)
    assert str(caught.value) == words


@pytest.mark.parametrize("value", [uuid.UUID(int=1), Colour.RED, datetime.now(UTC)])
def test_types_that_only_some_libraries_write_are_refused_where_a_field_is_free(
    value: object,
) -> None:
    for check in (jsontext.confirm, jsontext.write_plainly):
        with pytest.raises(TypeError):
            check({"a": value}, refuse)


@both
def test_what_a_conversion_gives_is_looked_at_too(write: Writer) -> None:
    for given_back in (math.nan, object()):
        with pytest.raises((TypeError, ValueError)):
            jsontext.writer(lambda value, told=given_back: told)({1, 2})
        with pytest.raises((TypeError, ValueError)):
            jsontext.write_plainly({1, 2}, lambda value, told=given_back: told)


@both
def test_what_a_conversion_gives_is_converted_in_turn(write: Writer) -> None:
    def convert(value: object) -> object:
        return [moment] if isinstance(value, set) else "then"

    moment = datetime.now(UTC)
    assert jsontext.writer(convert)({"a": {1, 2}}) == b'{"a":["then"]}'
    assert jsontext.write_plainly({"a": {1, 2}}, convert) == b'{"a":["then"]}'


def test_what_is_wrong_with_what_a_conversion_gives_is_told_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"^`a\[0\]` is nan, which"):
        jsontext.write_plainly({"a": {1, 2}}, lambda value: [math.nan])


@both
def test_a_problem_of_a_conversion_is_told_with_its_place(write: Writer) -> None:
    def fail(value: object) -> object:
        raise ValueError("has no zone.")

    for refusing in (jsontext.writer(fail), lambda value: jsontext.write_plainly(value, fail)):
        with pytest.raises(TypeError, match=r"^`a` has no zone\.$"):
            refusing({"a": datetime(2026, 1, 1)})  # noqa: DTZ001 - that is the point


@both
def test_a_cycle_is_refused(write: Writer) -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(ValueError, match="nested too deeply, or contains itself"):
        write(cycle)
    with pytest.raises(ValueError, match="nested too deeply, or contains itself"):
        jsontext.confirm(cycle, refuse)


@both
def test_nesting_that_no_parser_takes_is_refused(write: Writer) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        write(deep)
    while deep:  # a list this deep cannot be freed at once either
        deep = deep.pop()


@both
def test_nesting_beyond_what_the_fast_writer_takes_is_still_written(write: Writer) -> None:
    deep: list[object] = []
    for _ in range(280):
        deep = [deep]
    assert write(deep) == b"[" * 281 + b"]" * 281


@given(documents(good_leaves.filter(lambda leaf: not isinstance(leaf, (Decimal, datetime)))))
def test_what_was_written_can_be_read(value: object) -> None:
    assert jsontext.read(fast(value)) == standard.loads(fast(value))


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{", b"NaN", b"[Infinity]", b"-Infinity", b'{"a":1,"a":1}', b"[1] x", b"\xff"),
        *(b"'a'", b"01", b"[1,]", b'{"a":{"b":1,"b":2}}', b"9" * 5000, b"[" * 100_000),
        *(b'{"a":' * 100_000, b"[1e999]", '"utf-16"'.encode("utf-16")),
    ],
)
def test_what_a_careless_reader_would_take_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        jsontext.read(text)


def test_a_key_that_is_said_twice_is_called_that() -> None:
    with pytest.raises(ValueError, match=r"^An object in the JSON says one key twice\.$"):
        jsontext.read(b'{"a":1,"a":1}')


def test_numbers_with_a_fraction_become_floats() -> None:
    assert jsontext.read(b'{"a":[1.5,2]}') == {"a": [1.5, 2]}


@pytest.mark.parametrize("text", ["1.5", "1e22", "-0.0", "0.1", "2.50"])
def test_read_exactly_a_number_is_a_float_where_one_is_equal(text: str) -> None:
    number = jsontext.read_exactly(text.encode())
    assert isinstance(number, float)
    assert number == float(text)


@pytest.mark.parametrize("text", ["12345678901234567.89", "1e400", "-1E+400", "1e-400"])
def test_read_exactly_a_number_is_a_decimal_where_no_float_is_equal(text: str) -> None:
    assert jsontext.read_exactly(f'{{"a":{text}}}'.encode()) == {"a": Decimal(text)}
    assert fast(Decimal(text)).decode() == str(Decimal(text))


@pytest.mark.parametrize("text", ["1e99999999999999999999", "NaN", "[" * 100_000, '{"a":1,"a":2}'])
def test_what_cannot_be_read_exactly_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        jsontext.read_exactly(text.encode())


@pytest.mark.parametrize("read", [jsontext.read, jsontext.read_exactly])
def test_a_number_that_is_too_large_is_told(read: Callable[[bytes], object]) -> None:
    with pytest.raises(ValueError, match=r"^A number in the JSON is too large to be read\.$"):
        read(b"1e99999999999999999999")


@pytest.mark.parametrize("quick", [True, False])
def test_a_null_beside_what_must_be_converted_is_written(
    quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not quick:
        monkeypatch.setattr(jsontext, "orjson", None)
    value = {"a": None, "t": [datetime(2026, 1, 2, tzinfo=UTC)]}
    assert jsontext.writer(convert)(value) == b'{"a":null,"t":["2026-01-02T00:00:00+00:00"]}'


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+29", f"1{'0' * 29}"),
        ("1E+30", "1E+30"),
        ("1E-29", f"0.{'0' * 28}1"),
        ("1E-30", "1E-30"),
        ("-0.10", "-0.10"),
    ],
)
def test_a_decimal_is_spelled_out_below_thirty_digits(number: str, text: str) -> None:
    assert jsontext.write_plainly(Decimal(number), convert) == text.encode()


@pytest.mark.skipif(jsontext.orjson is None, reason="only orjson asks")
def test_what_orjson_asks_for_needs_no_second_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    def again(*_: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(jsontext, "write_plainly", again)
    value = {
        "short": Decimal("1.50"),
        "long": Decimal("0.10000000000000000001"),
        "view": MappingProxyType({"a": 1}),
        "other": {7},
    }
    assert jsontext.writer(lambda value: "a set")(value) == (
        b'{"short":1.5,"long":0.10000000000000000001,"view":{"a":1},"other":"a set"}'
    )


def test_without_the_extra_the_standard_library_does_the_same() -> None:
    program = (
        "import sys; sys.modules['orjson'] = None\n"
        "from batchkit._core.items import jsontext\n"
        "assert jsontext.orjson is None\n"
        "print(jsontext.writer(str)({'a': [1.5, 'é', 10**18]}).decode())"
    )
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == '{"a":[1.5,"é",1000000000000000000]}'


def test_an_extra_that_is_not_there_is_none() -> None:
    assert jsontext._installed("a_module_that_nobody_has") is None


def test_without_the_extra_every_call_takes_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "orjson", None)
    assert fast({"a": Decimal("1.10")}) == b'{"a":1.10}'
