"""Ecwid's memory for deduplication keys: which submission is an earlier one, sent again."""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

import re
from typing import NamedTuple

from .ecwid_requests import wrong
from .ecwid_switches import EcwidSwitches

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class _Use(NamedTuple):
    ticket: str
    time: float
    body: int


class Keys:
    """The keys that one store has seen."""

    def __init__(self, switches: EcwidSwitches) -> None:
        self._switches = switches
        self._uses: dict[str, _Use] = {}

    def ticket_for(self, query: dict[str, str], token: str, use: tuple[str, float, bytes]) -> str:
        """The ticket that a submission goes by: an earlier one, if its key is remembered.

        `use` is the ticket that it would get, the time, and its body.
        """
        name, now, body = use
        key = self._key(query, token)
        self._forget(key, now)
        if key is None:
            return name
        known, this = self._uses.get(key), _Use(name, now, hash(body))
        if known is not None:
            said = self._switches["key_with_another_body"]
            if known.body == this.body or said == "first_ticket":
                return known.ticket
            if said == "refuse":
                raise wrong("deduplicationKey (it came with another body before)")
            del self._uses[key]
        self._uses[key] = this
        return name

    def _key(self, query: dict[str, str], token: str) -> str | None:
        key = query.get("deduplicationKey")
        if not key:
            return None
        if self._switches["key_form"] == "uuid" and not _UUID.fullmatch(key):
            raise wrong("deduplicationKey (a UUID)")
        return f"{key} {token}" if self._switches["key_scope"] == "token" else key

    def _forget(self, key: str | None, now: float) -> None:
        memory = self._switches["key_memory"]
        for each, use in list(self._uses.items()):
            if memory is None or now - use.time < memory:
                break  # they stand in the order of their time
            del self._uses[each]
        if self._switches["keys_remembered"] == "last":
            self._uses = {each: use for each, use in self._uses.items() if each == key}
