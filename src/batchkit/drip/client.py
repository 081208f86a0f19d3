"""Drip's clients, sync and async."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from .._io.clients import AsyncClient, SyncClient
from .._io.connections import AsyncConnection, Connection
from .._io.endpoints import AsyncEndpoint, Endpoint
from .._io.http import AsyncHttpClient, SyncHttpClient
from .._io.settings import (
    OnDoubt,
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
from ..options import Hooks, Limits, Pace, RetryPolicy
from ..values import UNSET, Unset
from .legacy import LegacyOrder
from .operations import operations
from .people import Event, Subscriber, Unsubscribe
from .shopper import Cart, Order, Product

BASE_URL = "https://api.getdrip.com"


@attrs.frozen(kw_only=True)
class DripOptions(Options):
    """What a Drip client was given."""

    account_id: str | int | None
    api_key: Secret | None = attrs.field(repr=False, converter=hidden)
    access_token: Secret | None = attrs.field(repr=False, converter=hidden)
    base_url: str | None

    def account(self) -> str:
        """The account's id, checked."""
        what = "1 to 64 letters, digits, `-` or `_` (or set DRIP_ACCOUNT_ID)"
        given = self.account_id
        account = environment("DRIP_ACCOUNT_ID") if given is None else given
        return check_number("account_id", account, r"[A-Za-z0-9_-]{1,64}", what)

    def settings(self) -> Settings:
        """The settings, checked."""
        authorization = self._authorization()
        keep_apart("account_id", self.account(), authorization)
        return check(
            self,
            base_url=self.base_url,
            default_url=environment("DRIP_BASE_URL") or BASE_URL,
            authorization=authorization,
            most_items=1000,
        )

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


