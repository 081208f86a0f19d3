"""No cookie is stored or sent on our behalf, not on a caller's own client either."""

from __future__ import annotations

import urllib.request
from http.cookiejar import Cookie, CookiePolicy
from typing import Any, cast

MARK = "batchkit"
"""The request extension by which our own requests are known."""


class NotOurs(CookiePolicy):
    """The client's own policy for its own requests; for ours, nothing is stored.

    The client puts an answer's cookies into its jar before anybody can look at the answer, so
    the jar's policy is the only place where ours can be kept out of it.
    """

    def __init__(self, policy: CookiePolicy) -> None:
        self._policy = policy
        self.netscape, self.rfc2965 = policy.netscape, policy.rfc2965
        self.hide_cookie2 = policy.hide_cookie2

    def _tell_time(self, now: int) -> None:
        cast(Any, self._policy)._now = now

    _now = property(fset=_tell_time)  # the jar tells its policy the time by this name

    def set_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        sent = getattr(request, "request", None)
        if MARK in getattr(sent, "extensions", ()):
            return False
        return bool(self._policy.set_ok(cookie, request))

    def return_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        return bool(self._policy.return_ok(cookie, request))

    def domain_return_ok(self, domain: str, request: urllib.request.Request) -> bool:
        return bool(self._policy.domain_return_ok(domain, request))

    def path_return_ok(self, path: str, request: urllib.request.Request) -> bool:
        return bool(self._policy.path_return_ok(path, request))


def keep_out(client: Any) -> None:
    """Make the client's cookie jar refuse what comes in answer to our requests."""
    jar = client.cookies.jar
    policy = cast(CookiePolicy, jar._policy)
    if not isinstance(policy, NotOurs):
        jar.set_policy(NotOurs(policy))
