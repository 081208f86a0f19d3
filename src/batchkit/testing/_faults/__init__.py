"""What can go wrong between a client and a vendor: one list of words, a way to ask for them."""

from __future__ import annotations

from .plan import Faults
from .spec import Fault, UnknownFaultError, parse
from .words import WORDS, End, Stage, Word

__all__ = ["WORDS", "End", "Fault", "Faults", "Stage", "UnknownFaultError", "Word", "parse"]
