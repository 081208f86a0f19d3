"""Empathy's clients, sync and async."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from .._core.operations import Operation
from .._io.clients import AsyncClient, SyncClient
from .._io.connections import AsyncConnection, Connection
from .._io.endpoints import AsyncEndpoint, Endpoint
from .._io.http import AsyncHttpClient, SyncHttpClient
from .._io.settings import (
    OnDoubt,
    Options,
    Settings,
    check,
    check_id,
    check_name,
    environment,
    expect,
)
from ..options import Hooks, Limits, Pace, RetryPolicy
from ..values import UNSET, Unset
from .models import (
    Add2CartEvent,
    BrowseAdd2CartEvent,
    BrowseCategoryEvent,
    BrowseCheckoutEvent,
    BrowseProductEvent,
    CheckoutEvent,
    ClickEvent,
    QueryEvent,
    WishlistEvent,
)
from .operations import operation

BASE_URL = "https://api.empathybroker.com/tagging/v1"

_NAME = r"[A-Za-z0-9_-]{1,64}"


@attrs.frozen(kw_only=True)
class EmpathyOptions(Options):
    """What an Empathy client was given."""

    instance: str | None
    base_url: str | None
    require_q: bool

    def checked_instance(self) -> str:
        """The instance's id, checked."""
        what = "1 to 64 letters, digits, `-` or `_` (or set EMPATHY_INSTANCE)"
        given = self.instance
        return check_id(
            "instance", environment("EMPATHY_INSTANCE") if given is None else given, _NAME, what
        )

    def operation(self, sink: str) -> Operation:
        """The operation of a sink."""
        name = check_name("sink", sink, _NAME, "1 to 64 letters, digits, `-` or `_`")
        return operation(self.checked_instance(), name, q_required=self.require_q)

    def settings(self) -> Settings:
        """The settings, checked."""
        expect(self.require_q, bool, "require_q")
        return check(
            self,
            base_url=self.base_url,
            default_url=environment("EMPATHY_BASE_URL") or BASE_URL,
            authorization=None,
            most_items=None,
        )


