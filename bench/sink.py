"""An HTTP server that swallows batches, as fast as a Python server can.

It is a process of its own, so that what it costs is never counted as the client's. It prints its
port, and ends when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
BULK_ITEM = b'{"index":{"_index":"i","_id":"1","result":"created","status":201}}'


def answer(status: bytes, body: bytes = b"", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status,
        headers,
        len(body),
        body,
    )


DRIP_V2 = answer(b"201 Created", b"{}")
DRIP_UNSUBSCRIBES = b"HTTP/1.1 204 No Content\r\n\r\n"
DRIP_V3 = answer(b"202 Accepted", b'{"request_ids":[]}')
EMPATHY = answer(b"200 OK")


def bulk(lines: int) -> bytes:
    """What Elasticsearch answers to a bulk request of `index` actions, two lines each."""
    body = b'{"took":1,"errors":false,"items":[%b]}' % b",".join([BULK_ITEM] * (lines // 2))
    return answer(b"200 OK", body, b"X-Elastic-Product: Elasticsearch\r\n")


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.head = b""
        self.path = b""
        self.missing = 0  # bytes of the body still to come
        self.lines = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        while data:
            if not self.path:
                data = self.read_head(data)
                if not self.path:
                    return
            body, data = data[: self.missing], data[self.missing :]
            self.missing -= len(body)
            self.lines += body.count(b"\n") if self.path.endswith(b"/_bulk") else 0
            if not self.missing:
                self.reply()

    def read_head(self, data: bytes) -> bytes:
        self.head += data
        head, end, rest = self.head.partition(b"\r\n\r\n")
        if not end:
            return b""
        self.head = b""
        self.path = head.split(b" ", 2)[1].partition(b"?")[0]
        length = LENGTH.search(head)
        self.missing = int(length[1]) if length else 0
        if not self.missing:
            self.reply()
        return rest

    def reply(self) -> None:
        if self.path.endswith(b"/_bulk"):
            reply = bulk(self.lines)
        elif self.path.startswith(b"/v3/"):
            reply = DRIP_V3
        elif b"/unsubscribes/" in self.path:
            reply = DRIP_UNSUBSCRIBES
        elif self.path.startswith(b"/v2/"):
            reply = DRIP_V2
        else:
            reply = EMPATHY
        self.path, self.lines = b"", 0
        if self.latency:
            self.loop.call_later(self.latency, self.send, reply)
        else:
            self.send(reply)

    def send(self, reply: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(reply)


async def serve(latency: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(latency), "127.0.0.1", 0, backlog=512)
    parent_gone = asyncio.Event()
    loop.add_reader(sys.stdin, parent_gone.set)
    print(server.sockets[0].getsockname()[1], flush=True)
    await parent_gone.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    asyncio.run(serve(parser.parse_args().latency))
