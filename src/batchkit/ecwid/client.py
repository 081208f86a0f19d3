"""Ecwid's clients, sync and async."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from .._io.clients import AsyncClient, SyncClient
from .._io.connections import AsyncConnection, Connection
from .._io.http import AsyncHttpClient, SyncHttpClient
from .._io.settings import (
    OnDoubt,
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
from ..options import Hooks, Limits, Pace, RetryPolicy
from ..values import UNSET, Unset
from .async_batches import AsyncBatches
from .batches import Batches

BASE_URL = "https://app.ecwid.com/api/v3"


@attrs.frozen(kw_only=True)
class EcwidOptions(Options):
    """What an Ecwid client was given."""

    store_id: str | int | None
    token: Secret | None = attrs.field(repr=False, converter=hidden)
    base_url: str | None

    def store(self) -> str:
        """The store's id, checked."""
        given = environment("ECWID_STORE_ID") if self.store_id is None else self.store_id
        what = "1 to 20 digits (or set ECWID_STORE_ID)"
        return check_number("store_id", given, r"[0-9]{1,20}", what)

    def settings(self) -> Settings:
        """The settings, checked."""
        token = environment("ECWID_TOKEN") if self.token is None else self.token
        authorization = bearer(check_credential("token (or ECWID_TOKEN)", token))
        keep_apart("store_id", self.store(), authorization)
        return check(
            self,
            base_url=self.base_url,
            default_url=environment("ECWID_BASE_URL") or BASE_URL,
            authorization=authorization,
            most_items=500,
        )


class Ecwid(SyncClient[EcwidOptions]):
    """A client for the batch requests of Ecwid's REST API.

    An entry that got through is `Succeeded`, with the decoded body of its answer as `value`. At
    most 500 entries go in a batch. See
    https://docs.ecwid.com/api-reference/rest-api/batch-requests/create-batch-request.

    Args:
        store_id: The store's id; `None` takes it from `ECWID_STORE_ID`.
        token: The app's access token; `None` takes it from `ECWID_TOKEN`.
        base_url: `None` takes it from `ECWID_BASE_URL`, or is the vendor's.
        user_agent: Put before batchkit's own `User-Agent`, at most 200 ASCII characters.
        timeout: Seconds for one whole attempt, from connecting to the answer's last byte.
        retry: How often a request is sent, and how long is waited in between.
        pace: At most so many requests in a time, polls included; `None` for no limit of ours. By
            default the vendor's documented quota: 600 a minute for a token.
        limits: The most that one batch may hold; at most 500 entries, as the vendor says, and
            5,000,000 bytes unless you say otherwise.
        max_in_flight: Requests at once, for each call; batches of a store go one after another.
        on_doubt: Of no consequence here: a submission is always repeated with its key, and a key
            makes sure that it happens once.
        strict_items: Of no consequence here: what a failed entry did is read from its method.
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

    batches: Batches
    """Sends store API calls in batches, and follows their tickets."""

    def __init__(
        self,
        store_id: str | int | None = None,
        *,
        token: str | None = None,
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
        options = EcwidOptions(
            store_id=store_id,
            token=token,
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
        store_id: str | int | Unset = UNSET,
        *,
        token: str | Unset = UNSET,
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
    ) -> Ecwid:
        """A client with other options over the same connections; what is left out stays.

        For the same credential it keeps the same pace. Only the first client closes them.
        """
        return self._sharing(
            self._options.replaced(
                store_id=store_id,
                token=token,
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
        store_id = self._options.store()
        self.batches = Batches(self._connection, self._options.settings(), store_id)

    def __repr__(self) -> str:
        return f"Ecwid({self._options.store()!r})"


class AsyncEcwid(AsyncClient[EcwidOptions]):
    """The async twin of `Ecwid`, for asyncio and trio: the same arguments, methods to await."""

    batches: AsyncBatches
    """Sends store API calls in batches, and follows their tickets."""

    def __init__(
        self,
        store_id: str | int | None = None,
        *,
        token: str | None = None,
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
        options = EcwidOptions(
            store_id=store_id,
            token=token,
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
        store_id: str | int | Unset = UNSET,
        *,
        token: str | Unset = UNSET,
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
    ) -> AsyncEcwid:
        """A client with other options over the same connections; what is left out stays.

        For the same credential it keeps the same pace. Only the first client closes them.
        """
        return self._sharing(
            self._options.replaced(
                store_id=store_id,
                token=token,
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
        store_id = self._options.store()
        self.batches = AsyncBatches(self._connection, self._options.settings(), store_id)

    def __repr__(self) -> str:
        return f"AsyncEcwid({self._options.store()!r})"
