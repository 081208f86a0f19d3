"""What the demo sends: made-up people, orders, purchases and products of a small shop.

Every item carries a name that no other item of its kind has. The functions `…_json` write down by
hand, without batchkit, what a vendor must have received for an item; the demo compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from batchkit import JsonValue
from batchkit.drip import Order, OrderItem, Subscriber
from batchkit.ecwid import ApiRequest
from batchkit.empathy import CheckoutEvent

Json = dict[str, JsonValue]

FIRST_NAMES = ("Ada", "Bohumil", "Chloé", "Dmitri", "Eun-ji", "Fatima", "Giulia", "Håkon")
LAST_NAMES = ("Novak", "O'Neill", "Müller", "García", "Lindqvist", "Rossi", "Yılmaz")
TOWNS = ("Brno", "Cork", "Köln", "Gijón", "Malmö")
THINGS = ("teapot", "lantern", "notebook", "doormat", "bird feeder", "jam jar", "picture frame")
COLOURS = ("white", "red", "blue", "green", "black")

PARIS_IN_WINTER = timezone(timedelta(hours=1))
OPENING = datetime(2026, 1, 2, 9, 0, tzinfo=PARIS_IN_WINTER)


def email(n: int) -> str:
    """The address of person n."""
    return f"customer-{n}@example.com"


def thing(n: int) -> str:
    """What product n is called."""
    return f"{COLOURS[n % len(COLOURS)]} {THINGS[n % len(THINGS)]}"


def price(n: int) -> Decimal:
    """What product n costs, exact to the cent."""
    return Decimal(199 + n * 37 % 4800) / 100


def moment(n: int) -> datetime:
    """When the n-th thing happened; a time needs a zone, or two readers mean two times by it."""
    return OPENING + timedelta(seconds=n)


# Drip: subscribers and orders as models, events as plain mappings


def subscriber(n: int) -> Subscriber:
    """Person n."""
    return Subscriber(
        email=email(n),
        first_name=FIRST_NAMES[n % len(FIRST_NAMES)],
        last_name=LAST_NAMES[n % len(LAST_NAMES)],
        city=TOWNS[n % len(TOWNS)],
        lifetime_value=n * 7 % 90_000,  # v2 counts money in cents
        tags=["Customer", "Newsletter"],
        custom_fields={"favourite": thing(n)},
    )


def subscriber_json(n: int) -> Json:
    """Person n as Drip must have received it."""
    return {
        "email": email(n),
        "first_name": FIRST_NAMES[n % len(FIRST_NAMES)],
        "last_name": LAST_NAMES[n % len(LAST_NAMES)],
        "city": TOWNS[n % len(TOWNS)],
        "lifetime_value": n * 7 % 90_000,
        "tags": ["Customer", "Newsletter"],
        "custom_fields": {"favourite": thing(n)},
    }


def order(n: int) -> Order:
    """Order n: two teapots, say, and one lantern."""
    lines = [
        OrderItem(product_id=f"p{k}", name=thing(k), price=price(k), quantity=quantity)
        for k, quantity in ((n, 2), (n + 1, 1))
    ]
    return Order(
        provider="demo_shop",
        email=email(n),
        action="placed",
        order_id=f"order-{n}",
        occurred_at=moment(n),
        grand_total=2 * price(n) + price(n + 1),  # v3 counts in whole units: a Decimal, never text
        currency="EUR",
        items=lines,
    )


def order_json(n: int) -> Json:
    """Order n as Drip must have received it."""
    lines: list[JsonValue] = [
        {"product_id": f"p{k}", "name": thing(k), "price": float(price(k)), "quantity": quantity}
        for k, quantity in ((n, 2), (n + 1, 1))
    ]
    return {
        "provider": "demo_shop",
        "email": email(n),
        "action": "placed",
        "order_id": f"order-{n}",
        "occurred_at": moment(n).isoformat(),
        "grand_total": float(2 * price(n) + price(n + 1)),
        "currency": "EUR",
        "items": lines,
    }


def viewing(n: int) -> Json:
    """Person n looked at something; a mapping goes out exactly as it is."""
    return {
        "email": email(n),
        "action": "Viewed a product",
        "properties": {"product": thing(n), "seconds": n % 300},
        "occurred_at": moment(n).isoformat(),
    }


# Empathy: searches as plain mappings, purchases as models


def search(n: int) -> Json:
    """Visitor n searched for something."""
    return {
        "q": thing(n),
        "lang": "en",
        "session": f"visit-{n}",
        "totalHits": str(n % 60),
        "page": "1",
    }


def purchase(n: int) -> CheckoutEvent:
    """One unit that was bought after a search."""
    return CheckoutEvent(
        q=thing(n),
        lang="en",
        session=f"visit-{n}",
        product_id=f"p{n}",
        title=thing(n),
        position=n % 24 + 1,
        transaction_id=f"purchase-{n}",
        revenue=price(n),
        currency="EUR",
    )


def purchase_json(n: int) -> Json:
    """The same as Empathy must have received it: everything is text, under the vendor's names."""
    return {
        "q": thing(n),
        "lang": "en",
        "session": f"visit-{n}",
        "productId": f"p{n}",
        "title": thing(n),
        "position": f"{n % 24 + 1}",
        "transactionId": f"purchase-{n}",
        "revenue": f"{price(n):f}",
        "currency": "EUR",
    }


# Ecwid: new products as models, new prices as plain mappings


def creation(n: int) -> ApiRequest:
    """Put product n into the store."""
    fields: Mapping[str, JsonValue] = {"sku": f"p{n}", "name": thing(n), "price": float(price(n))}
    return ApiRequest("POST", "/products", body=fields, id=f"create-{n}")


def creation_json(n: int) -> Json:
    """The same as Ecwid must have received it."""
    return {
        "id": f"create-{n}",
        "path": "/products",
        "method": "POST",
        "body": {"sku": f"p{n}", "name": thing(n), "price": float(price(n))},
    }


def reduction(n: int, product_id: int) -> Json:
    """A tenth off product n, which the store knows by another number."""
    reduced = (price(n) * 9 / 10).quantize(Decimal("0.01"))
    return {
        "id": f"reduce-{n}",
        "path": f"/products/{product_id}",
        "method": "PUT",
        "body": {"price": float(reduced)},
    }
