"""What a client was made with, checked when it is made."""

from __future__ import annotations

import base64
import hmac
import ipaddress
import os
import re
import sys
from abc import abstractmethod
from collections.abc import Collection
from functools import cache
from importlib.metadata import version
from typing import Any, Literal, NoReturn, Self, TypeAlias, TypedDict, cast
from urllib.parse import urlsplit

import attrs

from .._core.operations import Operation
from ..exceptions import ConfigurationError
from ..options import Hooks, Limits, Pace, RetryPolicy
from ..values import UNSET, Unset

OnDoubt: TypeAlias = Literal["hold", "resend"]

_TELLING = 8
"""The fewest characters of a credential that are hidden in what a vendor says."""
_SHOWN = 100
"""Characters of a wrong value that its refusal shows."""
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_USER_AGENT = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,199}")


class Secret:
    """A credential: it is compared and sent, but neither shown nor pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one header that carries it."""
        return self._text

    def spellings(self) -> tuple[str, ...]:
        """The credential as it may be said back; too short a one cannot be told from other text."""
        scheme, _, credential = self._text.partition(" ")
        plain = base64.b64decode(credential).decode()[:-1] if scheme == "Basic" else credential
        return tuple(each for each in (credential, plain) if len(each) >= _TELLING)

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A credential is not pickled or copied; make the client where it is used.")


def hidden(value: str | Secret | None) -> Secret | None:
    """A credential as it was given, for options to keep; what is no text is refused later."""
    return Secret(value) if isinstance(value, str) else value


class ClientOptions(TypedDict, total=False):
    """The keywords that every client takes; its `with_options` takes them too."""

    base_url: str | None
    """The address; `None` takes it from the environment, or is the vendor's."""
    user_agent: str | None
    """Put before batchkit's own `User-Agent`, at most 200 ASCII characters."""
    timeout: float
    """Seconds for one whole attempt, from connecting to the last byte. 60 by default."""
    retry: RetryPolicy
    """How often a chunk is sent, and how long is waited in between."""
    pace: Pace | None
    """At most so many requests in a time; `None` for no limit of ours. By default the vendor's."""
    limits: Limits
    """The most that one request may hold. By default the vendor's."""
    max_in_flight: int
    """Requests at once, for each call. 4 by default."""
    on_doubt: OnDoubt
    """What to do with items that may have been applied, where a repeat would double them:
    `"hold"` (the default) reports them `Unknown`, `"resend"` sends them again."""
    strict_items: bool
    """Whether an item's own server error leaves that item in doubt. False by default."""
    refused_statuses: Collection[int] | None
    """The HTTP statuses by which the vendor surely took nothing; by default 400, 422, 425, 429,
    and 503 with a valid `Retry-After`."""
    hooks: Hooks
    """Functions of yours that are told of requests, retries and outcomes."""


@attrs.frozen(kw_only=True)
class Options:
    """What the clients of all vendors take, as it was given."""

    base_url: str | None = None
    user_agent: str | None = None
    timeout: float = 60.0
    retry: RetryPolicy = RetryPolicy()
    pace: Pace | None | Unset = UNSET
    limits: Limits = Limits()
    max_in_flight: int = 4
    on_doubt: OnDoubt = "hold"
    strict_items: bool = False
    refused_statuses: Collection[int] | None = None
    hooks: Hooks = Hooks()

    @abstractmethod
    def name(self) -> str:
        """The id that stands in every URL, checked."""

    @abstractmethod
    def settings(self) -> Settings:
        """The settings, checked."""

    def replaced(self, **given: object) -> Self:
        """The same with other values where something was given."""
        changes = {name: value for name, value in given.items() if value is not UNSET}
        return attrs.evolve(self, **cast("dict[str, Any]", changes))


@attrs.frozen(kw_only=True)
class Settings:
    """The checked options of one client."""

    base_url: str
    authorization: Secret | None
    user_agent: str | None
    timeout: float
    retry: RetryPolicy
    pace: Pace | None | Unset
    limits: Limits
    max_in_flight: int
    on_doubt: OnDoubt
    strict_items: bool
    refused_statuses: frozenset[int] | None
    hooks: Hooks

    def headers(self) -> dict[str, str]:
        """What every request carries."""
        ours = f"batchkit/{package_version()}"
        headers = {
            "user-agent": f"{self.user_agent} {ours}" if self.user_agent else ours,
            "accept": "application/json",
            "accept-encoding": "identity",
        }
        if self.authorization is not None:
            headers["authorization"] = self.authorization.reveal()
        return headers

    def pace_of(self, operation: Operation) -> Pace | None:
        """The caller's pace, or else the vendor's."""
        return operation.pace if isinstance(self.pace, Unset) else self.pace


@cache
def package_version() -> str:
    """That of this package, if it can be told; to look it up takes as long as several requests."""
    try:
        return version("batchkit") or "unknown"
    except Exception:  # an archive or a frozen program has no metadata, or half of it
        return "unknown"