class Drip(SyncClient[DripOptions]):
    """A client for Drip's batch API.

    Drip only ever says that it took the items, so an item that got through is `Accepted`. At most
    1,000 items go in a request. See https://developer.drip.com/.

    Args:
        account_id: The account's id; `None` takes it from `DRIP_ACCOUNT_ID`.
        api_key: A private integration's API token; `None` takes it from `DRIP_API_KEY`.
        access_token: An OAuth access token in its place; `None` takes it from
            `DRIP_ACCESS_TOKEN`.
        base_url: `None` takes it from `DRIP_BASE_URL`, or is the vendor's.
        user_agent: Put before batchkit's own `User-Agent`, at most 200 ASCII characters. The
            vendor asks for the form `My Shop (www.shop.example)`.
        timeout: Seconds for one whole attempt, from connecting to the answer's last byte.
        retry: How often a chunk is sent, and how long is waited in between.
        pace: At most so many requests in a time; `None` for no limit of ours. By default the
            vendor's documented quotas: 50 an hour for v2 batches, 3,600 an hour for v3.
        limits: The most that one request may hold; at most 1,000 items, as the vendor says, and
            5,000,000 bytes unless you say otherwise.
        max_in_flight: Requests at once, for each call.
        on_doubt: What to do with items that may have been applied, where a repeat would double
            them: `"hold"` reports them `Unknown`, `"resend"` sends them again.
        strict_items: Whether an item's own server error leaves that item in doubt.
        refused_statuses: The HTTP statuses by which the vendor surely took nothing; by default
            400, 422, 425, 429, and 503 with a valid `Retry-After`.
        hooks: Functions of yours that are told of requests, retries and outcomes.
        keep_requests: Whether reports have a `requests_log`, with the answers as they came.
        http_client: Your own client, of httpx or httpx2, for instance
            `httpx.Client(trust_env=False)` to leave proxies of the environment aside. It is not
            closed; a transport of your own must keep to `timeout` by itself, and whether it checks
            certificates cannot be seen from here.

    Raises:
        ConfigurationError: Something is missing or malformed.
    """

    subscribers: Endpoint[Subscriber]
    """Creates or updates people; sending one again changes nothing more."""
    unsubscribes: Endpoint[Unsubscribe]
    """Unsubscribes people from everything; sending one again changes nothing more."""
    events: Endpoint[Event]
    """Records events; one that is sent again is recorded twice."""
    carts: Endpoint[Cart]
    """Cart activity; one that is sent again may show, and start workflows, twice."""
    orders: Endpoint[Order]
    """Order activity; one that is sent again may show, and start workflows, twice."""
    products: Endpoint[Product]
    """Product activity; sending one again changes nothing more."""
    legacy_orders: Endpoint[LegacyOrder]
    """Orders of the v2 API; without `provider` and `upstream_id` a repeat counts twice."""

    def __init__(
        self,
        account_id: str | int | None = None,
        *,
        api_key: str | None = None,
        access_token: str | None = None,
        base_url: str | None = None,
        user_agent: str | None = None,
        timeout: float = 60.0,
        retry: RetryPolicy = RetryPolicy(),
        pace: Pace | None | Unset = UNSET,
        limits: Limits = Limits(),
        max_in_flight: int = 4,
        on_doubt: OnDoubt = "hold",
        strict_items: bool = False,
        refused_statuses: Collection[int] | None = None,
        hooks: Hooks = Hooks(),
        keep_requests: bool = False,
        http_client: SyncHttpClient | None = None,
    ) -> None:
        options = DripOptions(
            account_id=account_id,
            api_key=api_key,
            access_token=access_token,
            base_url=base_url,
            user_agent=user_agent,
            timeout=timeout,
            retry=retry,
            pace=pace,
            limits=limits,
            max_in_flight=max_in_flight,
            on_doubt=on_doubt,
            strict_items=strict_items,
            refused_statuses=refused_statuses,
            hooks=hooks,
            keep_requests=keep_requests,
        )
        self._begin(options, Connection(http_client), owns=True)

    def with_options(
        self,
        account_id: str | int | Unset = UNSET,
        *,
        api_key: str | Unset = UNSET,
        access_token: str | Unset = UNSET,
        base_url: str | Unset = UNSET,
        user_agent: str | None | Unset = UNSET,
        timeout: float | Unset = UNSET,
        retry: RetryPolicy | Unset = UNSET,
        pace: Pace | None | Unset = UNSET,
        limits: Limits | Unset = UNSET,
        max_in_flight: int | Unset = UNSET,
        on_doubt: OnDoubt | Unset = UNSET,
        strict_items: bool | Unset = UNSET,
        refused_statuses: Collection[int] | None | Unset = UNSET,
        hooks: Hooks | Unset = UNSET,
        keep_requests: bool | Unset = UNSET,
    ) -> Drip:
        """A client with other options over the same connections; what is left out stays.

        For the same credential it keeps the same pace. Only the first client closes them.
        """
        return self._sharing(
            _replaced(
                self._options,
                api_key,
                access_token,
                account_id=account_id,
                base_url=base_url,
                user_agent=user_agent,
                timeout=timeout,
                retry=retry,
                pace=pace,
                limits=limits,
                max_in_flight=max_in_flight,
                on_doubt=on_doubt,
                strict_items=strict_items,
                refused_statuses=refused_statuses,
                hooks=hooks,
                keep_requests=keep_requests,
            )
        )

    def _add_endpoints(self) -> None:
        account, settings, shared = (
            self._options.account(),
            self._options.settings(),
            self._connection,
        )
        known = operations(account)
        self.subscribers = Endpoint(shared, settings, known["subscribers"])
        self.unsubscribes = Endpoint(shared, settings, known["unsubscribes"])
        self.events = Endpoint(shared, settings, known["events"])
        self.carts = Endpoint(shared, settings, known["carts"])
        self.orders = Endpoint(shared, settings, known["orders"])
        self.products = Endpoint(shared, settings, known["products"])
        self.legacy_orders = Endpoint(shared, settings, known["legacy_orders"])

    def __repr__(self) -> str:
        return f"Drip({self._options.account()!r})"


