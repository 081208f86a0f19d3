"""What the clients of all vendors have in common: options, endpoints, closing."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from types import TracebackType
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, overload

import attrs

from .._core.operations import Operation
from ..values import UNSET
from . import callbacks
from .connections import AsyncConnection, Connection
from .endpoints import AsyncEndpoint, Endpoint
from .keywords import MISSING, described, takes, words
from .settings import ClientOptions, Options, Settings

M = TypeVar("M")
Given = TypeVar("Given", bound=Options)


class Client(Generic[Given]):
    """A client: its options as given, and the connection that it may share with others."""

    _options_class: ClassVar[type[Options]]
    _about: ClassVar[str | None] = None
    """What is said of a vendor's clients, whatever their colour."""
    _connection: Any
    _options: Given
    _settings: Settings
    _owns_connection: bool

    def __init_subclass__(
        cls, options: type[Options] | None = None, keywords: type = ClientOptions
    ) -> None:
        """`options` is the class of the keywords that it takes, `keywords` has their words."""
        if options is not None:
            cls._options_class = options
            cls._about = described(cls.__doc__, words(keywords))
            for name, default in (("__init__", MISSING), ("with_options", UNSET)):
                if name in vars(cls):
                    takes(keywords, options, default)(vars(cls)[name])
        elif cls._about is not None and cls.__doc__ is not None:
            cls.__doc__ = f"{inspect.cleandoc(cls.__doc__)}\n\n{cls._about}"

    def __init__(self, *given: Any, http_client: Any = None, **options: Any) -> None:
        self._open(http_client, *given, **options)

    def with_options(self, *given: Any, **changes: Any) -> Self:
        """A client with other options over the same connections; what is left out stays."""
        return self._changed(*given, **changes)

    def _open(self, http_client: Any, *given: Any, **options: Any) -> None:
        made: Any = self._options_class(*given, **options)
        self._begin(made, self._connected(http_client), owns=True)

    @abstractmethod
    def _connected(self, http_client: Any) -> Any:
        """The connection, over the caller's own HTTP client if one is given."""

    def _begin(self, options: Given, connection: Any, *, owns: bool) -> None:
        self._options = options
        self._settings = options.settings()
        connection.confirm_way(self._settings.base_url)
        self._connection = connection
        self._owns_connection = owns

    def _changed(self, **changes: Any) -> Self:
        made = object.__new__(type(self))
        made._begin(self._options.replaced(**changes), self._connection, owns=False)
        return made

    def _operation(self, name: str) -> Operation:
        """The operation of the endpoint of this name, where the endpoint was given none."""
        raise LookupError(f"{type(self).__name__} has no operation for its endpoint `{name}`.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._options.name()!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A client is not pickled or copied; make one where it is used.")


class endpoint(Generic[M]):  # noqa: N801 - it reads like `property`
    """A client's endpoint, in the colour of the client."""

    def __init__(self, about: str, operation: Operation | None = None) -> None:
        self.__doc__ = about
        self._given = operation

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, client: None, owner: object) -> Self: ...
    @overload
    def __get__(self, client: SyncClient[Any], owner: object) -> Endpoint[M]: ...
    @overload
    def __get__(self, client: AsyncClient[Any], owner: object) -> AsyncEndpoint[M]: ...
    def __get__(self, client: Any, owner: object) -> Any:
        if client is None:
            return self
        operation = self._given or client._operation(self._name)
        made = client._endpoint(client._connection, client._settings, operation)
        client.__dict__[self._name] = made
        return made


class SyncClient(Client[Given]):
    """A client for threads. Use it in a `with` block, or `close` it."""

    _connection: Connection
    _endpoint = Endpoint

    def _connected(self, http_client: Any) -> Connection:
        return Connection(http_client)

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


class AsyncClient(Client[Given]):
    """A client for an event loop. Use it in an `async with` block, or `aclose` it."""

    _connection: AsyncConnection
    _endpoint = AsyncEndpoint

    def _connected(self, http_client: Any) -> AsyncConnection:
        return AsyncConnection(http_client)

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
