"""What goes wrong with single requests: drawn at random, or chosen by who plays a run by hand."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import format_datetime

import attrs

from batchkit._core.effects import Failure, Phase, Response

ASSUMED = frozenset({400, 422, 425, 429})
"""Statuses that mean "nothing was taken" unless the caller says otherwise."""
REFUSING = (400, 409, 413, 422, 425, 429, 429, 503, 503)
DOUBTFUL = (100, 103, 408, 500, 501, 502, 503, 504, 505, 507, 511, 520, 600, 999)
ENDING = (
    (300, 301, 302, 303, 304, 307, 308),
    (401, 403),
    (404,),
    (402, 405, 406, 410, 411, 415, 431, 451),
)
GOOD = (200, 201, 202, 204)
BODIES = ("", "[]", "html", "cut", "short", "long", "words", "broken off", "hostile")
"""Bodies that are not as documented; `made` writes them."""
BEFORE = (Phase.NOTHING, Phase.CONNECTING, Phase.SENDING)
AFTER = (Phase.SENT, Phase.ANSWERING, Phase.ANSWERED)
WAITS: tuple[tuple[str, float | None], ...] = (
    *((text, float(text)) for text in ("0", "1", "7.5", "60", "1000", "99999", "99999999999")),
    *((text, None) for text in ("abc", "-5", "nan", "inf", "1e3", "5, 10", "١٢", "")),
)
"""What a `Retry-After` says, and the seconds that are meant; `None` where it says nothing."""
_EPOCH = 1_800_000_000.0


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that goes wrong with one request."""

    phase: Phase | None = None
    """How far it came, if there is no answer."""
    final: bool = False
    status: int = 200
    body: str = ""
    waits: tuple[str, float | None] | None = None
    """A `Retry-After`, and the seconds that it means."""
    as_date: bool = False
    taken: bool = False
    """Whether the vendor does the work all the same, where it may."""

    def leaves_open(self, refused: Collection[int] | None) -> bool:
        """Whether the vendor, as the caller was promised, may have done the work."""
        if self.phase is not None:
            return self.phase > Phase.SENDING and not self.final
        if refused is not None and self.status in refused:
            return False
        if self.status in ASSUMED:
            return refused is not None
        if self.status == 503 and refused is None:
            return self.waits is None or self.waits[1] is None
        return self.status < 300 or self.status >= 500 or self.status == 408

    def reply(self, items: int, now: float) -> Response | Failure:
        """What comes back of a request with so many items."""
        if self.phase is not None:
            return Failure(phase=self.phase, reason="no answer came", final=self.final)
        complete = self.body != "broken off"
        return Response(
            status=self.status,
            headers=self._headers(now),
            body=made(self.body, items) if complete else b"",
            received=_EPOCH + now,
            complete=complete,
        )

    def _headers(self, now: float) -> dict[str, str]:
        if self.waits is None:
            return {}
        text, seconds = self.waits
        if not self.as_date or not seconds or seconds % 1 or seconds > 1e6:
            # The second header is for who judges the run: what the vendor meant.
            return {"retry-after": text, "x-meant": str(seconds)}
        moment = int(_EPOCH + now)
        date, until = (
            format_datetime(datetime.fromtimestamp(moment + later, UTC), usegmt=True)
            for later in (0, seconds)
        )
        return {"date": date, "retry-after": until, "x-meant": str(seconds)}


def made(body: str, items: int) -> bytes:
    """A body of this kind for an answer to so many items."""
    wrong = {"short": items - 1, "long": items + 1}
    if body in wrong:
        return b"[%b]" % b",".join([b'{"code":200}'] * (wrong[body] or 3))
    if body == "words":
        return b"[%b]" % b",".join([b'{"code":"200"}'] * items)
    return {
        "html": b"<html>welcome</html>",
        "cut": b'[{"code":200},{"co',
        "hostile": b"[" * 5_000,
    }.get(body, body.encode())


def draw(chance: random.Random, *, ends: bool) -> Fault:
    """A fault; `ends` allows those that end a whole run, too."""
    taken = chance.random() < 0.5
    match chance.randrange(6):
        case 0:
            return Fault(
                phase=chance.choice(BEFORE if taken else AFTER),
                taken=chance.random() < 0.5,
                final=ends and chance.random() < 0.1,
            )
        case 1:
            waits = chance.choice(WAITS[: None if ends else 5]) if taken else None
            waits = chance.choice((waits, waits, chance.choice(WAITS[7:])))
            return Fault(
                status=chance.choice(REFUSING),
                waits=waits,
                as_date=chance.random() < 0.3,
                body=chance.choice(BODIES),
                taken=chance.random() < 0.5,
            )
        case 2:
            body = chance.choice(("", "html", "broken off"))
            return Fault(status=chance.choice(DOUBTFUL), body=body, taken=taken)
        case 3:
            return Fault(phase=chance.choice(AFTER), taken=taken)
        case 4 if ends:
            return Fault(status=chance.choice(chance.choice(ENDING)))
        case _:
            body = chance.choice(BODIES)
            return Fault(status=chance.choice(GOOD), body=body, taken=taken)
