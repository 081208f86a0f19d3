"""The demo's clients, all of them of the sandbox.

This sandbox keeps no quota, so Drip and Ecwid are told `pace=None`. Left out, they would keep to
what the vendors document: for Drip's v2 batches, 50 requests an hour.
"""

from __future__ import annotations

from batchkit import (
    AsyncDrip,
    AsyncEcwid,
    AsyncEmpathyTagging,
    Drip,
    Ecwid,
    EmpathyTagging,
    PollPolicy,
)
from batchkit.testing import Sandbox

ACCOUNT, STORE, INSTANCE = 1234567, 7654321, "demo-shop"
ANY = "any-will-do"  # the sandbox takes any credential

SOON = PollPolicy(initial=0.02, maximum=0.5)
"""A real store takes seconds over a batch; the sandbox takes milliseconds, so ask soon."""


def drip_client(sandbox: Sandbox) -> Drip:
    """Drip, synchronous."""
    return Drip(ACCOUNT, api_key=ANY, base_url=sandbox.url("drip"), pace=None)


def empathy_client(sandbox: Sandbox) -> EmpathyTagging:
    """Empathy, synchronous; the vendor documents no quota, so it has no pace anyway."""
    return EmpathyTagging(INSTANCE, base_url=sandbox.url("empathy"))


def ecwid_client(sandbox: Sandbox) -> Ecwid:
    """Ecwid, synchronous."""
    return Ecwid(STORE, token=ANY, base_url=sandbox.url("ecwid"), pace=None)


def async_drip_client(sandbox: Sandbox) -> AsyncDrip:
    """Drip, asynchronous."""
    return AsyncDrip(ACCOUNT, api_key=ANY, base_url=sandbox.url("drip"), pace=None)


def async_empathy_client(sandbox: Sandbox) -> AsyncEmpathyTagging:
    """Empathy, asynchronous."""
    return AsyncEmpathyTagging(INSTANCE, base_url=sandbox.url("empathy"))


def async_ecwid_client(sandbox: Sandbox) -> AsyncEcwid:
    """Ecwid, asynchronous."""
    return AsyncEcwid(STORE, token=ANY, base_url=sandbox.url("ecwid"), pace=None)
