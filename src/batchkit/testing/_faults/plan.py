"""Which request is struck by what: scripts first, then what is left to chance."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from .spec import VENDORS, Fault, confirm_operation, parse
from .words import Stage

_TAKERS = {"status", "tickets", "delete", "cancel_group"}
"""Operations of Ecwid that carry no items."""
_LISTS = {"ecwid": ("status",), "drip": ("carts", "orders", "products")}
"""Operations whose answers list results, where not all of a vendor's do."""


class Faults:
    """The faults to come, of one vendor or of all.

    A script says what the next requests meet, one step after the other; then all is fine::

        fake.faults.times(2, "429").once("fine").once("stored-then-dropped")

    What is added stays, and strikes whenever chance says so, by the seed::

        fake.faults.add("503@5%").add("events:delay=0.2")

    A fault is written ``word``, ``word=argument``, with ``@5%`` for a chance or ``*3`` for a
    number of times, after ``operation:`` or, where all vendors are meant,
    ``vendor.operation:``. Any method raises `UnknownFaultError`, which lists the words.
    """

    def __init__(self, *, seed: int | None = None, vendor: str | None = None) -> None:
        self._vendor = vendor
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 - faults are no secret
        self._script: list[Fault] = []
        self._standing: list[Fault] = []

    def of(self, vendor: str) -> Faults:
        """This plan, seen from one vendor."""
        view = Faults(vendor=vendor)
        view._lock, view._random = self._lock, self._random
        view._script, view._standing = self._script, self._standing
        return view

    # -- asking for faults

    def once(self, fault: str, *, operation: str | None = None) -> Self:
        """The next request (of `operation`, if given) that nothing else is planned for."""
        return self.times(1, fault, operation=operation)

    def times(self, number: int, fault: str, *, operation: str | None = None) -> Self:
        """The next so many requests. Raises `ValueError` for a number below 1."""
        if number < 1:
            raise ValueError(f"times={number} is not a number of requests; it must be 1 or more.")
        with self._lock:
            self._script.append(replace(self._parse(fault, operation), times=number))
        return self

    def always(self, fault: str, *, operation: str | None = None) -> Self:
        """Every request, once the script is over."""
        with self._lock:
            self._standing.append(self._parse(fault, operation))
        return self

    def add(self, fault: str) -> Self:
        """As the text says: ``*3`` is a step of the script, anything else stays."""
        found = self._parse(fault, None)
        with self._lock:
            (self._standing if found.times is None else self._script).append(found)
        return self

    def clear(self) -> Self:
        """Nothing more goes wrong (at this vendor; a fault of all stays for the others)."""
        with self._lock:
            for faults in (self._script, self._standing):
                left = [fault.without(self._vendor) for fault in faults]
                faults[:] = [fault for fault in left if fault is not None]
        return self

    @property
    def planned(self) -> Sequence[str]:
        """What is to come (at this vendor, or at any), as text: the script, then what stays."""
        with self._lock:
            faults = (*self._script, *self._standing)
            return tuple(str(fault) for fault in faults if self._is_ours(fault))

    def _is_ours(self, fault: Fault) -> bool:
        return self._vendor is None or fault.concerns(self._vendor)

    def _parse(self, text: str, operation: str | None) -> Fault:
        head, colon, rest = text.partition(":")
        names_operation = head not in VENDORS and head.replace("_", "").isalnum()
        if self._vendor is not None and colon and names_operation:
            # Where there is one vendor, its operations need no name before them.
            text, operation = rest, head
        found = parse(text, vendor=self._vendor)
        confirm_operation(found.vendor, operation)
        return found if operation is None else replace(found, operation=operation)

    # -- meeting them, for the vendors

    def choose(self, vendor: str, operation: str) -> Fault | None:
        """What strikes a request that has just arrived."""
        with self._lock:
            chosen = self._next_step(vendor, operation) or self._by_chance(vendor, operation)
        return None if chosen is None or chosen.word.stage is Stage.NEVER else chosen

    def _next_step(self, vendor: str, operation: str) -> Fault | None:
        for place, fault in enumerate(self._script):
            if _fits(fault, vendor, operation):
                left = (fault.times or 1) - 1
                self._script[place : place + 1] = [replace(fault, times=left)] if left else []
                return fault
        return None

    def _by_chance(self, vendor: str, operation: str) -> Fault | None:
        for fault in self._standing:
            if _fits(fault, vendor, operation) and (
                fault.chance == 1 or self._random.random() < fault.chance
            ):
                return fault
        return None

    def pick(self, number: int, how_many: int) -> list[int]:
        """So many places out of `number`, by the seed."""
        with self._lock:
            return sorted(self._random.sample(range(number), min(number, how_many)))


def _fits(fault: Fault, vendor: str, operation: str) -> bool:
    if not fault.meets(vendor, operation):
        return False
    match fault.word.stage:
        case Stage.ITEMS:
            return operation not in _TAKERS
        case Stage.RESULTS:
            return vendor not in _LISTS or operation in _LISTS[vendor]
        case _:
            return True
