"""Ecwid's batch requests: what goes into one, and what is left to wait for."""

from __future__ import annotations

from ..jobs import Job
from .answers import BatchStatus
from .requests import ApiRequest

__all__ = ["ApiRequest", "BatchStatus", "Job"]
