"""The fakes behind httpx, or httpx2, without a socket: for respx and for mock transports.

What a fault would do to a connection becomes the exception that the library raises for it. The
library is handed in, so this module imports none.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ._faults import WORDS
from ._http import Request
from ._passing import let_pass
from ._vendors import Vendor

PATIENCE = 60.0
"""Seconds that a client is taken to wait for an answer if it does not say."""


class BehindLibrary:
    """A fake vendor as a function from a library's request to its response."""

    def __init__(self, vendor: Vendor, base_url: str, library: Any) -> None:
        self._vendor = vendor
        self._base_path = urlsplit(base_url).path.rstrip("/")
        self._library = library

    def __call__(self, request: Any) -> Any:
        """Answer, or raise what a broken connection would."""
        response = self._vendor.handle(self._own(request))
        let_pass(min(response.seconds, _timeout(request)))
        if response.act:
            word = WORDS[response.act]
            raise self._error(word.raises, word.about, request)
        if response.seconds >= _timeout(request):
            raise self._error("ReadTimeout", "no answer came in time", request)
        return self._library.Response(
            response.status,
            headers=list(response.headers),
            stream=self._library.ByteStream(response.body),
            request=request,
        )

    def _own(self, request: Any) -> Request:
        target = request.url.raw_path.decode("ascii")
        below = target.removeprefix(self._base_path)
        return Request.of(request.method, below, dict(request.headers), request.content)

    def _error(self, name: str, about: str, request: Any) -> Exception:
        error: Exception = getattr(self._library, name)(about, request=request)
        return error


def _timeout(request: Any) -> float:
    timeout: float | None = request.extensions.get("timeout", {}).get("read")
    return PATIENCE if timeout is None else timeout
