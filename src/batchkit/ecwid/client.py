"""Ecwid's clients, sync and async."""

from __future__ import annotations

from functools import cached_property
from typing import Generic, Self, TypeVar, Unpack

import attrs

from .._io.clients import AsyncClient, Client, SyncClient
from .._io.http import AsyncHttpClient, SyncHttpClient
from .._io.settings import (
    ClientOptions,
    Options,
    Secret,
    Settings,
    bearer,
    check,
    check_credential,
    check_number,
    environment,
    hidden,
    keep_apart,
)
from ..values import UNSET, Unset
from .async_batches import AsyncBatches
from .batches import Batches

BASE_URL = "https://app.ecwid.com/api/v3"
Http = TypeVar("Http")


class EcwidKeywords(ClientOptions, total=False):
    """The keywords of Ecwid's clients."""

    token: str | None
    """The app's access token; `None` takes it from `ECWID_TOKEN`."""


@attrs.frozen(kw_only=True)
class EcwidOptions(Options):
    """What an Ecwid client was given."""

    store_id: str | int | None = attrs.field(default=None, kw_only=False)
    token: Secret | None = attrs.field(default=None, repr=False, converter=hidden)

    def name(self) -> str:
        """The store's id, checked."""
        given = environment("ECWID_STORE_ID") if self.store_id is None else self.store_id
        what = "1 to 20 digits (or set ECWID_STORE_ID)"
        return check_number("store_id", given, r"[0-9]{1,20}", what)

    def settings(self) -> Settings:
        """The settings, checked."""
        store = self.name()
        token = environment("ECWID_TOKEN") if self.token is None else self.token
        authorization = bearer(check_credential("token (or ECWID_TOKEN)", token))
        keep_apart("store_id", store, authorization)
        return check(
            self,
            default_url=environment("ECWID_BASE_URL") or BASE_URL,
            authorization=authorization,
            most_items=500,
        )


class EcwidClient(
    Client[EcwidOptions], Generic[Http], options=EcwidOptions, keywords=EcwidKeywords
):
    """An entry that got through is `Succeeded`, with the decoded body of its answer as `value`.

    At most 500 entries and 5,000,000 bytes go in a batch, and batches of a store one after another.
    By default the pace, polls included, is the vendor's documented quota: 600 requests a minute for
    a token. Two keywords change nothing here: `on_doubt`, as a submission is always repeated with
    its key, which makes sure that it happens once, and `strict_items`, as what a failed entry did
    is read from its method. See
    https://docs.ecwid.com/api-reference/rest-api/batch-requests/create-batch-request.

    Args:
        store_id: The store's number, of 1 to 20 digits; `None` takes it from `ECWID_STORE_ID`.
        http_client: Your own client, of httpx or httpx2. It is not closed; a transport of your own
            must keep to `timeout` by itself, and whether it checks certificates cannot be seen
            from here. `None` makes one.

    Raises:
        ConfigurationError: Something is missing or malformed.
    """

    def __init__(
        self,
        store_id: str | int | None = None,
        *,
        http_client: Http | None = None,
        **options: Unpack[EcwidKeywords],
    ) -> None:
        self._open(http_client, store_id, **options)

    def with_options(
        self, store_id: str | int | Unset = UNSET, **changes: Unpack[EcwidKeywords]
    ) -> Self:
        """A client with other options over the same connections; what is left out stays.

        For the same credential it keeps the same pace. Only the first client closes them.
        """
        return self._changed(store_id=store_id, **changes)


class Ecwid(EcwidClient[SyncHttpClient], SyncClient[EcwidOptions]):
    """A client for the batch requests of Ecwid's REST API, for threads."""

    @cached_property
    def batches(self) -> Batches:
        """Sends store API calls in batches, and follows their tickets."""
        return Batches(self._connection, self._settings, self._options.name())


class AsyncEcwid(EcwidClient[AsyncHttpClient], AsyncClient[EcwidOptions]):
    """A client for the batch requests of Ecwid's REST API, for asyncio and trio."""

    @cached_property
    def batches(self) -> AsyncBatches:
        """Sends store API calls in batches, and follows their tickets."""
        return AsyncBatches(self._connection, self._settings, self._options.name())