def check(
    options: Options,
    *,
    default_url: str,
    authorization: Secret | None,
    most_items: int | None,
) -> Settings:
    """The settings, or a `ConfigurationError` that says what to give instead."""
    expect(options.retry, RetryPolicy, "retry")
    expect(options.limits, Limits, "limits")
    expect(options.strict_items, bool, "strict_items")
    expect(options.hooks, Hooks, "hooks")
    pace = cast(object, options.pace)
    if not (pace is None or isinstance(pace, (Pace, Unset))):
        raise _wrong("pace", pace, "a Pace, or None for no pace at all")
    agent = cast(object, options.user_agent)
    if agent is not None and not (isinstance(agent, str) and _USER_AGENT.fullmatch(agent)):
        raise _wrong("user_agent", agent, "at most 200 ASCII characters without a space in front")
    if not _is_number(options.timeout) or options.timeout <= 0:
        raise _wrong("timeout", options.timeout, "a number of seconds above 0")
    if type(options.max_in_flight) is not int or options.max_in_flight < 1:
        raise _wrong("max_in_flight", options.max_in_flight, "a whole number of at least 1")
    if options.on_doubt not in ("hold", "resend"):
        raise _wrong("on_doubt", options.on_doubt, "'hold' or 'resend'")
    if most_items is not None and (options.limits.max_items or 0) > most_items:
        what = f"at most {most_items:,}, which is the vendor's own limit"
        raise _wrong("limits.max_items", options.limits.max_items, what)
    return Settings(
        base_url=check_base_url(default_url if options.base_url is None else options.base_url),
        authorization=authorization,
        user_agent=agent,
        timeout=float(options.timeout),
        retry=options.retry,
        pace=options.pace,
        limits=options.limits,
        max_in_flight=options.max_in_flight,
        on_doubt=options.on_doubt,
        strict_items=options.strict_items,
        refused_statuses=_check_statuses(options.refused_statuses),
        hooks=options.hooks,
    )


def check_base_url(base_url: object) -> str:
    """The URL without a slash at its end; plain http is for this machine alone."""
    what = "an https URL (http only for a loopback host) without query, fragment or user name"
    if not isinstance(base_url, str) or not _PRINTABLE.fullmatch(base_url):
        raise _wrong("base_url", base_url, what)
    if any(mark in base_url for mark in "?#@\\"):  # a credential may be behind the mark
        raise ConfigurationError(f"base_url holds more than an address; it must be {what}.")
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        raise _wrong("base_url", base_url, what) from None
    plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or plain) or not parts.hostname or port == 0:
        raise _wrong("base_url", base_url, what)
    return base_url.rstrip("/")


def check_name(name: str, value: object, pattern: str, what: str) -> str:
    """A name that stands in URLs."""
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _wrong(name, value, what)
    return value


def check_id(name: str, value: object, pattern: str, what: str) -> str:
    """An id that stands in every URL; a wrong one may be a credential, and is not shown."""
    if value is None:
        raise ConfigurationError(f"{name} is missing; give {what}.")
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} is of type {type(value).__name__}; it must be {what}.")
    if not re.fullmatch(pattern, value):
        measured = f"{len(value)} characters, not shown because it may be a credential"
        raise ConfigurationError(f"{name} ({measured}) cannot be right; it must be {what}.")
    return value


def check_number(name: str, value: object, pattern: str, what: str) -> str:
    """An id that vendors show as a number, so that an `int` is taken too."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return check_id(name, str(value) if is_number else value, pattern, what)


def check_credential(name: str, value: object) -> str:
    """A credential; it is never shown, only measured."""
    value = value.reveal() if isinstance(value, Secret) else value
    if value is None or value == "":
        raise ConfigurationError(f"{name} is missing; give it, or set its environment variable.")
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} is of type {type(value).__name__}; it must be text.")
    if not _PRINTABLE.fullmatch(value):
        raise ConfigurationError(
            f"{name} ({len(value)} characters) holds a space, a line break or a character that "
            "is not ASCII; give it exactly as the vendor shows it."
        )
    return value


def keep_apart(name: str, value: str, credential: Secret) -> None:
    """Raise a `ConfigurationError` if an id is the credential: it would stand in URLs and logs."""
    if value in credential.spellings():
        raise ConfigurationError(
            f"{name} is the same text as the credential; give the id, which is no secret."
        )


def basic(user: str) -> Secret:
    """The `Authorization` of a user without a password."""
    return Secret("Basic " + base64.b64encode(f"{user}:".encode()).decode())


def bearer(token: str) -> Secret:
    """The `Authorization` of a token."""
    return Secret(f"Bearer {token}")


def environment(name: str) -> str | None:
    """An environment variable; empty is as good as not set."""
    return os.environ.get(name) or None


def _check_statuses(statuses: object) -> frozenset[int] | None:
    if statuses is None:
        return None
    what = "a collection of HTTP status codes from 400 to 599"
    if isinstance(statuses, (str, bytes)) or not isinstance(statuses, Collection):
        raise _wrong("refused_statuses", statuses, what)
    checked: set[int] = set()
    for status in cast("Collection[object]", statuses):
        if not isinstance(status, int) or not 400 <= status <= 599:
            raise _wrong("refused_statuses", cast(object, statuses), what)
        checked.add(status)
    return frozenset(checked)


def _is_number(value: object) -> bool:
    # No `isfinite`: it raises for a whole number that is too large for a float.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and abs(cast(float, value)) <= sys.float_info.max


def check_deadline(deadline: object) -> float | None:
    """Seconds for a whole call, or `None`."""
    if deadline is None:
        return None
    if not _is_number(deadline) or cast(float, deadline) < 0:
        raise _wrong("deadline", deadline, "a number of seconds of at least 0")
    return float(cast(float, deadline))


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def expect(value: object, cls: type, name: str) -> None:
    """Raise a `ConfigurationError` unless the option is of its type."""
    if not isinstance(value, cls):
        raise _wrong(name, value, f"a {cls.__name__}")


def _wrong(name: str, value: object, what: str) -> ConfigurationError:
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    return ConfigurationError(f"{name} is {shown}; it must be {what}.")
