"""Models of our own with every rule in them, and the shortest way to their JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from batchkit._core import rules
from batchkit._core.encoding import encoder
from batchkit._core.items import InvalidItem, Model, convert_model, field, model


@model(name="a part")
class Part(Model):
    sku: Any = field(rules.identifier(required=True))
    price: Any = field(rules.amount(), wire="unitPrice")


@model(name="a gift")
class Gift(Model):
    to: Any = field(rules.text())
    extra: Any = None


@model(name="a parcel", identified_by=("email", "id"))
class Parcel(Model):
    email: Any = field(rules.email())
    id: Any = field(rules.identifier())
    state: Any = field(rules.choice("new", "sent"))
    sent_at: Any = field(rules.moment(nullable=True), wire="sentAt")
    paid: Any = field(rules.flag())
    weight: Any = field(rules.whole())
    page: Any = field(rules.url())
    tags: Any = field(rules.texts(or_one=True))
    custom: Any = field(rules.free_object())
    gift: Any = field(rules.one(Gift))
    parts: Any = field(rules.many(Part))
    extra: Any = None


def convert(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else convert_model(value)


encode = encoder(Parcel, convert, stamp="sentAt")


def written(item: object) -> str:
    return encode(item, 0, "now").decode()


def refusal(item: object) -> str:
    with pytest.raises(InvalidItem) as caught:
        encode(item, 0, "now")
    return str(caught.value)
