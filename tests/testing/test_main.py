"""``python -m batchkit.testing`` as a user runs it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
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
