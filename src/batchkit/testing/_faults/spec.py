"""One fault as text: ``drip.events:503=30@5%``. This is the only place that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .words import FORMS, WORDS, Word, numbered

VENDORS = ("drip", "ecwid", "empathy")

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "drip": (
        *("subscribers", "unsubscribes", "events", "legacy_orders"),
        *("carts", "orders", "products"),
    ),
    "ecwid": ("batches", "status", "tickets", "delete", "cancel_group"),
    "empathy": (
        *("query", "click", "wishlist", "add2cart", "checkout"),
        *("browse_category", "browse_product", "browse_add2cart", "browse_checkout"),
    ),
}
"""The names of operations; Empathy takes any other sink too, where it is named."""

_SPEC = re.compile(
    r"(?:(?P<vendor>[a-z]+)(?:\.(?P<operation>[A-Za-z0-9_]+))?:)?"
    r"(?P<word>[a-z0-9][a-z0-9 -]*?)"
    r"(?:=(?P<argument>[^@*]*))?"
    r"(?:@(?P<percent>[0-9]{1,3}(?:\.[0-9]+)?)%|\*(?P<times>[1-9][0-9]{0,8}))?"
)
_DATE = re.compile(r"date([+-][0-9]{1,9})")


class UnknownFaultError(ValueError):
    """The text names no fault; the message lists those there are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what, with which argument, where, and how often."""

    word: Word
    argument: str | None = None
    vendor: str | None = None
    """`None` for any."""
    operation: str | None = None
    """`None` for any."""
    chance: float = 1.0
    """From 0 to 1; it is asked for each request that the fault could strike."""
    times: int | None = None
    """How often it strikes at the most; `None` for ever."""
    spared: frozenset[str] = frozenset()
    """The vendors at which a fault of all was cleared."""

    def __str__(self) -> str:
        place = ".".join(name for name in (self.vendor, self.operation) if name)
        text = f"{place}:{self.word.name}" if place else self.word.name
        text += "" if self.argument is None else f"={self.argument}"
        if self.times is not None:
            return f"{text}*{self.times}"
        return text if self.chance == 1 else f"{text}@{100 * self.chance:g}%"

    def meets(self, vendor: str, operation: str) -> bool:
        """Whether it is meant for such a request."""
        return self.concerns(vendor) and self.operation in (None, operation)

    def concerns(self, vendor: str) -> bool:
        """Whether it is meant for this vendor."""
        return self.vendor in (None, vendor) and vendor not in self.spared

    def without(self, vendor: str | None) -> Fault | None:
        """The same once it is cleared at this vendor (`None`: at all), if any of it is left."""
        if vendor is None or self.vendor == vendor:
            return None
        if self.vendor is not None:
            return self
        spared = self.spared | {vendor}
        return None if spared.issuperset(VENDORS) else replace(self, spared=spared)

    def number(self, default: float) -> float:
        """The argument as a number."""
        return default if self.argument is None else float(self.argument)

    def retry_after(self, now: Callable[[], float]) -> str | None:
        """The argument as a ``Retry-After``; ``date+30`` becomes the date of in 30 seconds."""
        found = _DATE.fullmatch(self.argument or "")
        if found is None:
            return self.argument
        from email.utils import formatdate  # costs a fifth of a sandbox's start

        return formatdate(now() + int(found[1]), usegmt=True)


def parse(text: str, *, vendor: str | None = None) -> Fault:
    """Read ``[vendor[.operation]:]word[=argument][@5%|*2]``.

    Words may be written with spaces for hyphens. A `vendor` given is the only one that may be
    named. Raises `UnknownFaultError`, which lists the words, and `ValueError` for the rest.
    """
    found = _SPEC.fullmatch(text.strip())
    if found is None:
        raise UnknownFaultError(f"{text!r} is no fault. {_known()}")
    named = found["vendor"]
    if named is not None and named not in VENDORS:
        raise ValueError(f"{text!r} names no vendor; there are {', '.join(VENDORS)}.")
    if vendor is not None and named not in (None, vendor):
        raise ValueError(f"{text!r} is for {named}, and this is {vendor}.")
    name = found["word"].strip().replace(" ", "-")
    word = WORDS.get(name) or numbered(name)
    if word is None:
        raise UnknownFaultError(f"{name!r} is no fault.{_close_to(name)} {_known()}")
    confirm_operation(vendor or named, found["operation"])
    percent = None if found["percent"] is None else float(found["percent"])
    if percent is not None and percent > 100:
        raise ValueError(f"{text!r} has a chance above 100 %.")
    return Fault(
        word,
        _argument(text, word, found["argument"]),
        vendor or named,
        found["operation"],
        1.0 if percent is None else percent / 100,
        None if found["times"] is None else int(found["times"]),
    )


def confirm_operation(vendor: str | None, operation: str | None) -> None:
    """Raise `ValueError` for an operation that no request will ever have."""
    if operation is None or vendor == "empathy":
        return
    known = [name for one in VENDORS if vendor in (None, one) for name in OPERATIONS[one]]
    if operation not in known:
        place = vendor or "the vendors"
        raise ValueError(f"{operation!r} is no operation of {place}; there are {', '.join(known)}.")


def _argument(text: str, word: Word, given: str | None) -> str | None:
    if given is None:
        if word.name == "delay":
            raise ValueError("`delay` needs its seconds, such as `delay=2`.")
        return None
    if not word.argument:
        raise ValueError(f"{text!r}: `{word.name}` takes nothing after `=`.")
    if not (given.isascii() and given.isprintable()):
        raise ValueError(f"{text!r}: after `=` stands plain ASCII text, for it goes into a header.")
    kind = {"seconds": r"[0-9]{1,6}(\.[0-9]+)?", "how many": r"[1-9][0-9]{0,5}"}.get(word.argument)
    if kind is not None and not re.fullmatch(kind, given):
        raise ValueError(f"{text!r}: after `{word.name}=` stands a number ({word.argument}).")
    return given


def _close_to(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, WORDS, n=1)
    return f" Did you mean `{close[0]}`?" if close else ""


def _known() -> str:
    return f"There are: {', '.join([*FORMS, *WORDS])}."
