"""What the body of a success means: a vendor's rows, each with its reason beside it.

What a body *is* can be seen in it; what that *means* is the vendor's contract, so each vendor has
a table of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum
from typing import Final

import attrs

from ...values import JsonValue
from ..effects import Response
from ..items import jsontext


class BodyKind(Enum):
    """What a body is."""

    DOCUMENTED = "as documented"
    EMPTY = "empty"
    PAGE = "a web page"
    BROKEN = "broken off, or in an encoding that cannot be read"
    TOO_LARGE = "more than 16 MiB"
    NOT_JSON = "no JSON, or JSON with NaN, with a key twice or nested without end"
    MISFIT = "results that do not fit what was sent"
    OTHER = "something else"
    COMPLAINT = "errors, though the status says yes"


class Means(Enum):
    """What a body says of the items."""

    TOLD = "each item's own code decides"
    TICKET = "the ticket is followed"
    DONE = "all are `Succeeded`"
    TAKEN = "all are `Accepted`"
    UNCLEAR = "all are `Unknown`"
    KEYED = "sent again under its key, then all are `Unknown`"


@attrs.frozen
class BodyRow:
    """One line of a vendor's table."""

    bodies: Collection[BodyKind]
    means: Means
    why: str
    any_status: bool = False
    """Whether it holds beside any status that is no redirect, not beside a success alone."""
    resends: int | None = None
    """How often a request goes again under its key before the run ends; `None` while the attempts
    last, and then the run goes on."""


def row_for(rows: Sequence[BodyRow], body: BodyKind) -> BodyRow:
    """What a body means."""
    return next(row for row in rows if body in row.bodies)


_MARK: Final = b"\xef\xbb\xbf"


def look(response: Response) -> tuple[BodyKind | None, JsonValue]:
    """What a body is as far as no vendor is needed to tell; `None` beside the JSON that it is."""
    if not response.complete:
        return (BodyKind.TOO_LARGE if response.too_large else BodyKind.BROKEN), None
    text = response.body.removeprefix(_MARK).strip()
    if not text:
        return BodyKind.EMPTY, None
    try:
        return None, jsontext.read(text)
    except ValueError:
        page = text.startswith(b"<") or is_called_html(response)
        return (BodyKind.PAGE if page else BodyKind.NOT_JSON), None


def is_called_html(response: Response) -> bool:
    """Whether the header says that the body is a web page."""
    return "html" in response.headers.get("content-type", "").lower()