class EmpathyTagging(SyncClient[EmpathyOptions]):
    """A client for Empathy's tagging API, after the vendor's page on tracking multiple events.

    An event that got through is `Succeeded`. Nothing at the vendor tells a repeated event from a
    second one, so an event that may have been counted is `Unknown` rather than sent again. There
    is no credential: the instance in the URL is all that the vendor asks for.

    Args:
        instance: The instance's id; `None` takes it from `EMPATHY_INSTANCE`.
        base_url: `None` takes it from `EMPATHY_BASE_URL`, or is the vendor's.
        require_q: Whether an event after a search must have its search terms. Turn it off for
            events of recommendations, which have none.
        user_agent: Put before batchkit's own `User-Agent`, at most 200 ASCII characters.
        timeout: Seconds for one whole attempt, from connecting to the answer's last byte.
        retry: How often a chunk is sent, and how long is waited in between.
        pace: At most so many requests in a time; `None` for no limit of ours. There is none by
            default: the vendor documents no quota.
        limits: The most that one request may hold; 1,000 events and 5,000,000 bytes unless you
            say otherwise: the vendor names no limit.
        max_in_flight: Requests at once, for each call.
        on_doubt: What to do with events that may have been counted: `"hold"` reports them
            `Unknown`, `"resend"` sends them again.
        strict_items: Whether an event's own server error leaves that event in doubt.
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

    query: Endpoint[QueryEvent]
    """A search, a further page of one, or a refinement; one that is sent again counts twice."""
    click: Endpoint[ClickEvent]
    """A click on a result; one that is sent again counts twice."""
    wishlist: Endpoint[WishlistEvent]
    """A result put on, or taken off, a wish list; one that is sent again counts twice."""
    add2cart: Endpoint[Add2CartEvent]
    """One unit of a result put into the cart; one that is sent again counts twice."""
    checkout: Endpoint[CheckoutEvent]
    """One unit of a result bought; one that is sent again counts twice."""
    browse_category: Endpoint[BrowseCategoryEvent]
    """A category looked at; one that is sent again counts twice."""
    browse_product: Endpoint[BrowseProductEvent]
    """A product looked at while browsing; one that is sent again counts twice."""
    browse_add2cart: Endpoint[BrowseAdd2CartEvent]
    """One unit put into the cart while browsing; one that is sent again counts twice."""
    browse_checkout: Endpoint[BrowseCheckoutEvent]
    """One unit bought after browsing; one that is sent again counts twice."""

    def __init__(
        self,
        instance: str | None = None,
        *,
        base_url: str | None = None,
        require_q: bool = True,
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
        options = EmpathyOptions(
            instance=instance,
            base_url=base_url,
            require_q=require_q,
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

    def sink(self, name: str) -> Endpoint[Mapping[str, object]]:
        """The endpoint of a sink by the vendor's name for it; its events are mappings.

        `name` is 1 to 64 letters, digits, `-` or `_`; otherwise it is a `ConfigurationError`.
        """
        return Endpoint(self._connection, self._options.settings(), self._operation(name))

    def with_options(
        self,
        instance: str | Unset = UNSET,
        *,
        base_url: str | Unset = UNSET,
        require_q: bool | Unset = UNSET,
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
    ) -> EmpathyTagging:
        """A client with other options over the same connections; what is left out stays.

        Only the client that was made first closes them.
        """
        return self._sharing(
            self._options.replaced(
                instance=instance,
                base_url=base_url,
                require_q=require_q,
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
        settings, shared = self._options.settings(), self._connection
        self.query = Endpoint(shared, settings, self._operation("query"))
        self.click = Endpoint(shared, settings, self._operation("click"))
        self.wishlist = Endpoint(shared, settings, self._operation("wishlist"))
        self.add2cart = Endpoint(shared, settings, self._operation("add2cart"))
        self.checkout = Endpoint(shared, settings, self._operation("checkout"))
        self.browse_category = Endpoint(shared, settings, self._operation("browseCategory"))
        self.browse_product = Endpoint(shared, settings, self._operation("browseProduct"))
        self.browse_add2cart = Endpoint(shared, settings, self._operation("browseAdd2Cart"))
        self.browse_checkout = Endpoint(shared, settings, self._operation("browseCheckout"))

    def _operation(self, sink: str) -> Operation:
        return self._options.operation(sink)

    def __repr__(self) -> str:
        return f"EmpathyTagging({self._options.checked_instance()!r})"


class AsyncEmpathyTagging(AsyncClient[EmpathyOptions]):
    """The async twin of `EmpathyTagging`: the same arguments, methods to await."""

    query: AsyncEndpoint[QueryEvent]
    """A search, a further page of one, or a refinement; one that is sent again counts twice."""
    click: AsyncEndpoint[ClickEvent]
    """A click on a result; one that is sent again counts twice."""
    wishlist: AsyncEndpoint[WishlistEvent]
    """A result put on, or taken off, a wish list; one that is sent again counts twice."""
    add2cart: AsyncEndpoint[Add2CartEvent]
    """One unit of a result put into the cart; one that is sent again counts twice."""
    checkout: AsyncEndpoint[CheckoutEvent]
    """One unit of a result bought; one that is sent again counts twice."""
    browse_category: AsyncEndpoint[BrowseCategoryEvent]
    """A category looked at; one that is sent again counts twice."""
    browse_product: AsyncEndpoint[BrowseProductEvent]
    """A product looked at while browsing; one that is sent again counts twice."""
    browse_add2cart: AsyncEndpoint[BrowseAdd2CartEvent]
    """One unit put into the cart while browsing; one that is sent again counts twice."""
    browse_checkout: AsyncEndpoint[BrowseCheckoutEvent]
    """One unit bought after browsing; one that is sent again counts twice."""

    def __init__(
        self,
        instance: str | None = None,
        *,
        base_url: str | None = None,
        require_q: bool = True,
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
        options = EmpathyOptions(
            instance=instance,
            base_url=base_url,
            require_q=require_q,
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

    def sink(self, name: str) -> AsyncEndpoint[Mapping[str, object]]:
        """The endpoint of a sink by the vendor's name for it; its events are mappings.

        `name` is 1 to 64 letters, digits, `-` or `_`; otherwise it is a `ConfigurationError`.
        """
        return AsyncEndpoint(self._connection, self._options.settings(), self._operation(name))

    def with_options(
        self,
        instance: str | Unset = UNSET,
        *,
        base_url: str | Unset = UNSET,
        require_q: bool | Unset = UNSET,
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
    ) -> AsyncEmpathyTagging:
        """A client with other options over the same connections; what is left out stays.

        Only the client that was made first closes them.
        """
        return self._sharing(
            self._options.replaced(
                instance=instance,
                base_url=base_url,
                require_q=require_q,
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
        settings, shared = self._options.settings(), self._connection
        self.query = AsyncEndpoint(shared, settings, self._operation("query"))
        self.click = AsyncEndpoint(shared, settings, self._operation("click"))
        self.wishlist = AsyncEndpoint(shared, settings, self._operation("wishlist"))
        self.add2cart = AsyncEndpoint(shared, settings, self._operation("add2cart"))
        self.checkout = AsyncEndpoint(shared, settings, self._operation("checkout"))
        self.browse_category = AsyncEndpoint(shared, settings, self._operation("browseCategory"))
        self.browse_product = AsyncEndpoint(shared, settings, self._operation("browseProduct"))
        self.browse_add2cart = AsyncEndpoint(shared, settings, self._operation("browseAdd2Cart"))
        self.browse_checkout = AsyncEndpoint(shared, settings, self._operation("browseCheckout"))

    def _operation(self, sink: str) -> Operation:
        return self._options.operation(sink)

    def __repr__(self) -> str:
        return f"AsyncEmpathyTagging({self._options.checked_instance()!r})"
