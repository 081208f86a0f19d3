"""Under a deduplication key the vendor takes a request once, for as long as it remembers."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit._core.effects import Failure, Request, Response
from batchkit._core.exchange.parcel import Key
from batchkit._core.items.chunks import Chunk
from batchkit.options import RetryPolicy
from tests.core.toy import KEYED, carried, cut, failure, kinds, play, reply, rules, script


class TestKeys:
    """A submission is repeated under its key for as long as the vendor remembers it."""

    TICKET = reply(200, {"ticket": "t1"})
    DONE = reply(200, {"finished": True, "answers": {f"id-{place}": 200 for place in range(9)}})

    def keys(self, *replies: Any, chunk: Chunk | None = None, **more: Any) -> list[str]:
        self.played = play([chunk or cut([1, 2])[0]], script(*replies), KEYED, **more)
        return [sent.request.path.partition("key=")[2] for sent in self.played.posts]

    def test_in_doubt_the_same_key_goes_again_with_the_same_bytes(self) -> None:
        assert (
            self.keys(failure(), reply(502), reply(200, "?"), self.TICKET, self.DONE) == ["k1"] * 4
        )
        assert len({sent.request.body for sent in self.played.posts}) == 1
        assert kinds(self.played.outcomes) == ["Succeeded"] * 2

    def test_a_refused_attempt_goes_again_under_the_same_key(self) -> None:
        assert self.keys(reply(429), self.TICKET, self.DONE) == ["k1", "k1"]

    @pytest.mark.parametrize("doubt", [failure(), reply(500), reply(200, "?")])
    def test_in_doubt_under_a_stale_key_nothing_more_is_sent(
        self, doubt: Response | Failure
    ) -> None:
        patient = rules(retry=RetryPolicy(wait=lambda state: 3001.0))
        assert self.keys(doubt, self.TICKET, rules=patient) == ["k1"]
        assert kinds(self.played.outcomes) == ["Unknown"] * 2
        assert "no longer remembers its key" in str(self.played.outcomes[0])

    def test_a_key_lives_to_the_last_moment(self) -> None:
        key = Key("k1", stale_at=3000.0)
        assert [key.is_stale(now) for now in (2999.0, 3000.0, 3001.0)] == [False, False, True]

    def test_a_stale_key_that_took_nothing_is_replaced(self) -> None:
        patient = rules(retry=RetryPolicy(wait=lambda state: 3001.0))
        told = self.keys(reply(429), self.TICKET, self.DONE, rules=patient)
        assert told == ["k1", "k2"]
        assert kinds(self.played.outcomes) == ["Succeeded"] * 2

    def test_what_is_in_doubt_under_its_key_is_never_divided(self) -> None:
        """Halves have keys of their own, so that the vendor would run them a second time."""
        for status in (400, 413, 422):
            assert self.keys(failure(), reply(status), self.TICKET, self.DONE) == ["k1", "k1"]
            assert kinds(self.played.outcomes) == ["Unknown"] * 2

    def test_halves_have_keys_of_their_own(self) -> None:
        told = self.keys(reply(413), self.TICKET, self.DONE, self.TICKET, self.DONE)
        assert told == ["k1", "k2", "k3"]

    def test_items_that_a_ticket_left_undone_go_again_under_a_new_key(self) -> None:
        first = reply(200, {"finished": True, "answers": {"id-0": 200, "id-1": 429}})
        assert self.keys(self.TICKET, first, self.TICKET, self.DONE) == ["k1", "k2"]
        assert [carried(sent.request.body) for sent in self.played.posts] == [[1, 2], [2]]
        assert kinds(self.played.outcomes) == ["Succeeded"] * 2

    def test_a_doubt_about_one_half_is_none_about_the_other(self) -> None:
        def vendor(request: Request, now: float) -> tuple[float, Response | Failure]:
            if request.method == "GET":
                return 0.1, self.DONE
            items = carried(request.body)
            if len(items) > 1:
                return 0.1, reply(413)
            if items == [1]:
                return 0.1, failure()
            return 0.1, self.TICKET if now > 3500 else reply(429, retry_after="3500")

        played = play(cut([1, 2]), vendor, KEYED, rules=rules(retry=RetryPolicy(attempts=2)))
        assert kinds(played.outcomes) == ["Unknown", "Succeeded"]
