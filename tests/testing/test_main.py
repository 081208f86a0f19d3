"""``python -m batchkit.testing`` as a user runs it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from batchkit.testing.__main__ import main


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_its_help_shows_how_a_fault_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert "WORD[=ARGUMENT][@N%|*N]" in told
    assert "drip:503@5%;" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_addresses_serves_and_ends_cleanly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "batchkit.testing"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines: dict[str, str] = dict(process.stdout.readline().split() for _ in range(3))
        assert lines.keys() == {"drip", "ecwid", "empathy"}
        address = urlsplit(lines["empathy"])
        connection = http.client.HTTPConnection(address.netloc, timeout=10)
        connection.request("POST", f"{address.path}/track/a/click/batch", "[]")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


def test_it_ends_on_a_signal_within_the_same_process(capsys: pytest.CaptureFixture[str]) -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    assert main(["--port", "0"]) == 0
    assert capsys.readouterr().out.count("http://127.0.0.1:") == 4


def test_a_port_that_is_taken_is_a_message_and_exit_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["--port", str(port)])
    assert ended.value.code == 1
    assert f"cannot listen on port {port}" in capsys.readouterr().err


def test_faults_a_seed_switches_and_a_ledger_can_be_told(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    command = [sys.executable, "-m", "batchkit.testing", "--fault", "drip:503*1", "--seed", "7"]
    command += ["--ledger", str(file), "--switch", "bad_v2_item=refuse", "--no-quotas"]
    command += ["--switch", "attempts=5", "--switch", "success_body=[]"]
    command += ["--switch", "requests_per_minute=null"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: dict[str, str] = dict(process.stdout.readline().split() for _ in range(4))
        body = '{"batches":[{"subscribers":[{"email":"a@b.c"}]}]}'
        headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
        address = urlsplit(lines["drip"])
        connection = http.client.HTTPConnection(address.netloc, timeout=10)
        statuses: list[int] = []
        for _ in range(2):
            connection.request("POST", f"{address.path}/v2/1/subscribers/batches", body, headers)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.request("GET", "/_/switches")
        switches = json.loads(connection.getresponse().read())
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert statuses == [503, 201]
    told = ("bad_v2_item", "attempts", "success_body", "drip_quota", "requests_per_minute")
    assert [switches[name]["value"] for name in told] == ["refuse", 5, "[]", "off", None]
    # Another program reads the items out of the file.
    with closing(sqlite3.connect(file)) as books:
        query = "SELECT operation, request, position, fate, item FROM items"
        assert books.execute(query).fetchall() == [
            ("subscribers", 2, 0, "taken", '{"email":"a@b.c"}')
        ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fault", "teapot"], "'teapot' is no fault. There are: NNN"),
        (["--switch", "attempts"], "write NAME=VALUE"),
        (["--switch", "attempts=9"], "must be one of 5, 6"),
        (["--switch", "nothing=9"], "no switch `nothing`"),
        (["--switch", "products=many"], "`products` is a string"),
    ],
)
def test_what_cannot_be_is_said_before_anything_starts(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "no database at all, whatever its name says. " * 9])
def test_a_ledger_that_cannot_be_kept_is_a_message_and_exit_code_1(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.db"
    if content is None:
        file.mkdir()
    else:
        file.write_text(content)
    with pytest.raises(SystemExit) as ended:
        main(["--ledger", str(file)])
    assert ended.value.code == 1
    assert f"cannot keep a ledger in {file}" in capsys.readouterr().err


def test_the_words_for_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--faults"]) == 0
    listed = capsys.readouterr().out
    assert "stored-then-dropped" in listed
    assert "NNN[=Retry-After]" in listed
