"""Where an entry of a batch may point: below its own store, and nowhere else.

The vendor runs an entry's path with the store's token. A path made from somebody else's data must
not leave the store's API, bring a token of its own or start further batches. Nobody knows how
often the servers on the way decode a path, so it is looked at as it stands and after one, two and
three decodings; a plus is a space to the vendor, in segments too. Every pattern is linear, and the
length is capped before any is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from .._core.items.models import InvalidItem

LONGEST: Final = 2_048
"""Characters of a path, query included. Ours: the vendor names no limit."""

_DECODINGS = 3

_HAZARDS: Final = (
    (
        re.compile(r"\A[/\s+]*[A-Za-z][A-Za-z0-9+.-]*:"),
        "`path` begins with a scheme; give only what follows the store's id in the URL.",
    ),
    (re.compile(r"\A//"), "`path` begins with `//`, which may name another host."),
    (re.compile(r"\.\."), "`path` holds `..`, which may lead out of the store."),
    (re.compile(r"\\"), "`path` holds a backslash, which some servers take for a slash."),
    (re.compile(r"[\x00-\x1f\x7f-\x9f]"), "`path` holds a control character."),
    (re.compile(r"\A[^?]*#"), "`path` holds a `#` before its query, which would cut it off."),
    (
        re.compile(r"[?&;][\s+]*token[\s+]*=", re.IGNORECASE),
        "`path` holds a token of its own; an entry is run with the client's.",
    ),
)
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NEEDS_ESCAPE = re.compile(r"[^A-Za-z0-9/_.~%:,@!$&'()*+;=?-]")


def check_path(path: str) -> None:
    """Raise `InvalidItem` unless an entry may have this path, with or without a slash before it."""
    if not path:
        raise InvalidItem("`path` is empty.")
    if len(path) > LONGEST:
        raise InvalidItem(f"`path` is longer than {LONGEST:,} characters.")
    for form in _forms(with_slash(path)):
        for pattern, refusal in _HAZARDS:
            if pattern.search(form):
                raise InvalidItem(refusal)
        endpoint = _endpoint(form)
        if not endpoint:
            raise InvalidItem("`path` names no endpoint.")
        if endpoint == "batch":
            raise InvalidItem("`path` points at the batch endpoint; a batch cannot hold batches.")
    _check_spelling(path)


def with_slash(path: str) -> str:
    """The path with the slash before it that the vendor's own clients may leave out."""
    return path if path.startswith("/") else f"/{path}"


def _forms(path: str) -> Iterator[str]:
    """The path as it stands, and after each decoding that changes it."""
    yield path
    for _ in range(_DECODINGS):
        decoded = unquote(path)
        if decoded == path:
            return
        yield decoded
        path = decoded


def _endpoint(form: str) -> str:
    """The first segment that says anything, without parameters, in lower case."""
    for segment in form.partition("?")[0].split("/"):
        name = segment.partition(";")[0].replace("+", " ").strip()
        if name not in ("", "."):
            return name.casefold()
    return ""


def _check_spelling(path: str) -> None:
    if _NEEDS_ESCAPE.search(path):
        raise InvalidItem(
            "`path` holds a character that a URL cannot, such as a space; percent-encode it."
        )
    if _MALFORMED.search(path):
        raise InvalidItem("`path` holds a `%` without two hex digits; a percent sign is `%25`.")
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        raise InvalidItem("`path` is percent-encoded, but not from UTF-8.") from None
