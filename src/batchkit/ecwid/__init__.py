"""Ecwid's batch requests: what goes into one, and what is left to wait for."""

from __future__ import annotations

from .answers import BatchStatus
from .jobs import Job
from .requests import ApiRequest

__all__ = ["ApiRequest", "BatchStatus", "Job"]
