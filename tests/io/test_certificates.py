"""Certificates of the environment: what cannot be used is refused by the variable's name."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

import batchkit
from batchkit._io.http import certificates
from batchkit.exceptions import ConfigurationError

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
OPTIONS: dict[str, Any] = {"api_key": "key", "base_url": "http://127.0.0.1:9"}

clients = pytest.mark.parametrize("make", [batchkit.Drip, batchkit.AsyncDrip])


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    certificates._trust.cache_clear()
    yield
    certificates._trust.cache_clear()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return path


def refused(make: Any, name: str) -> str:
    with pytest.raises(ConfigurationError, match=f"^{name} names nothing that can be used") as told:
        make("1", **OPTIONS)
    assert (told.value.__cause__, told.value.__context__) == (None, None)
    assert told.value.report.total == 0
    return str(told.value)


@pytest.mark.parametrize(
    "content", [None, b"", b"no certificate", b"\x30\x82\x00\x01\xff", "broken", "folder"]
)
@clients
def test_a_certificate_file_that_is_none(
    make: Any, content: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    if content == "folder":
        path.mkdir()
    elif content == "broken":
        path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    elif content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    refused(make, "SSL_CERT_FILE")


@clients
def test_a_certificate_file_that_may_not_be_read(
    make: Any, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny() -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setattr(httpx, "create_ssl_context", deny)
    assert "(permission denied)" in refused(make, "SSL_CERT_FILE")


@clients
def test_a_certificate_folder_that_is_not_there(
    make: Any, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (tmp_path / "gone", authority, f"{tmp_path / 'gone'}{os.pathsep}{authority}"):
        monkeypatch.setenv("SSL_CERT_DIR", str(value))
        refused(make, "SSL_CERT_DIR")
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'gone'}{os.pathsep}{tmp_path}")
    make("1", **OPTIONS)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    certificates._trust.cache_clear()
    refused(make, "SSL_CERT_DIR")


@clients
def test_a_certificate_folder_that_cannot_be_used(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError

    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setattr(httpx, "create_ssl_context", fail)
    assert "(oserror)" in refused(make, "SSL_CERT_DIR")


@clients
def test_the_file_comes_before_the_folder(
    make: Any, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setenv("SSL_CERT_DIR", "/gone")
    make("1", **OPTIONS)


@clients
def test_a_file_for_keys_that_cannot_be_written(
    make: Any, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (tmp_path / "gone" / "keys.log", tmp_path):
        monkeypatch.setenv("SSLKEYLOGFILE", str(value))
        refused(make, "SSLKEYLOGFILE")
    monkeypatch.setenv("SSL_CERT_FILE", "/gone.pem")
    refused(make, "SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    refused(make, "SSLKEYLOGFILE")
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    make("1", **OPTIONS)
    assert certificates.trust().keylog_filename == str(tmp_path / "keys.log")


@pytest.mark.parametrize("name", VARIABLES)
@clients
def test_an_empty_variable_is_none(make: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "")
    make("1", **OPTIONS)


@clients
def test_certificates_that_were_packed_without(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "cacert.pem")

    monkeypatch.setattr(httpx, "create_ssl_context", fail)
    client = make("1", **OPTIONS)
    with pytest.raises(ConfigurationError, match="certifi cannot be read") as told:
        client._connection.transport()
    assert (told.value.__cause__, told.value.__context__) == (None, None)


def test_one_context_serves_all_until_the_environment_changes(
    authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = certificates.trust()
    assert certificates.trust() is first
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert certificates.trust() is not first


@pytest.mark.parametrize(
    ("make", "own"),
    [(batchkit.Drip, httpx.Client), (batchkit.AsyncDrip, httpx.AsyncClient)],
)
def test_a_callers_client_has_nothing_to_do_with_it(
    make: Any, own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = own(trust_env=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/gone.pem")
    make("1", http_client=http, **OPTIONS)