class AsyncDrip(AsyncClient[DripOptions]):
    """The async twin of `Drip`, for asyncio and trio: the same arguments, methods to await."""

    subscribers: AsyncEndpoint[Subscriber]
    """Creates or updates people; sending one again changes nothing more."""
    unsubscribes: AsyncEndpoint[Unsubscribe]
    """Unsubscribes people from everything; sending one again changes nothing more."""
    events: AsyncEndpoint[Event]
    """Records events; one that is sent again is recorded twice."""
    carts: AsyncEndpoint[Cart]
    """Cart activity; one that is sent again may show, and start workflows, twice."""
    orders: AsyncEndpoint[Order]
    """Order activity; one that is sent again may show, and start workflows, twice."""
    products: AsyncEndpoint[Product]
    """Product activity; sending one again changes nothing more."""
    legacy_orders: AsyncEndpoint[LegacyOrder]
    """Orders of the v2 API; without `provider` and `upstream_id` a repeat counts twice."""

    def __init__(
        self,
        account_id: str | int | None = None,
        *,
        api_key: str | None = None,
        access_token: str | None = None,
        base_url: str | None = None,
        user_agent: str | None = None,
        timeout: float = 60.0,
        retry: RetryPolicy = RetryPolicy(),
        pace: Pace | None | Unset = UNSET,
        limits: Limits = Limits(),
        max_in_flight: int = 4,
        on_doubt: OnDoubt = "hold",
        strict_items: bool = False,
        refused_statuses: Collection[int] | None = None,
        hooks: Hooks = Hooks(),
        keep_requests: bool = False,
        http_client: AsyncHttpClient | None = None,
    ) -> None:
        options = DripOptions(
            account_id=account_id,
            api_key=api_key,
            access_token=access_token,
            base_url=base_url,
            user_agent=user_agent,
            timeout=timeout,
            retry=retry,
            pace=pace,
            limits=limits,
            max_in_flight=max_in_flight,
            on_doubt=on_doubt,
            strict_items=strict_items,
            refused_statuses=refused_statuses,
            hooks=hooks,
            keep_requests=keep_requests,
        )
        self._begin(options, AsyncConnection(http_client), owns=True)

    def with_options(
        self,
        account_id: str | int | Unset = UNSET,
        *,
        api_key: str | Unset = UNSET,
        access_token: str | Unset = UNSET,
        base_url: str | Unset = UNSET,
        user_agent: str | None | Unset = UNSET,
        timeout: float | Unset = UNSET,
        retry: RetryPolicy | Unset = UNSET,
        pace: Pace | None | Unset = UNSET,
        limits: Limits | Unset = UNSET,
        max_in_flight: int | Unset = UNSET,
        on_doubt: OnDoubt | Unset = UNSET,
        strict_items: bool | Unset = UNSET,
        refused_statuses: Collection[int] | None | Unset = UNSET,
        hooks: Hooks | Unset = UNSET,
        keep_requests: bool | Unset = UNSET,
    ) -> AsyncDrip:
        """A client with other options over the same connections; what is left out stays.

        For the same credential it keeps the same pace. Only the first client closes them.
        """
        return self._sharing(
            _replaced(
                self._options,
                api_key,
                access_token,
                account_id=account_id,
                base_url=base_url,
                user_agent=user_agent,
                timeout=timeout,
                retry=retry,
                pace=pace,
                limits=limits,
                max_in_flight=max_in_flight,
                on_doubt=on_doubt,
                strict_items=strict_items,
                refused_statuses=refused_statuses,
                hooks=hooks,
                keep_requests=keep_requests,
            )
        )

    def _add_endpoints(self) -> None:
        account, settings, shared = (
            self._options.account(),
            self._options.settings(),
            self._connection,
        )
        known = operations(account)
        self.subscribers = AsyncEndpoint(shared, settings, known["subscribers"])
        self.unsubscribes = AsyncEndpoint(shared, settings, known["unsubscribes"])
        self.events = AsyncEndpoint(shared, settings, known["events"])
        self.carts = AsyncEndpoint(shared, settings, known["carts"])
        self.orders = AsyncEndpoint(shared, settings, known["orders"])
        self.products = AsyncEndpoint(shared, settings, known["products"])
        self.legacy_orders = AsyncEndpoint(shared, settings, known["legacy_orders"])

    def __repr__(self) -> str:
        return f"AsyncDrip({self._options.account()!r})"


def _replaced(
    options: DripOptions, api_key: str | Unset, access_token: str | Unset, **given: object
) -> DripOptions:
    """The options with what was given; a new credential takes the place of the old."""
    if not (isinstance(api_key, Unset) and isinstance(access_token, Unset)):
        given["api_key"] = None if isinstance(api_key, Unset) else api_key
        given["access_token"] = None if isinstance(access_token, Unset) else access_token
    return options.replaced(**given)
