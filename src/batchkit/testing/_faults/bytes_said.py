"""What is said on the wire instead of a healthy answer: bytes in, bytes out."""

from __future__ import annotations

import re

_LENGTH = re.compile(rb"\r\nContent-Length: \d+")
_MISSING = 999


def whole(answer: bytes) -> bytes:
    """All of it."""
    return answer


def twice(answer: bytes) -> bytes:
    """All of it, and again."""
    return answer + answer


def half_a_status_line(answer: bytes) -> bytes:
    """The version and half the status."""
    return answer[:11]


def status_line(answer: bytes) -> bytes:
    """The first line."""
    return answer[: answer.index(b"\r\n") + 2]


def half_the_headers(answer: bytes) -> bytes:
    """The first line and a piece of the next."""
    return status_line(answer) + b"Content-Ty"


def no_head(answer: bytes) -> bytes:
    """Text."""
    return b"<html>taken</html>\n"


def tls_alert(answer: bytes) -> bytes:
    """What a server says that expected TLS."""
    return b"\x15\x03\x01\x00\x02\x02\x46"


def two_lengths(answer: bytes) -> bytes:
    """A length beside the right one."""
    return _with_header(answer, b"Content-Length: 1\r\nContent-Length: 7")


def endless_header(answer: bytes) -> bytes:
    """More header than anybody reads."""
    return _with_header(answer, b"X: " + b"x" * 2**20)


def cut_body(answer: bytes) -> bytes:
    """A length that is never reached."""
    head, end, body = _LENGTH.sub(b"", answer).partition(b"\r\n\r\n")
    return head + b"\r\nContent-Length: %d" % (len(body) + _MISSING) + end + body


def chunk_without_size(answer: bytes) -> bytes:
    """Chunked, and the first chunk says no number."""
    return _chunked(answer, b"zz\r\n{}\r\n")


def no_last_chunk(answer: bytes) -> bytes:
    """Chunked, and the end is missing."""
    body = answer.partition(b"\r\n\r\n")[2] or b"{}"
    return _chunked(answer, b"%x\r\n%b\r\n" % (len(body), body))


def _chunked(answer: bytes, chunks: bytes) -> bytes:
    head = _LENGTH.sub(b"", answer.partition(b"\r\n\r\n")[0])
    return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks


def _with_header(answer: bytes, header: bytes) -> bytes:
    line = status_line(answer)
    return line + header + b"\r\n" + answer[len(line) :]
