"""Drip's clients, sync and async."""

from __future__ import annotations

from typing import Generic, Self, TypeVar, Unpack

import attrs

from .._core.operations import Operation
from .._io.clients import AsyncClient, Client, SyncClient, endpoint
from .._io.http import AsyncHttpClient, SyncHttpClient
from .._io.settings import (
    ClientOptions,
    Options,
    Secret,
    Settings,
    basic,
    bearer,
    check,
    check_credential,
    check_number,
    environment,
    hidden,
    keep_apart,
)
from ..exceptions import ConfigurationError
from ..values import UNSET, Unset
from .legacy import LegacyOrder
from .operations import operations
from .people import Event, Subscriber, Unsubscribe
from .shopper import Cart, Order, Product

BASE_URL = "https://api.getdrip.com"
Http = TypeVar("Http")


class DripKeywords(ClientOptions, total=False):
    """The keywords of Drip's clients."""

    api_key: str | None
    """A private integration's API token; `None` takes it from `DRIP_API_KEY`."""
    access_token: str | None
    """An OAuth access token in its place; `None` takes it from `DRIP_ACCESS_TOKEN`."""


@attrs.frozen(kw_only=True)
class DripOptions(Options):
    """What a Drip client was given."""

    account_id: str | int | None = attrs.field(default=None, kw_only=False)
    api_key: Secret | None = attrs.field(default=None, repr=False, converter=hidden)
    access_token: Secret | None = attrs.field(default=None, repr=False, converter=hidden)

    def name(self) -> str:
        """The account's id, checked."""
        what = "1 to 64 letters, digits, `-` or `_` (or set DRIP_ACCOUNT_ID)"
        given = self.account_id
        account = environment("DRIP_ACCOUNT_ID") if given is None else given
        return check_number("account_id", account, r"[A-Za-z0-9_-]{1,64}", what)

    def settings(self) -> Settings:
        """The settings, checked."""
        account, authorization = self.name(), self._authorization()
        keep_apart("account_id", account, authorization)
        return check(
            self,
            default_url=environment("DRIP_BASE_URL") or BASE_URL,
            authorization=authorization,
            most_items=1000,
        )

    def replaced(self, **given: object) -> Self:
        """The options with what was given; a new credential takes the place of the old."""
        if any(given.get(name, UNSET) is not UNSET for name in ("api_key", "access_token")):
            given = {"api_key": None, "access_token": None} | {
                name: value for name, value in given.items() if value is not UNSET
            }
        return super().replaced(**given)

    def _authorization(self) -> Secret:
        key, token = self.api_key, self.access_token
        if key is not None and token is not None:
            raise ConfigurationError("Both api_key and access_token are given; give one of them.")
        if key is None and token is None:
            key = hidden(environment("DRIP_API_KEY"))
            token = None if key else hidden(environment("DRIP_ACCESS_TOKEN"))
        if token is not None:
            return bearer(check_credential("access_token (or DRIP_ACCESS_TOKEN)", token))
        return basic(check_credential("api_key (or DRIP_API_KEY)", key))


class DripClient(Client[DripOptions], Generic[Http], options=DripOptions, keywords=DripKeywords):
    """Drip only ever says that it took the items, so an item that got through is `Accepted`.

    At most 1,000 items and 5,000,000 bytes go in a request. By default the pace is the vendor's
    documented quotas: 50 requests an hour for v2 batches, 3,600 for v3. As `user_agent` the vendor
    asks for the form `My Shop (www.shop.example)`. See https://developer.drip.com/.

    Args:
        account_id: The number in the URL of your account, or 1 to 64 letters, digits, `-` or `_`;
            `None` takes it from `DRIP_ACCOUNT_ID`.
        http_client: Your own client, of httpx or httpx2, for instance
            `httpx.Client(trust_env=False)` to leave proxies of the environment aside. It is not
            closed; a transport of your own must keep to `timeout` by itself, and whether it checks
            certificates cannot be seen from here. `None` makes one.

    Raises:
        ConfigurationError: Something is missing or malformed.
    """

    subscribers: endpoint[Subscriber] = endpoint(
        "Creates or updates people; sending one again changes nothing more."
    )
    unsubscribes: endpoint[Unsubscribe] = endpoint(
        "Unsubscribes people from everything; sending one again changes nothing more."
    )
    events: endpoint[Event] = endpoint("Records events; one that is sent again is recorded twice.")
    carts: endpoint[Cart] = endpoint(
        "Cart activity; one that is sent again may show, and start workflows, twice."
    )
    orders: endpoint[Order] = endpoint(
        "Order activity; one that is sent again may show, and start workflows, twice."
    )
    products: endpoint[Product] = endpoint(
        "Product activity; sending one again changes nothing more."
    )
    legacy_orders: endpoint[LegacyOrder] = endpoint(
        "Orders of the v2 API; without `provider` and `upstream_id` a repeat counts twice."
    )

    def __init__(
        self,
        account_id: str | int | None = None,
        *,
        http_client: Http | None = None,
        **options: Unpack[DripKeywords],
    ) -> None:
        self._open(http_client, account_id, **options)

    def with_options(
        self, account_id: str | int | Unset = UNSET, **changes: Unpack[DripKeywords]
    ) -> Self:
        """A client with other options over the same connections; what is left out stays.

        For the same credential it keeps the same pace. Only the first client closes them.
        """
        return self._changed(account_id=account_id, **changes)

    def _operation(self, name: str) -> Operation:
        return operations(self._options.name())[name]


class Drip(DripClient[SyncHttpClient], SyncClient[DripOptions]):
    """A client for Drip's batch API, for threads."""


class AsyncDrip(DripClient[AsyncHttpClient], AsyncClient[DripOptions]):
    """A client for Drip's batch API, for asyncio and trio: its methods are awaited."""
