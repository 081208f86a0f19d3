"""The journal: what became of each item, in a file that survives a crash."""

from __future__ import annotations

from .journal import Journal, JournaledItem

__all__ = ["Journal", "JournaledItem"]
