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


class EmpathyClient(Client[EmpathyOptions], Generic[Http], options=EmpathyOptions):
    """What both clients of Empathy have."""

    query = endpoint(
        QueryEvent,
        "A search, a further page of one, or a refinement; one that is sent again counts twice.",
    )
    click = endpoint(ClickEvent, "A click on a result; one that is sent again counts twice.")
    wishlist = endpoint(
        WishlistEvent,
        "A result put on, or taken off, a wish list; one that is sent again counts twice.",
    )
    add2cart = endpoint(
        Add2CartEvent,
        "One unit of a result put into the cart; one that is sent again counts twice.",
    )
    checkout = endpoint(
        CheckoutEvent, "One unit of a result bought; one that is sent again counts twice."
    )
    browse_category = endpoint(
        BrowseCategoryEvent, "A category looked at; one that is sent again counts twice."
    )
    browse_product = endpoint(
        BrowseProductEvent,
        "A product looked at while browsing; one that is sent again counts twice.",
    )
    browse_add2cart = endpoint(
        BrowseAdd2CartEvent,
        "One unit put into the cart while browsing; one that is sent again counts twice.",
    )
    browse_checkout = endpoint(
        BrowseCheckoutEvent,
        "One unit bought after browsing; one that is sent again counts twice.",
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
    """A client for Empathy's tagging API, after the vendor's page on tracking multiple events.

    An event that got through is `Succeeded`. Nothing at the vendor tells a repeated event from a
    second one, so an event that may have been counted is `Unknown` rather than sent again. There
    is no credential: the instance in the URL is all that the vendor asks for.
    """

    def sink(self, name: str) -> Endpoint[Mapping[str, object]]:
        """The endpoint of a sink by the vendor's name for it; its events are mappings.

        `name` is 1 to 64 letters, digits, `-` or `_`; otherwise it is a `ConfigurationError`.
        """
        return Endpoint(self._connection, self._settings, self._options.operation(name))


class AsyncEmpathyTagging(EmpathyClient[AsyncHttpClient], AsyncClient[EmpathyOptions]):
    """The async twin of `EmpathyTagging`: the same arguments, methods to await."""

    def sink(self, name: str) -> AsyncEndpoint[Mapping[str, object]]:
        """The endpoint of a sink by the vendor's name for it; its events are mappings.

        `name` is 1 to 64 letters, digits, `-` or `_`; otherwise it is a `ConfigurationError`.
        """
        return AsyncEndpoint(self._connection, self._settings, self._options.operation(name))
