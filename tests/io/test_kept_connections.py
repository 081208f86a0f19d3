"""Which requests may travel on a connection that was used before."""

from __future__ import annotations

import socket
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from tests.io.wire import TAKEN, peer_that, read_request

ITEM = {"email": "a@b.example", "action": "x"}


def answers(peer: socket.socket) -> None:
    while read_request(peer):
        peer.sendall(TAKEN)


def send_thrice(colour: str, url: str, endpoint: str, *, own: bool) -> None:
    if colour == "sync":
        with (
            httpx.Client() as theirs,
            batchkit.Drip(
                "1", api_key="a-long-key", base_url=url, http_client=None if own else theirs
            ) as client,
        ):
            for _ in range(3):
                assert getattr(client, endpoint).send([ITEM]).accepted == 1
        return

    async def main() -> None:
        async with (
            httpx.AsyncClient() as theirs,
            batchkit.AsyncDrip(
                "1", api_key="a-long-key", base_url=url, http_client=None if own else theirs
            ) as client,
        ):
            for _ in range(3):
                report: batchkit.Report[Any] = await getattr(client, endpoint).send([ITEM])
                assert report.accepted == 1

    anyio.run(main, backend=colour)


@pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(("endpoint", "connections"), [("subscribers", 1), ("events", 3)])
def test_what_duplicates_never_shares_a_connection(
    colour: str, own: bool, endpoint: str, connections: int
) -> None:
    """On a kept one a request that came too late looks like one that was taken."""
    with peer_that(answers) as peer:
        send_thrice(colour, peer.url, endpoint, own=own)
        assert peer.connections == connections
