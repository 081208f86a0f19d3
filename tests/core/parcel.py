"""Models of our own with every rule in them, and the shortest way to their JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from batchkit._core.items import field_rules
from batchkit._core.items.encoding import encoder
from batchkit._core.items.models import InvalidItem, Model, convert_model, field, model


@model(name="a part")
class Part(Model):
    sku: Any = field(field_rules.identifier(required=True))
    price: Any = field(field_rules.amount(), wire="unitPrice")


@model(name="a gift")
class Gift(Model):
    to: Any = field(field_rules.text())
    extra: Any = None


@model(name="a parcel", identified_by=("email", "id"))
class Parcel(Model):
    email: Any = field(field_rules.email())
    id: Any = field(field_rules.identifier())
    state: Any = field(field_rules.choice("new", "sent"))
    sent_at: Any = field(field_rules.moment(nullable=True), wire="sentAt")
    paid: Any = field(field_rules.flag())
    weight: Any = field(field_rules.whole())
    page: Any = field(field_rules.url())
    tags: Any = field(field_rules.texts(or_one=True))
    custom: Any = field(field_rules.free_object())
    gift: Any = field(field_rules.one(Gift))
    parts: Any = field(field_rules.many(Part))
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
