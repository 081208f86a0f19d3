"""Hypothesis strategies for every model: items that batchkit sends and the vendors take.

::

    from batchkit.drip import Event

    @given(strategies.models(Event, email=st.just("ann@example.com")))
    def test_my_mapping(event): ...

Strategies for fields are given by name, for those that matter to a test. What is required is always
given, anything else now and then. Needs `hypothesis`.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .. import drip, ecwid
from .._core.items.models import FieldRule, Model

Item = TypeVar("Item", bound=Model)

# A few letters of many scripts: Unicode's whole table takes hypothesis seconds to load.
_LETTERS = (
    string.ascii_letters
    + string.digits
    + " .,;:!?-_'\"&<>%/\\\t\n\u200d\u2028"
    + "äößéñçłğабв漢字かなعربية😀"
)
_TEXT = st.text(_LETTERS, max_size=20)
_NAME = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12)
_EMAIL = st.builds("{}@{}.example".format, _NAME, st.sampled_from(["shop", "mail", "home"]))
_URL = st.builds("https://shop.example/{}".format, _NAME)
_WHOLE = st.integers(0, 2**31 - 1)
_MONEY = st.decimals(0, 10_000, places=2)
_KEY = st.builds("own_{}".format, st.text(string.ascii_lowercase, min_size=1, max_size=6))
_FREE = st.dictionaries(_KEY, _TEXT | _WHOLE | st.booleans(), max_size=3)
_ZONE = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-5))])
_MOMENT = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - the zone is added to what is drawn
    datetime(2030, 1, 1),  # noqa: DTZ001 - the zone is added to what is drawn
    timezones=_ZONE,
)

_BY_TYPE: Mapping[object, SearchStrategy[Any]] = {
    str: _TEXT,
    bool: st.booleans(),
    int: _WHOLE,
    Decimal: _MONEY,
    datetime: _MOMENT,
}
_WANTED = ("product_variant_id",)
"""What Drip asks for, although a model may go without."""
# Only these are ever needed for a model to be sent.
_PERSON = {"email": _EMAIL, "id": _NAME, "visitor_uuid": _NAME, "person_id": _NAME}


def models(kind: type[Item], **fields: SearchStrategy[Any]) -> SearchStrategy[Item]:
    """Models of any kind, such as ``models(Address)``."""
    if issubclass(kind, ecwid.ApiRequest):  # a path and a body that fit are no matter of types
        return cast("SearchStrategy[Item]", _api_requests(**fields))
    return _models(kind, fields)


def subscribers(**fields: SearchStrategy[Any]) -> SearchStrategy[drip.Subscriber]:
    """Drip: people to create or update."""
    return _models(drip.Subscriber, fields)


def _api_requests(**fields: SearchStrategy[Any]) -> SearchStrategy[ecwid.ApiRequest]:
    # They read, make, change and delete products; ids are left to the client.
    number = st.integers(1, 1000)
    one = st.builds("/products/{}".format, number)
    product = st.fixed_dictionaries({"name": _NAME, "price": st.integers(0, 1000)})
    made = st.fixed_dictionaries(
        {"method": st.just("POST"), "path": st.just("/products"), "body": product}
    )
    changed = st.fixed_dictionaries({"method": st.just("PUT"), "path": one, "body": product})
    looked_at = st.fixed_dictionaries({"method": st.sampled_from(["GET", "DELETE"]), "path": one})
    given = st.fixed_dictionaries(fields)

    def build(usual: Any, own: dict[str, Any]) -> ecwid.ApiRequest:
        return ecwid.ApiRequest(**{**usual, **own})

    return st.builds(build, made | changed | looked_at, given)


def _models(kind: type[Item], given: Mapping[str, SearchStrategy[Any]]) -> SearchStrategy[Item]:
    hints = get_type_hints(kind)
    names = {spelling: name for name, spelling in _spellings(kind).items()}
    always: dict[str, SearchStrategy[Any]] = {}
    sometimes: dict[str, SearchStrategy[Any]] = {}
    for spelling, rule in kind.shape.rules.items():
        name = names[spelling]
        made = _values(spelling, rule, hints[name])
        (always if rule.required or name in _WANTED else sometimes)[name] = made
    if kind.shape.identified_by:
        person = kind.shape.identified_by[0]
        always[person] = _PERSON[person]
        sometimes.pop(person, None)
    if "extra" in hints:
        sometimes["extra"] = st.dictionaries(_KEY, _TEXT, max_size=2)
    for name, strategy in given.items():
        if name not in hints:
            raise TypeError(f"{kind.__name__} has no field `{name}`.")
        sometimes.pop(name, None)
        always[name] = strategy
    fields = st.fixed_dictionaries(always, optional=sometimes)
    return fields.map(lambda values: kind(**values))


def _spellings(kind: type[Model]) -> Mapping[str, str]:
    # The model's own table of names; nobody else has it.
    return cast("Mapping[str, str]", vars(kind)["_spellings"])


def _values(name: str, rule: FieldRule, hint: Any) -> SearchStrategy[Any]:
    if name in ("email", "new_email"):
        return _EMAIL
    if "absolute URL" in rule.what:
        return _URL
    if "not empty" in rule.what:
        return _NAME
    found = [strategy for one in get_args(hint) if (strategy := _of_type(one)) is not None]
    return st.one_of(found)


def _of_type(hint: Any) -> SearchStrategy[Any] | None:
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is Sequence:
        return _arrays(get_args(hint)[0])
    if get_origin(hint) is Mapping:
        # Beside a model a mapping is another way to give it.
        return _FREE if get_args(hint)[1] is not object else None
    if isinstance(hint, type) and issubclass(hint, Model):
        return _models(hint, {})
    return _BY_TYPE.get(cast("object", hint))


def _arrays(of: Any) -> SearchStrategy[Any]:
    if of is str:
        return st.lists(_TEXT, max_size=3)
    [kind] = [one for one in get_args(of) if isinstance(one, type) and issubclass(one, Model)]
    return st.lists(_models(kind, {}), max_size=3)
