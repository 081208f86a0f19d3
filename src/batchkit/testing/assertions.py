"""Stub."""


def assert_taken() -> None:
    """Stub."""
