"""The proxy that the environment names, and the hosts that are asked without it.

The environment is looked at once, when a client of ours is made, and a value that cannot be used
is refused there by the variable's name. Nothing of it is shown: it may hold a password.
"""

from __future__ import annotations

import ipaddress
import os
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from ...exceptions import ConfigurationError
from ..settings import is_loopback
from .certificates import trust

_KINDS = "http://, https:// or socks5://"
_UNREADABLE = (
    "cannot be read as the URL of a proxy; in its user name and password, /, ?, # and @ are "
    "written %2F, %3F, %23 and %40"
)


class Proxies:
    """The way to the vendors' hosts, as it was when this was made."""

    def __init__(self) -> None:
        told = getproxies()
        self._without = [each.strip().lower() for each in told.get("no", "").split(",")]
        # Plain http is spoken to this machine alone, which nobody asks through a proxy.
        name = "https" if told.get("https", "").strip() else "all"
        url = told.get(name, "").strip()
        read = _read(url) if url else None
        self.proxy: httpx.Proxy | None = None if isinstance(read, str) else read
        """The proxy for all hosts but some, if there is one that can be used."""
        self._wrong = f"{_spelt(f'{name}_proxy')} {read}" if isinstance(read, str) else ""
        self._straight: dict[tuple[str, int | None], bool] = {}

    def confirm(self, url: str) -> None:
        """Raise `ConfigurationError` if the URL's host cannot be asked as the environment says."""
        parts = urlsplit(url)
        self.proxy_for(parts.hostname or "", parts.port)

    def proxy_for(self, host: str, port: int | None) -> httpx.Proxy | None:
        """What the host is asked through, if anything. Raises `ConfigurationError`."""
        if not (self.proxy or self._wrong):
            return None
        straight = self._straight.get((host, port))
        if straight is None:
            straight = self._straight[host, port] = self._is_straight(host.rstrip("."), port or 443)
        if straight or not self._wrong:
            return None if straight else self.proxy
        raise ConfigurationError(
            f"{self._wrong}. Correct or unset the variable, name the vendor's host in NO_PROXY, "
            "or give an http_client of your own."
        )

    def _is_straight(self, host: str, port: int) -> bool:
        return is_loopback(host) or any(_covers(each, host, port) for each in self._without)


def _read(text: str) -> httpx.Proxy | str:
    """The proxy, or what is wrong with its URL."""
    url = text if "://" in text else f"http://{text}"
    scheme = url.partition("://")[0].lower()
    if scheme not in ("http", "https", "socks5", "socks5h"):
        return f"names a proxy of a kind that is not known; its URL begins {_KINDS}"
    if scheme.startswith("socks") and find_spec("socksio") is None:
        return 'names a SOCKS proxy, which needs another package (pip install "httpx[socks]")'
    try:
        _ = urlsplit(url).port  # stricter than httpx with ports and brackets
        proxy = httpx.Proxy(url, ssl_context=trust() if scheme == "https" else None)
    except (ValueError, httpx.InvalidURL):
        return _UNREADABLE
    # Behind the address there is nothing but what an unescaped character has cut off in front.
    behind = proxy.url.raw_path + proxy.url.fragment.encode()
    return _UNREADABLE if not proxy.url.host or b"@" in behind else proxy


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY is of this host; one that cannot be read is of none."""
    if entry == "*":
        return True
    scheme, _, entry = entry.rpartition("://")
    if scheme not in ("", "all", "https"):
        return False
    if entry.count(":") == 1 or "]:" in entry:
        entry, _, only = entry.rpartition(":")
        if only != str(port):
            return False
    if (address := _address(host)) is None:
        return _is_below(entry.removeprefix("*"), host)
    try:
        return address in ipaddress.ip_network(entry.replace("[", "").replace("]", ""), False)
    except ValueError:
        return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_below(name: str, host: str) -> bool:
    """Whether the host is below the name, or is it; a dot in front leaves the name itself out."""
    name = name.rstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name.removeprefix('.')}"))


def _spelt(name: str) -> str:
    """The variable's name as it stands in the environment; in lower case it comes first."""
    return max((each for each in os.environ if each.lower() == name), default=name.upper())
