"""Empathy's clients, sync and async."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Self, TypeVar, Unpack

import attrs

from .._core.operations import Operation
from .._io.clients import AsyncClient, Client, SyncClient, endpoint
from .._io.endpoints import AsyncEndpoint, Endpoint
from .._io.http import AsyncHttpClient, SyncHttpClient
from .._io.settings import (
    ClientOptions,
    Options,
    Settings,
    check,
    check_id,
    check_name,
    environment,
    expect,
)
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
Http = TypeVar("Http")


class EmpathyKeywords(ClientOptions, total=False):
    """The keywords of Empathy's clients."""

    require_q: bool
    """Whether an event after a search must have its search terms, true by default. Turn it off for
    events of recommendations, which have none."""


@attrs.frozen(kw_only=True)
class EmpathyOptions(Options):
    """What an Empathy client was given."""

    instance: str | None = attrs.field(default=None, kw_only=False)
    require_q: bool = True

    def name(self) -> str:
        """The instance's id, checked."""
        what = "1 to 64 letters, digits, `-` or `_` (or set EMPATHY_INSTANCE)"
        given = self.instance
        return check_id(
            "instance", environment("EMPATHY_INSTANCE") if given is None else given, _NAME, what
        )

    def operation(self, sink: str) -> Operation:
        """The operation of a sink."""
        name = check_name("sink", sink, _NAME, "1 to 64 letters, digits, `-` or `_`")
        return operation(self.name(), name, q_required=self.require_q)

    def settings(self) -> Settings:
        """The settings, checked."""
        self.name()
        expect(self.require_q, bool, "require_q")
        return check(
            self,
            default_url=environment("EMPATHY_BASE_URL") or BASE_URL,
            authorization=None,
            most_items=None,
        )


_SINKS = {
    "browse_category": "browseCategory",
    "browse_product": "browseProduct",
    "browse_add2cart": "browseAdd2Cart",
    "browse_checkout": "browseCheckout",
}


class EmpathyClient(
    Client[EmpathyOptions], Generic[Http], options=EmpathyOptions, keywords=EmpathyKeywords
):
    """After the vendor's page on tracking multiple events. What got through is `Succeeded`.

    Nothing at the vendor tells a repeated event from a second one, so an event that may have been
    counted is `Unknown` rather than sent again. There is no credential: the instance in the URL is
    all that the vendor asks for. At most 1,000 events and 5,000,000 bytes go in a request unless
    you say otherwise, and there is no pace: the vendor names neither a limit nor a quota.

    Args:
        instance: The instance's id, of 1 to 64 letters, digits, `-` or `_`; `None` takes it from
            `EMPATHY_INSTANCE`.
        http_client: Your own client, of httpx or httpx2. It is not closed; a transport of your own
            must keep to `timeout` by itself, and whether it checks certificates cannot be seen
            from here. `None` makes one.

    Raises:
        ConfigurationError: Something is missing or malformed.
    """

    query: endpoint[QueryEvent] = endpoint(
        "A search, a further page of one, or a refinement; one that is sent again counts twice."
    )
    click: endpoint[ClickEvent] = endpoint(
        "A click on a result; one that is sent again counts twice."
    )
    wishlist: endpoint[WishlistEvent] = endpoint(
        "A result put on, or taken off, a wish list; one that is sent again counts twice."
    )
    add2cart: endpoint[Add2CartEvent] = endpoint(
        "One unit of a result put into the cart; one that is sent again counts twice."
    )
    checkout: endpoint[CheckoutEvent] = endpoint(
        "One unit of a result bought; one that is sent again counts twice."
    )
    browse_category: endpoint[BrowseCategoryEvent] = endpoint(
        "A category looked at; one that is sent again counts twice."
    )
    browse_product: endpoint[BrowseProductEvent] = endpoint(
        "A product looked at while browsing; one that is sent again counts twice."
    )
    browse_add2cart: endpoint[BrowseAdd2CartEvent] = endpoint(
        "One unit put into the cart while browsing; one that is sent again counts twice."
    )
    browse_checkout: endpoint[BrowseCheckoutEvent] = endpoint(
        "One unit bought after browsing; one that is sent again counts twice."
    )

    def __init__(
        self,
        instance: str | None = None,
        *,
        http_client: Http | None = None,
        **options: Unpack[EmpathyKeywords],
    ) -> None:
        self._open(http_client, instance, **options)

    def with_options(
        self, instance: str | Unset = UNSET, **changes: Unpack[EmpathyKeywords]
    ) -> Self:
        """A client with other options over the same connections; what is left out stays.

        Only the client that was made first closes them.
        """
        return self._changed(instance=instance, **changes)

    def _operation(self, name: str) -> Operation:
        return self._options.operation(_SINKS.get(name, name))


class EmpathyTagging(EmpathyClient[SyncHttpClient], SyncClient[EmpathyOptions]):
    """A client for Empathy's tagging API, for threads."""

    def sink(self, name: str) -> Endpoint[Mapping[str, object]]:
        """The endpoint of a sink by the vendor's name for it; its events are mappings.

        `name` is 1 to 64 letters, digits, `-` or `_`; otherwise it is a `ConfigurationError`.
        """
        return Endpoint(self._connection, self._settings, self._options.operation(name))


class AsyncEmpathyTagging(EmpathyClient[AsyncHttpClient], AsyncClient[EmpathyOptions]):
    """A client for Empathy's tagging API, for asyncio and trio: its methods are awaited."""

    def sink(self, name: str) -> AsyncEndpoint[Mapping[str, object]]:
        """The endpoint of a sink by the vendor's name for it; its events are mappings.

        `name` is 1 to 64 letters, digits, `-` or `_`; otherwise it is a `ConfigurationError`.
        """
        return AsyncEndpoint(self._connection, self._settings, self._options.operation(name))
