"""The certificates that our own clients trust."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path

import httpx

from ...exceptions import ConfigurationError
from ..settings import environment

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def confirm() -> None:
    """Raise `ConfigurationError` if the environment names what cannot be used."""
    if any(map(environment, _VARIABLES)):  # else there is nothing to be wrong
        trust()


def trust() -> ssl.SSLContext:
    """Whose certificates are trusted. Raises `ConfigurationError`."""
    return _trust(*map(environment, _VARIABLES))


@lru_cache(maxsize=8)
def _trust(file: str | None, folder: str | None, keys: str | None) -> ssl.SSLContext:
    """One context for all clients: making it costs more than a hundred requests."""
    if folder and not file and not any(map(_is_open, folder.split(os.pathsep))):
        raise _wrong("SSL_CERT_DIR", "there is no such folder, or it may not be entered")
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # raised anew below: nothing of it may come out
        why = getattr(error, "reason", None) or error.strerror or type(error).__name__
        is_named = error.filename is not None
    said = why.replace("_", " ").lower()
    if keys and is_named:  # only of this file is the name told
        raise _wrong("SSLKEYLOGFILE", said)
    if file or folder:
        raise _wrong("SSL_CERT_FILE" if file else "SSL_CERT_DIR", said)
    raise ConfigurationError(
        f"The certificates that come with the package certifi cannot be read ({said}). Name a "
        "file of certificates in SSL_CERT_FILE, or give an http_client of your own."
    )


def _is_open(folder: str) -> bool:
    return Path(folder).is_dir() and os.access(folder, os.X_OK)


def _wrong(variable: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{variable} names nothing that can be used ({why}). Correct or unset the variable, or "
        "give an http_client of your own."
    )
