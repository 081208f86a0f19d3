"""What the clients of all vendors have in common: options, endpoints, closing."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Generic, NoReturn, Self, TypeVar

import attrs

from . import callbacks
from .connections import AsyncConnection, Connection
from .settings import Options

Given = TypeVar("Given", bound=Options)
Shared = TypeVar("Shared", Connection, AsyncConnection)


class Client(Generic[Given, Shared]):
    """A client: its options as given, and the connection that it may share with others."""

    _options: Given
    _connection: Shared
    _owns_connection: bool

    def _begin(self, options: Given, connection: Shared, *, owns: bool) -> None:
        self._options = options
        self._connection = connection
        self._owns_connection = owns
        self._add_endpoints()

    @abstractmethod
    def _add_endpoints(self) -> None:
        """Check the options and make the vendor's endpoints."""

    def _sharing(self, options: Given) -> Self:
        """Another client over the same connection, which it does not close."""
        made = object.__new__(type(self))
        made._begin(options, self._connection, owns=False)
        return made

    def __reduce__(self) -> NoReturn:
        raise TypeError("A client is not pickled or copied; make one where it is used.")


class SyncClient(Client[Given, Connection]):
    """A client for threads. Use it in a `with` block, or `close` it."""

    def _begin(self, options: Given, connection: Connection, *, owns: bool) -> None:
        super()._begin(options, connection, owns=owns)
        for name, hook in attrs.asdict(options.hooks, recurse=False).items():
            callbacks.confirm_plain(f"Hooks({name}=…)", hook)

    def close(self) -> None:
        """Close the connections, if this is the client that was first made with them."""
        if self._owns_connection:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient(Client[Given, AsyncConnection]):
    """A client for an event loop. Use it in an `async with` block, or `aclose` it."""

    async def aclose(self) -> None:
        """Close the connections, if this is the client that was first made with them."""
        if self._owns_connection:
            await self._connection.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
